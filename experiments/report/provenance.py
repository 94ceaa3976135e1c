"""How the page was made, and how to make it again."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sim.organization import People
from sim.origin import described, version
from sim.record import Run
from sim.scenario import gallery, load
from sim.wording import one_line

COMPARED: Final = 50_000
"""Members up to whom an organisation is made up again to see whether it was made up."""


class Provenance(NamedTuple):
    """What it takes to check a report, or to make its run again."""

    facts: list[tuple[str, str]]
    digests: list[tuple[str, str]]
    """Hash of the values of each table."""
    words: str
    command: str
    toml: str
    """The scenario; empty where it is one of the gallery as it stands."""


def provenance(run: Run) -> Provenance:
    """Return where a run comes from: from its manifest where it is stored, else from itself."""
    manifest = _manifest(run)
    facts = {
        "Scenario": f"{run.scenario.name}, digest {run.scenario.digest}",
        "Seed": str(run.seed),
        "Length": f"{run.days} of {run.scenario.parameters.days} workdays",
        "Members": f"{run.members.height:,}",
        "Simulated by": f"version {run.origin['version']}, rules {run.origin['rules']}",
        "Reported by": f"version {version()}",
        "Written": str(manifest.get("written", "not saved")),
        "On": described(run.origin["platform"]),
    }
    digests = [(name, one_line(digest, 64)) for name, digest in manifest.get("values", {}).items()]
    shown = [(name, one_line(value, 400)) for name, value in facts.items() if value]
    return Provenance(shown, digests, *_again(run))


def _manifest(run: Run) -> dict[str, Any]:
    return getattr(run._source, "manifest", {})


def _again(run: Run) -> tuple[str, str, str]:
    """Return how to make the run and its page again: in words, as commands, and the scenario that they need."""
    words = "The same scenario, seed and version give the same run, number by number."
    known = _of_the_gallery(run)
    toml = "" if known else run.scenario.to_toml()
    words += "" if known else " The scenario stands below: save it as scenario.toml."
    made = ["ism run", run.scenario.name if known else "scenario.toml", f"--seed {run.seed}"]
    if run.days < run.scenario.parameters.days:
        made.append(f"--days {run.days}")
    if not _made_up(run):
        made.append("--org organization.csv")
        words += " The organisation was brought along: organization.csv stands in the run folder."
        if not _ties_made_up(run):
            made.append("--ties ties.csv")
            words += " So was who talks with whom: give that file, here called ties.csv, once more."
    if _manifest(run).get("scripted"):
        words += " For some members Python code decided, and has to be given again."
    return words, " ".join([*made, "--out again"]) + "\nism report again", toml


def _of_the_gallery(run: Run) -> bool:
    """Say whether the scenario is, but for its texts, one of the gallery as it stands here."""
    return run.scenario.name in gallery() and load(run.scenario.name).digest == run.scenario.digest


def _made_up(run: Run) -> bool:
    """Say whether the organisation is the one that the scenario makes up; of very large ones, by their size alone."""
    from sim.engine import make_organization

    if run.members.height != run.scenario.parameters.organization.members:
        return False
    if run.members.height > COMPARED:
        return True
    made = make_organization(run.scenario, run.seed)
    return tuple(made.ids) == tuple(run.members["id"]) and tuple(made.names) == tuple(run.members["name"])


def _ties_made_up(run: Run) -> bool:
    """Say whether the seed makes up the ties of people who were brought along; of very many, they are taken to be."""
    if run.members.height > COMPARED:
        return True
    people = People(run.organization, "organization.csv")
    made = people.of_seed(run.scenario.parameters.organization, run.seed)
    return bool(made.tie_member.tolist() == run.organization.tie_member.tolist())
