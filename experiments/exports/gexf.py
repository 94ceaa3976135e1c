"""Who answered whom as GEXF 1.3, the format of Gephi."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree

from experiments.exports.graphml import as_xml
from experiments.exports.network import Value, edges, nodes
from sim.record import Run

NAME: Final = "answers.gexf"
_SPACE: Final = "http://gexf.net/1.3"
_NODE: Final = {
    **dict.fromkeys(("id", "title", "role", "department", "location"), "string"),
    **dict.fromkeys(("level", "messages"), "integer"),
}
_EDGE: Final = {"hours": "double"}


def files_of(run: Run) -> Mapping[str, bytes]:
    """Return the one file of the network."""
    root = ElementTree.Element("gexf", xmlns=_SPACE, version="1.3")
    graph = ElementTree.SubElement(root, "graph", defaultedgetype="directed", mode="static")
    for kind, attributes in (("node", _NODE), ("edge", _EDGE)):
        declared = ElementTree.SubElement(graph, "attributes", {"class": kind})
        for name, type_ in attributes.items():
            ElementTree.SubElement(declared, "attribute", id=name, title=name, type=type_)
    drawn = ElementTree.SubElement(graph, "nodes")
    for row, member in enumerate(nodes(run)):
        node = ElementTree.SubElement(drawn, "node", id=str(row), label=str(member["name"]))
        _filled(node, {name: member[name] for name in _NODE})
    tied = ElementTree.SubElement(graph, "edges")
    for number, edge in enumerate(edges(run)):
        ends = {"id": str(number), "source": str(edge.one), "target": str(edge.other), "weight": str(edge.answers)}
        _filled(ElementTree.SubElement(tied, "edge", ends), {"hours": edge.hours})
    return {NAME: as_xml(root)}


def _filled(element: ElementTree.Element, values: Mapping[str, Value]) -> None:
    listed = ElementTree.SubElement(element, "attvalues")
    for name, value in values.items():
        ElementTree.SubElement(listed, "attvalue", {"for": name, "value": str(value)})
