"""The pages about the studies that come with the project: `python -m docs.studies [NAME ...] [--full]`.

Makes the runs of each study, analyses them, and writes what is found, with its figure, into the page's generated part.
How it is to be read is written by hand below that part, and left alone.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.analysis import words
from experiments.analysis.analysis import Analysis, analyse
from experiments.analysis.charts import chapters
from experiments.analysis.export import images
from experiments.figures.chart import Chart
from experiments.sweeps.study import Study, load_study, shipped
from experiments.sweeps.sweep import sweep
from sim import files
from sim.sources import rules_digest

DOCS = Path(__file__).resolve().parent
MADE_BY = re.compile(r"^Rules `([0-9a-f]{8})`", re.M)
FIRST = ("maps", "loops", "ranking", "effects")
"""The chapters of an analysis, that first whose leading figure stands for the study."""
BEGIN, END = "<!-- made by docs.studies -->", "<!-- made -->"


def page(study: Study, said: Analysis, picture: str) -> str:
    """Return the generated part of a study's page."""
    chart = leading(said)
    return "\n".join(
        [
            BEGIN,
            "",
            f"*{study.table.question}*",
            "",
            words.design(said.results),
            "",
            f"![{chart.subject}](../images/studies/{picture})",
            "",
            f"{chart.says} {chart.how}",
            "",
            "What the numbers say:",
            "",
            *(f"- {line}" for line in words.answer(said)),
            "",
            f"Rules `{rules_digest()[:8]}`. To repeat it: `ism sweep {study.name}{' --quick' if study.quick else ''}`,"
            f" then `ism analyse sweeps/{study.name}{'-quick' if study.quick else ''}`.",
            "",
            END,
        ]
    )


def leading(said: Analysis) -> Chart:
    """Return the figure that stands for a study."""
    parts = {chapter.name: chapter for chapter in chapters(said)}
    chosen = next((parts[name] for name in FIRST if name in parts), None) or next(iter(parts.values()))
    return chosen.charts[0]


def renewed(text: str, part: str) -> str:
    """Return a page with its generated part replaced."""
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: part, text, flags=re.DOTALL)


def renew(names: list[str], full: bool, sweeps: Path) -> Iterator[Path]:
    """Write the pages of these studies."""
    for name in names:
        study = load_study(name, quick=not full)
        folder = sweeps / f"{name}{'' if full else '-quick'}"
        sweep(study, folder)
        said = analyse(folder)
        picture = DOCS / "images" / "studies" / f"{name}.svg"
        files.write(picture, next(images([leading(said)], "svg")))
        path = DOCS / "studies" / f"{name}.md"
        before = (
            path.read_text("utf-8") if path.exists() else f"# {study.table.title}\n\n{BEGIN}\n{END}\n\n## Reading\n"
        )
        files.write(path, renewed(before, page(study, said, picture.name)).encode())
        yield path


def made_by() -> dict[str, str]:
    """Return the digest of the rules that made each page, its first eight digits, by the name of the study."""
    found = {path.stem: MADE_BY.search(path.read_text("utf-8")) for path in sorted((DOCS / "studies").glob("*.md"))}
    return {name: match[1] if match else "" for name, match in found.items()}


def stale_in_words() -> list[str]:
    """Return a line for each page that was made by other rules than these, and the command that renews them all."""
    now = rules_digest()[:8]
    stale = {name: rules for name, rules in made_by().items() if rules != now}
    if not stale:
        return [f"All pages were made by these rules ({now})."]
    lines = [f"{name}: made by the rules {rules or 'that it does not name'}" for name, rules in stale.items()]
    return [*lines, f"These rules are {now}. To renew the pages: python -m docs.studies {' '.join(stale)}"]


def main(arguments: Any = None) -> None:
    """Read the command line, and write the pages."""
    parser = argparse.ArgumentParser(prog="python -m docs.studies", description=__doc__)
    parser.add_argument("names", nargs="*", help="studies; all of them unless named")
    parser.add_argument("--stale", action="store_true", help="only say which pages other rules made, and renew none")
    parser.add_argument("--full", action="store_true", help="with all seeds, not those of [quick]")
    parser.add_argument("--sweeps", type=Path, default=Path("sweeps"), help="where the sweep folders are")
    chosen = parser.parse_args(arguments)
    if chosen.stale:
        sys.stdout.write("".join(f"{line}\n" for line in stale_in_words()))
        return
    for path in renew(chosen.names or list(shipped()), chosen.full, chosen.sweeps):
        sys.stdout.write(f"Renewed: {path.relative_to(DOCS.parent)}\n")


if __name__ == "__main__":
    main()
