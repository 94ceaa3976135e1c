"""Writes the tables of docs/reductions.md: `python -m docs.reductions` runs the published models again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from docs.generate import table
from experiments.reductions import mean_field, opinion_expression, smallest_loud_minority, spiral_with_bots
from experiments.workers import results
from sim import files

PAGE: Final = Path(__file__).resolve().parent / "reductions.md"
BLOCK: Final = re.compile(r"(<!-- measured: (\w+) -->\n)(.*?)(<!-- measured: end -->)", re.DOTALL)
RUNS: Final = 60
TICKS: Final = 100
PUBLISHED: Final = {(1, 0): 48.1, (1, 5): 70.6, (1, 10): 90.8, (5, 0): 50.3, (5, 5): 82.4, (5, 10): 94.3,
                    (10, 0): 52.7, (10, 5): 83.2, (10, 10): 97.3}  # fmt: skip
"""Ross et al. 2019, Table 1, bots by preferential attachment: per cent of runs in which the bots' view dominates."""
MINORITY: Final = {1: 16.8, 10: 0.1}
"""The same, section 5.2.1: per cent of people who express the minority view at the end, without bots."""


class Case(NamedTuple):
    """One run of the model with bots."""

    links: int
    percent: int
    seed: int


def run_case(case: Case) -> tuple[bool, float]:
    """Return whether the bots' view prevails, and the share of people who express the smaller view."""
    found = spiral_with_bots(1000, 10 * case.percent, case.links, case.seed, TICKS)
    return found.bots_prevail, min(found.share(True), found.share(False))


def bots() -> Iterator[str]:
    """Yield what bots do, beside what was published."""
    cases = [Case(links, percent, seed) for links, percent in PUBLISHED for seed in range(1, RUNS + 1)]
    found = dict(zip(cases, results(run_case, cases), strict=True))
    rows = []
    for (links, percent), published in PUBLISHED.items():
        mine = [found[Case(links, percent, seed)] for seed in range(1, RUNS + 1)]
        won = sum(prevail for prevail, _ in mine)
        ends = stats.binomtest(won, RUNS).proportion_ci(0.95, "wilson")
        small = f"{100 * np.mean([share for _, share in mine]):.1f}"
        small += f" ({MINORITY[links]})" if not percent and links in MINORITY else ""
        rows.append(
            (
                str(links), f"{percent}%", f"{published:.1f}%",
                f"{100 * won / RUNS:.1f}% [{100 * ends.low:.1f}, {100 * ends.high:.1f}]", small,
            )
        )  # fmt: skip
    titles = ("links m", "bots", "published", f"here, {RUNS} runs [95%]", "minority's voices, % (published)")
    yield from table(titles, rows)


def groups() -> Iterator[str]:
    """Yield where two equal groups go, beside the mean field."""
    rows = []
    for beta in (2.0, 3.0, 3.5, 4.5, 5.0, 6.0, 8.0):
        path = opinion_expression((15, 15), beta, (0.1, -0.1), ticks=2000)
        one, two = path[-1000:].mean(axis=0)
        theory = mean_field((15, 15), beta, (0.1, -0.1))
        rows.append((f"{beta:g}", f"{theory[0]:.3f}, {theory[1]:.3f}", f"{one:.3f}, {two:.3f}"))
    yield from table(("beta", "mean field: Q of both groups", "here, mean of 1,000 hours"), rows)


def minorities() -> Iterator[str]:
    """Yield whether a loud minority stays loud."""
    rows = []
    for size in (8, 9, 10, 12, 13, 14):
        start = (0.4, -0.3)
        path = opinion_expression((size, 30 - size), 8.0, start, ticks=4000)
        one, two = path[-1000:].mean(axis=0)
        theory = mean_field((size, 30 - size), 8.0, start)
        rows.append((f"{size} of 30", f"{theory[0]:.2f}, {theory[1]:.2f}", f"{one:.2f}, {two:.2f}",
                     "the minority" if one > two else "the majority"))  # fmt: skip
    yield from table(("minority", "mean field: Q of both", "here", "who is loud"), rows)
    yield f"\nThe fold lies at {smallest_loud_minority(8.0):.1%} for very many members."


MAKERS: Final = {"bots": bots, "groups": groups, "minorities": minorities}


def main() -> None:
    """Renew the page."""
    text = PAGE.read_text("utf-8")

    def fresh(block: re.Match[str]) -> str:
        return f"{block[1]}\n" + "\n".join(MAKERS[block[2]]()) + f"\n\n{block[4]}"

    files.write(PAGE, BLOCK.sub(fresh, text).encode())


if __name__ == "__main__":
    main()
