"""What the page says, chapter by chapter: charts with a sentence each, and what is computed for their words."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any, NamedTuple

import polars as pl

from experiments import figures
from experiments.figures.chart import Chart, chart_of
from experiments.figures.leaders import ANSWERS
from experiments.figures.members import activity_shares
from experiments.figures.overtime import critique, daily, stretch
from experiments.report.introduction import causes, safety
from experiments.report.stories import SPOKEN_WAYS, Quiet, Thread, silence, thread
from sim.phrases.voices import LEADER_NAMES
from sim.record import Run
from sim.terms import Role, Strategy
from sim.wording import agree, listed, number, percent, person, sentence, spell, working_time


class Chapter(NamedTuple):
    """One part of the page."""

    name: str
    title: str
    lead: str
    all_charts: list[Chart]
    thread: Thread | None = None
    quiet: Quiet | None = None

    @property
    def charts(self) -> list[Chart]:
        """Those with something to show: an empty plot would say less than the sentence that opens the chapter."""
        return [chart for chart in self.all_charts if _has_something(chart)]


def _has_something(chart: Chart) -> bool:
    """Say whether a figure shows anything but zeros."""
    return any(cell.strip("–0.%") for row in chart.table.rows for cell in row[1:])


# ---------------------------------------------------------------- the chapters


def chapters(run: Run) -> Iterator[Chapter]:
    """Yield the chapters in the order in which they are read."""
    yield _what_happened(run)
    yield _who_spoke(run)
    yield _what_was_not_said(run)
    yield _what_leaders_did(run)
    yield _the_arena(run)
    yield Chapter("thread", "One thread", _thread_lead(run, found := thread(run)), [], thread=found)
    quiet = silence(run)
    lead = (
        "Of all wishes that stayed unspoken, this one was critical, mattered to the member, and had a reason that "
        "stands out. Nobody in the arena could see it."
        if quiet
        else "No wish stayed unspoken."
    )
    yield Chapter("silence", "One silence", lead, [], quiet=quiet)


def _thread_lead(run: Run, found: Thread | None) -> str:
    if found is None:
        return "Nothing was written, so there is no thread to show."
    identity = run.scenario.parameters.visibility.identity
    return (
        "The model knows no words: it knows who writes what kind of thing, how critical it is, and how it joins in. "
        "The words are put to it from tables, the same each time."
        + (" Colleagues saw pseudonyms in place of the names." if identity == "pseudonym" else "")
    )


def _what_happened(run: Run) -> Chapter:
    spoken = run.measures["spoken"] or 0
    marked = figures.marks(run)
    charts = [
        chart_of(
            "voice",
            figures.voice_and_silence(run),
            _voice_says(run),
            f"Each point is a {'week' if stretch(run.days) > 1 else 'day'}."
            + (" Numbered lines are days that mattered." if marked else ""),
            marks=marked,
        ),
        chart_of(
            "beliefs",
            figures.beliefs(run),
            _beliefs_say(run),
            "Means over the members of a role. Both scales are cut, so that small changes can be seen.",
        ),
    ]
    lead = "Nothing was said." if not spoken and run.messages.is_empty() else _messages_say(run)
    return Chapter("happened", "What happened", lead, charts)


def _messages_say(run: Run) -> str:
    measures = run.measures
    return (
        f"{sentence(spell(measures['posts'] or 0, 'post'))} drew {spell(measures['comments'] or 0, 'comment')} and "
        f"{spell(measures['likes'] or 0, 'like')}. "
        f"{percent(measures['orphan_share'])} of the threads were answered by nobody."
    )


def _voice_says(run: Run) -> str:
    spoken, wishes = daily(run, "spoken"), daily(run, "wishes")
    third = len(wishes) // 3
    if not wishes.sum():
        return "There were no wishes to speak."
    if not third or not wishes[:third].sum() or not wishes[-third:].sum():
        return f"In all, {percent(spoken.sum() / wishes.sum())} of wishes were spoken."
    first, last = spoken[:third].sum() / wishes[:third].sum(), spoken[-third:].sum() / wishes[-third:].sum()
    return f"In the first third of the run {percent(first)} of wishes were spoken, in the last third {percent(last)}."


def _beliefs_say(run: Run) -> str:
    before, after = safety(run)
    start, end = (float(run.members[name].mean()) for name in ("start_engagement", "engagement"))  # type: ignore[arg-type]
    return f"Mean safety went from {before:.2f} to {after:.2f}, and mean engagement from {start:.2f} to {end:.2f}."


def _who_spoke(run: Run) -> Chapter:
    wrote, top = _wrote(run), activity_shares(run)["the most active 1%"]
    gini = run.measures["gini_contribution"]
    nothing = "There are no messages to share out."
    return Chapter(
        "spoke",
        "Who spoke",
        _wrote_says(run),
        [
            chart_of(
                "lorenz",
                figures.lorenz(run),
                f"The Gini coefficient of messages is {number(gini)}: 0 is equality, 1 is one member writing all."
                if wrote
                else nothing,
                "The deeper the curve hangs below the dashed line, the fewer wrote the most.",
            ),
            chart_of(
                "active",
                figures.most_active(run),
                f"The most active 1% wrote {percent(top)} of all messages." if wrote else nothing,
                "On many public platforms, 90% read, 9% write at times and 1% write most (Nielsen 2006).",
            ),
            chart_of(
                "roles",
                figures.wishes_by(run, "role"),
                _speaks_most(run, "role"),
                "A bar is how often a member of the group had something to say; its blue part was said.",
            ),
            chart_of(
                "departments",
                figures.wishes_by(run, "department"),
                _speaks_most(run, "department"),
                "The same by department, the largest first.",
            ),
        ],
    )


def _wrote(run: Run) -> int:
    return int((run.members["posts"] + run.members["comments"] > 0).sum())


def _wrote_says(run: Run) -> str:
    wrote, members = _wrote(run), run.members.height
    if not wrote:
        return "Nobody wrote anything."
    some, none = sentence(spell(wrote, "member")), spell(members - wrote)
    return f"{some} of {members:,} wrote at least one message; {none} wrote none."


def _speaks_most(run: Run, column: str) -> str:
    """Say where wishes are spoken most and least often; only of groups that had some."""
    groups = run.members.group_by(column).agg(pl.col("spoken").sum(), pl.col("occasions").sum())
    groups = groups.filter(pl.col("occasions") >= 10).with_columns(share=pl.col("spoken") / pl.col("occasions"))
    if groups.height < 2:
        return "There are too few wishes to compare groups."
    ordered = groups.sort("share", column).select(column, "share").rows()
    (low, least), (high, most) = ordered[0], ordered[-1]
    low, high = (_group(name, column) for name in (low, high))
    return f"Wishes were spoken most often by {high} ({percent(most)}), and least often by {low} ({percent(least)})."


def _group(name: Any, column: str) -> str:
    return Role[name].words.plural if column == "role" else person(name, 60)


def _what_was_not_said(run: Run) -> Chapter:
    return Chapter(
        "unsaid",
        "What was not said",
        _unsaid_says(run),
        [
            chart_of(
                "strategies",
                figures.strategies(run),
                _strategies_say(run),
                "Blues were spoken in the arena, the other colours were not. Each bar is all wishes of that role.",
            ),
            chart_of(
                "motives",
                figures.motives(run),
                _causes_say(run),
                "The share of each cause in the loss of the chance to speak, averaged over all unspoken wishes.",
            ),
            chart_of(
                "criticality",
                figures.speaking_by_criticality(run),
                _criticality_says(run),
                "Points are means over wishes alike in criticality, with 95% intervals as if wishes were independent.",
            ),
            chart_of(
                "iceberg",
                figures.iceberg(run),
                _iceberg_says(run),
                "Members by their own view at the end of the run; voices by the mean view that their messages showed. "
                "Who reads the arena sees only the voices.",
            ),
        ],
    )


def _unsaid_says(run: Run) -> str:
    wishes = run.occasions.height
    unsaid = run.occasions.filter(~pl.col("strategy").is_in(SPOKEN_WAYS))
    if unsaid.is_empty():
        return "Nothing was held back." if wishes else "Nobody had anything to say."
    ways = unsaid["strategy"].value_counts().sort("count", "strategy", descending=[True, False])
    parts = [f"{spell(n)} {Strategy[name].words.done}" for name, n in ways.iter_rows()]
    return f"Of {spell(wishes, 'wish')}, {spell(unsaid.height)} stayed unspoken: {listed(parts)}."


def _strategies_say(run: Run) -> str:
    ledger = run.occasions.with_columns(
        leads=run.members["role"].gather(run.occasions["member"]).is_in(list(LEADER_NAMES))
    )
    shares: list[str] = []
    for leads in (False, True):
        own = ledger.filter(pl.col("leads") == leads)
        spoken = int(own["strategy"].is_in(SPOKEN_WAYS).sum())
        shares.append(percent(1.0 - spoken / own.height) if own.height else "–")
    return (
        f"Members without reports left {shares[0]} of their wishes unspoken, line managers and executives {shares[1]}."
    )


def _iceberg_says(run: Run) -> str:
    """Name the issue of which most is hidden: where members and voices differ most in who is against."""
    names = [person(issue.name, 200) for issue in run.scenario.parameters.issues]
    gaps = [(figures.ledger.against(run, number), name) for number, name in enumerate(names)]
    known = [(all_of, heard, name) for (all_of, heard), name in gaps if heard is not None]
    if not known:
        return "Nobody has been heard, so what members think cannot be seen at all."
    all_of, heard, name = max(known, key=lambda each: abs(each[0] - each[1]))
    return (
        f"The gap is widest on “{name}”: {all_of:.0f}% of all members are against it, "
        f"but {heard:.0f}% of those who were heard."
    )


def _causes_say(run: Run) -> str:
    most = causes(run)[:1]
    return f"Most weighed {most[0][0]}: {percent(most[0][1])} of the silence." if most else "No wish stayed unspoken."


def _criticality_says(run: Run) -> str:
    ledger = run.occasions
    mild, sharp = (
        ledger.filter(rule)["p_spoken"] for rule in (pl.col("criticality") <= 0.1, pl.col("criticality") > 0.4)
    )
    if len(mild) < 5 or len(sharp) < 5:
        return "There are too few wishes to compare mild and sharp ones."
    low, high = float(mild.mean()), float(sharp.mean())  # type: ignore[arg-type]
    return (
        f"A wish that hardly challenges anyone (up to 0.1) had a chance of {percent(low)} to be spoken, "
        f"a challenging one (above 0.4) {percent(high)}."
    )


def _what_leaders_did(run: Run) -> Chapter:
    found = figures.leaders.answers(run)
    return Chapter(
        "leaders",
        "What leaders did",
        _leaders_say(run, found),
        [
            chart_of(
                "answers",
                figures.answers_over_time(run),
                _answers_say(found),
                " ".join(f"{answer.words.done.capitalize()}: {answer.words.meaning}." for answer in ANSWERS),
            ),
            chart_of(
                "treatment",
                figures.answers_by_leader(run),
                _treatment_says(found),
                "Answers by line managers and by executives, to critical messages and to all others.",
            ),
            chart_of(
                "waiting",
                figures.waiting(run),
                _waiting_says(found),
                "From the message to a leader’s first answer to it. A day has eight working hours.",
            ),
        ],
    )


def _leaders_say(run: Run, found: pl.DataFrame) -> str:
    if found.is_empty():
        return "No leader answered anything."
    critical = critique(run)
    how = critical["leader_response"].drop_nulls()
    share = percent(len(how) / critical.height) if critical.height else "–"
    acted, rebuked = (int((how == which).sum()) for which in ("action", "sanction"))
    return (
        f"Leaders wrote {spell(found.height, 'answer')}. {share} of critical messages got one: "
        f"{spell(acted)} led to action, {spell(rebuked)} {agree(rebuked, 'was', 'were')} rebuked."
    )


def _waiting_says(found: pl.DataFrame) -> str:
    hours = found.filter(pl.col("how") != "action")["hours"].to_list()
    return f"Half of them came within {working_time(round(median(hours)))}." if hours else "There were none."


def _answers_say(found: pl.DataFrame) -> str:
    if found.is_empty():
        return "There were none."
    return f"{percent(_welcoming(found))} of the answers were supportive, or reported action."


def _treatment_says(found: pl.DataFrame) -> str:
    critical, other = (found.filter(pl.col("critical") == which) for which in (True, False))
    if critical.is_empty() or other.is_empty():
        return "There is nothing to compare."
    return (
        f"Of the answers to messages that challenge those in charge, {percent(_welcoming(critical))} were welcoming; "
        f"of all others, {percent(_welcoming(other))}."
    )


def _welcoming(found: pl.DataFrame) -> float:
    return float(found["how"].is_in(["supportive", "action"]).mean())  # type: ignore[arg-type]


def _the_arena(run: Run) -> Chapter:
    measures = run.measures
    across = measures["cross_department"]
    lead = (
        "Nobody answered anybody."
        if across is None
        else f"{percent(across)} of comments went to another department, "
        f"{percent(measures['upward'])} up the hierarchy, {percent(measures['downward'])} down."
    )
    members = run.members.height
    most = figures.arena.MOST_MEMBERS
    cut = f" Shown are the {most:,} most active members and those above them." if members > most else ""
    return Chapter(
        "arena",
        "The arena as a network",
        lead,
        [
            chart_of(
                "network",
                figures.network(run),
                "The wheel is the hierarchy: the top in the middle, teams at the rim, departments side by side." + cut,
                "Grey lines: who reports to whom. Blue lines: who answered whom, at most the "
                f"{figures.arena.MOST_LINES} most frequent pairs. Larger dots wrote more; darker dots feel less safe.",
                table=figures.arena.answers_by_role(run),
            )
        ],
    )
