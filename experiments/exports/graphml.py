"""Who answered whom as GraphML, which igraph (R, Python), NetworkX, Gephi and Cytoscape read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree

from experiments.exports.network import Value, edges, nodes
from sim.record import Run

NAME: Final = "answers.graphml"
_SPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_NODE: Final = {
    **dict.fromkeys(("id", "name", "title", "role", "department", "location"), "string"),
    **dict.fromkeys(("level", "messages"), "int"),
}
_EDGE: Final = {"weight": "int", "hours": "double"}


def files_of(run: Run) -> Mapping[str, bytes]:
    """Return the one file of the network."""
    root = ElementTree.Element("graphml", xmlns=_SPACE)
    for kind, attributes in (("node", _NODE), ("edge", _EDGE)):
        for name, type_ in attributes.items():
            key = {"id": f"{kind}_{name}", "for": kind, "attr.name": name, "attr.type": type_}
            ElementTree.SubElement(root, "key", key)
    graph = ElementTree.SubElement(root, "graph", edgedefault="directed")
    for row, member in enumerate(nodes(run)):
        _filled(ElementTree.SubElement(graph, "node", id=f"n{row}"), "node", member)
    for edge in edges(run):
        drawn = ElementTree.SubElement(graph, "edge", source=f"n{edge.one}", target=f"n{edge.other}")
        _filled(drawn, "edge", {"weight": edge.answers, "hours": edge.hours})
    return {NAME: as_xml(root)}


def _filled(element: ElementTree.Element, kind: str, values: Mapping[str, Value]) -> None:
    for name, value in values.items():
        ElementTree.SubElement(element, "data", key=f"{kind}_{name}").text = str(value)


def as_xml(root: ElementTree.Element) -> bytes:
    """Return a document as a file."""
    ElementTree.indent(root, " ")
    text: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return text + b"\n"
