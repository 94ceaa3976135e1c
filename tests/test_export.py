"""Claims about `ism export`: other programs read what it writes, and no name in it does more than be a name."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from browser import chromium, opened
from click.testing import CliRunner

from experiments.cli import main
from experiments.exports import FORMATS
from experiments.exports.network import edges
from sim.organization import Organization, read
from sim.record import Run
from sim.simulation import simulate

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>document.title='taken'</script>",
    "</script><img src=x onerror=window.taken=1>",
    "\u202eevil\x07",
    '" onmouseover="window.taken=1',
    "{{7*7}} ${7*7} %{x}",
)


@pytest.fixture(scope="module")
def run(lively) -> Run:
    return simulate(lively, seed=3)


@pytest.fixture(scope="module")
def hostile(lively, tmp_path_factory) -> tuple[Run, Organization]:
    """Return a run of an organisation whose every text is an attack."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "manager_id", "name", "title", "department", "location"])
    for number in range(60):
        bad = HOSTILE[number % len(HOSTILE)]
        writer.writerow([f"m{number}", f"m{number // 4}" if number else "", f"{bad} {number}", bad, bad, bad])
    file = tmp_path_factory.mktemp("hostile") / "people.csv"
    file.write_text(text.getvalue(), "utf-8")
    organization, _ = read(file)
    return simulate(lively, seed=1, organization=organization), organization


@pytest.mark.parametrize("kind", ["graphml", "gexf"])
def test_networkx_reads_the_network_of_answers(run, kind, tmp_path):
    networkx = pytest.importorskip("networkx")
    (content,) = FORMATS[kind](run).values()
    (tmp_path / "answers").write_bytes(content)
    options = {"version": "1.3"} if kind == "gexf" else {}
    graph = getattr(networkx, f"read_{kind}")(tmp_path / "answers", **options)
    assert graph.is_directed()
    assert graph.number_of_nodes() == run.members.height
    assert sum(int(weight) for *_, weight in graph.edges.data("weight")) == sum(edge.answers for edge in edges(run)) > 0
    first = next(iter(graph.nodes))
    member = run.members.row(0, named=True)
    assert graph.nodes[first]["department"] == member["department"]
    assert int(graph.nodes[first]["level"]) == member["level"]


def test_an_edge_is_an_answer_given(run):
    matrix = np.zeros((run.members.height, run.members.height), int)
    authors = dict(zip(run.messages["message_id"], run.messages["author"], strict=True))
    known = set(run.messages.filter(~run.messages["anonymous"])["message_id"])
    for one, parent, message in run.messages.select("author", "parent_id", "message_id").iter_rows():
        if message in known and parent in known and one != authors[parent]:
            matrix[one, authors[parent]] += 1
    found = np.zeros_like(matrix)
    for edge in edges(run):
        found[edge.one, edge.other] = edge.answers
    assert matrix.sum() > 0
    assert (found == matrix).all()


def test_anonymous_authors_are_named_in_no_format(run):
    row = run.messages.filter(run.messages["anonymous"]).row(0, named=True)
    messages = pl.read_csv(FORMATS["viva"](run)["Messages.csv"], infer_schema=False)
    sender = messages.filter(messages["id"] == str(row["message_id"])).row(0, named=True)
    assert (sender["sender_id"], sender["sender_name"], sender["sender_email"]) == (None, None, None)
    slack = [
        message for name, content in FORMATS["slack"](run).items() if "/" in name for message in json.loads(content)
    ]
    assert sum("user" not in message for message in slack) == int(run.messages["anonymous"].sum())


def test_no_cell_begins_as_a_formula(hostile):
    run, _ = hostile
    for name, content in FORMATS["viva"](run).items():
        for cells in csv.reader(io.StringIO(content.decode())):
            assert not any(cell[:1] in ("=", "+", "@", "\t", "\r") for cell in cells), name


@pytest.mark.parametrize("kind", ["graphml", "gexf"])
def test_any_name_stands_in_a_network_as_a_text(hostile, kind):
    run, _ = hostile
    (content,) = FORMATS[kind](run).values()
    root = ElementTree.fromstring(content)
    assert not any("script" in element.tag for element in root.iter())
    assert b"\x07" not in content


def test_names_that_mean_harm_are_texts_on_the_page_of_a_portrait(hostile, tmp_path):
    run, _ = hostile
    folder = run.save(tmp_path / "run")
    typed("export", str(folder), "--format", "viva", "--out", str(tmp_path / "viva"))
    org = str(tmp_path / "viva" / "organization.csv")
    words = ["--org", org, "--names", "--seeds", "1", "--out", str(tmp_path / "out"), "--yes"]
    typed("import", str(tmp_path / "viva"), *words)
    page = (tmp_path / "out" / "portrait.html").read_text("utf-8")
    assert "<script>document.title" not in page
    assert "onerror=window" not in page.replace("&#34;", "").replace("\\u003c", "").split("<main>")[0]
    table = (tmp_path / "out" / "groups.csv").read_text("utf-8")
    assert not any(cell[:1] in ("=", "+", "@") for cells in csv.reader(io.StringIO(table)) for cell in cells)


@pytest.mark.slow
def test_the_page_of_a_portrait_opens_without_a_network_and_runs_nothing_of_a_name(hostile, tmp_path):
    run, _ = hostile
    folder = run.save(tmp_path / "run")
    typed("export", str(folder), "--format", "viva", "--out", str(tmp_path / "viva"))
    org = str(tmp_path / "viva" / "organization.csv")
    typed("import", str(tmp_path / "viva"), "--org", org, "--names", "--seeds", "2", "--out", str(tmp_path / "out"))
    with chromium() as browser:
        for width in (1100, 400):
            with opened(browser, tmp_path / "out" / "portrait.html", "body[data-drawn]", width=width) as found:
                assert found.errors == [] and found.asked_for == []
                assert found.page.title() == "A portrait of an arena"
                assert found.page.evaluate("window.taken") is None
                assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def typed(*words: str) -> str:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def test_what_comes_next_can_be_typed_as_it_is_printed(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run.save(tmp_path / "run")
    for kind in ("viva", "slack"):
        printed = typed("export", "run", "--format", kind, "--out", kind)
        following = printed.split("  next: ism ")[1].split()
        assert f"{run.messages.height:,} messages" in printed
        assert "messages by 120 members" in typed(*following, "--seeds", "0")


def test_an_export_replaces_an_older_one_and_nothing_else(run, tmp_path):
    run.save(tmp_path / "run")
    words = ["export", str(tmp_path / "run"), "--format", "gexf"]
    typed(*words)
    typed(*words)
    (tmp_path / "run-gexf" / "notes.txt").write_text("mine")
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, "files of yours" in result.stderr) == (2, True)
    assert (tmp_path / "run-gexf" / "notes.txt").read_text() == "mine"
