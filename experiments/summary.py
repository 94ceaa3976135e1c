"""The summary of a run that a person can read: what happened, why people stayed silent, and what could be done next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.values import finite, in_unit, sparkline
from sim.errors import shown
from sim.lexicon import terms
from sim.terms import Motive

if TYPE_CHECKING:
    from sim.record import Run


@dataclass(frozen=True)
class Summary:
    """What the summary is about."""

    run: Run
    typed: str
    """What the user called the scenario, with the files of its people where these were named beside it."""
    folder: Path
    further: Sequence[tuple[str, str, str]] = ()
    """Measures that were asked for: name, value and meaning."""


ROWS: dict[str, dict[str, tuple[str, str]]] = {
    "Voice": {
        "wishes": ("occasions with something to say", ""),
        "p_speak": ("chance that a wish to speak was spoken", "%"),
        "posts": ("posts", ""),
        "comments": ("comments", ""),
        "likes": ("likes", ""),
        "critical_voice": ("messages that criticise", ""),
    },
    "Silence": {
        "silence_rate": ("wishes that stayed unspoken", "%"),
        "pluralistic_ignorance": ("misjudging what others think", "0 to 1"),
        "leader_blind_spot": ("executives misjudging it", "0 to 1"),
    },
    "Arena": {
        "contributors_share": ("members who wrote something", "%"),
        "readers_share": ("members who only read", "%"),
        "replies_per_post": ("comments a post gets", ""),
        "orphan_share": ("posts that nobody answered", "%"),
        "reply_latency_hours": ("time until the first comment", "hours"),
        "issues_surfaced": ("issues that came up", ""),
        "issues_resolved": ("issues that led to action", ""),
    },
    "Beliefs": {
        "safety_line_manager": ("how safe it feels towards the line manager", "0 to 1"),
        "safety_executives": ("how safe it feels towards executives", "0 to 1"),
        "voice_efficacy": ("belief that speaking changes something", "0 to 1"),
        "licence_to_critique": ("belief that critique is normal here", "0 to 1"),
        "engagement": ("engagement", "0 to 1"),
    },
}
"""What the summary shows: group, measure, its plain words and its unit."""

NEXT = (
    "ism explain {folder} --member ID",
    "ism report {folder}",
    "ism compare {scenario} --set-b visibility.scope=team",
    "ism run {scenario} --set visibility.scope=team --out runs/team",
)
"""What could be done next."""


def print_summary(about: Summary) -> None:
    """Print the summary of a run."""
    from rich.console import Console
    from rich.text import Text

    console, run = Console(highlight=False), about.run
    members, days = run.organization.members, run.days
    console.print(Text(shown(run.scenario.title), style="bold"))
    console.print(Text(f"{members:,} members used internal social media for {days:,} workdays (seed {run.seed})."))
    if run.scenario.question:
        console.print(Text(shown(run.scenario.question), style="italic"))
    console.print(_table(run))
    _print_reasons(console, run.measures)
    _print_further(console, about.further)
    console.print(Text(f"\nEverything is in {shown(about.folder)}"), soft_wrap=True)
    for hint in NEXT:
        line = f"  next: {hint.format(folder=shown(about.folder), scenario=shown(about.typed, 1000))}"
        console.print(Text(line), soft_wrap=True)


def _table(run: Run) -> Any:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading, justify in (("", "left"), ("", "right"), ("", "left"), ("day by day", "left")):
        table.add_column(heading, justify=justify, no_wrap=heading != "")  # type: ignore[arg-type]
    for group, rows in ROWS.items():
        table.add_row(f"[bold]{group}[/bold]", "", "", "")
        for measure, (label, unit) in rows.items():
            if measure in run.measures:
                value = run.measures[measure]
                table.add_row(f"  {label}", in_unit(value, unit), unit, sparkline(_daily(run, measure)))
    return table


def _print_reasons(console: Any, measures: dict[str, float | None]) -> None:
    shares = {each.words.because: measures.get(f"silence_{each.name}") or 0.0 for each in terms(Motive)}
    if not any(shares.values()):
        return
    console.print("\n[bold]Why people stayed silent[/bold]")
    for reason, share in sorted(shares.items(), key=lambda each: -each[1]):
        console.print(f"  {reason:<40} {share:>4.0%} {'█' * round(30 * share)}")


def _print_further(console: Any, further: Sequence[tuple[str, str, str]]) -> None:
    from rich.text import Text

    if further:
        console.print("\n[bold]Asked for[/bold]")
    for name, value, meaning in further:
        console.print(Text(f"  {name}: {value} ({meaning})"))


def _daily(run: Run, measure: str) -> list[float | None]:
    """Return a measure of all members, day by day."""
    rows = run.series.filter((run.series["measure"] == measure) & (run.series["group"] == "all")).sort("day")
    return [finite(value) for value in rows["value"].to_list()]
