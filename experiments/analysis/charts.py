"""Which figures a sweep gets, each with the sentence that it is read by, and the same as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple
from zlib import crc32

from experiments.analysis import figures, words
from experiments.analysis.analysis import Analysis
from experiments.analysis.effects import Reversal, pairs
from experiments.analysis.figures import bounds, index_bounds
from experiments.analysis.hysteresis import Loop
from experiments.analysis.intervals import excludes_zero
from experiments.analysis.phases import LETTERS, WORDS, phase_map
from experiments.analysis.results import Axis
from experiments.figures.chart import Chart, chart_of
from experiments.figures.style import Table
from sim.measures import MEASURES
from sim.wording import significant

MOST_MAPS: Final = 3
"""Pairs of factors that are drawn for the measure in the focus; of the others, one."""
MOST_DRAWN: Final = 8
"""Measures that are drawn; all of them are in the tables."""
MOST_LOOPS: Final = 6


def plain(measure: str) -> str:
    """Return a measure's name as names of files and places of pages can have it; names that differ stay different."""
    found = re.sub(r"[^A-Za-z0-9_]+", "_", measure)
    return measure if found == measure else f"{found[:60]}_{crc32(measure.encode()):08x}"


class Chapter(NamedTuple):
    """One part of the page."""

    name: str
    title: str
    lead: str
    charts: list[Chart]


def chapters(analysis: Analysis) -> list[Chapter]:
    """Return the parts of the page that have something to show."""
    parts: list[Callable[[Analysis], Chapter]] = [
        _maps,
        _curves,
        _effects,
        _ranking,
        _sampled,
        _tipping,
        _loops,
        _phases,
    ]
    return [chapter for part in parts if (chapter := part(analysis)).charts]


def _drawn(analysis: Analysis) -> Sequence[str]:
    return analysis.results.drawn[:MOST_DRAWN]


# ---------------------------------------------------------------- maps and curves


def _maps(analysis: Analysis) -> Chapter:
    charts = []
    if analysis.results.factorial:
        for place, measure in enumerate(_drawn(analysis)):
            most = MOST_MAPS if place == 0 else 1
            wanted = enumerate(islice(pairs(analysis.results), most))
            charts += [_map(analysis, f"map-{plain(measure)}-{n}", measure, across, up) for n, (across, up) in wanted]
    lead = "Each cell is the mean of its runs, averaged over all factors that are not on the map."
    return Chapter("maps", "Over two levers", lead, charts)


def _map(analysis: Analysis, name: str, measure: str, across: Axis, up: Axis) -> Chart:
    turns = [
        turn
        for turn in analysis.reversals
        if turn.measure == measure and {turn.factor, turn.other} == {across.name, up.name}
    ]
    drawn = figures.surface(analysis.results, measure, across, up, turns)
    found = figures.means_over(analysis.results, measure, across, up)
    rows = [
        [up.texts[y], across.texts[x], bounds(found[n][m]), str(found[n][m].runs)]
        for n, y in enumerate(up.order)
        for m, x in enumerate(across.order)
    ]
    how = (
        f"Lines join equal heights. At the right edge, {figures.UP} means that {measure} clearly rises towards the "
        "right, "
        f"{figures.DOWN} that it falls, {figures.OPEN} that this is undecided; at the upper edge, the same upwards. "
        "A broken "
        "line is where the sign turns."
    )
    table = Table([up.name, across.name, f"{measure} (95% interval)", "seeds"], rows)
    return chart_of(name, drawn, _turning(turns), how, table)


def _turning(turns: Sequence[Reversal]) -> str:
    reversed_ones = [turn for turn in turns if turn.reversed]
    turns = (
        reversed_ones
        or sorted(turns, key=lambda turn: -abs(turn.simple[-1].found.mean - turn.simple[0].found.mean))[:1]
    )
    return " ".join(words.reversal(turn) for turn in turns)


def _curves(analysis: Analysis) -> Chapter:
    charts = []
    if analysis.results.factorial and len(analysis.results.varying) == 1:
        axis = analysis.results.axes[analysis.results.varying[0]]
        for measure in _drawn(analysis):
            drawn = figures.curve(analysis.results, measure, axis)
            says = " ".join(words.main_effect(one) for one in analysis.effects if one.measure == measure and one.whole)
            rows = [[str(x), f"{y:.4g}"] for x, y in zip(drawn.data[0].x, drawn.data[0].y, strict=True)]
            charts.append(
                chart_of(
                    f"curve-{plain(measure)}", drawn, says, "Bars are 95% intervals.", Table([axis.name, measure], rows)
                )
            )
    return Chapter("curves", "Along the lever", "Each point is the mean of its runs.", charts)


# ---------------------------------------------------------------- effects and rankings


def _effects(analysis: Analysis) -> Chapter:
    charts = []
    for measure in _drawn(analysis)[:3]:
        found = [one for one in analysis.effects if one.measure == measure and one.whole]
        if not found:
            continue
        rows = [
            [one.factor, one.start, one.end, bounds(one.found), significant(one.unpaired)]
            for one in analysis.effects
            if one.measure == measure
        ]
        head = ["factor", "from", "to", "change (95% interval)", "half-width if seeds differed"]
        says = " ".join(words.main_effect(one) for one in found[:3])
        how = "A full dot: the interval leaves out 0. Runs of one seed are compared with each other."
        charts.append(
            chart_of(f"effects-{plain(measure)}", figures.effect_chart(measure, found), says, how, Table(head, rows))
        )
    charts += [_interactions(analysis)] if analysis.interactions else []
    lead = "From the first level of each lever to its last, on average over all others."
    if not analysis.results.factorial:
        lead = "Against the first cell, on the same seeds."
    return Chapter("effects", "What each lever does", lead, charts)


def _interactions(analysis: Analysis) -> Chart:
    focus = analysis.results.focus
    found = [one for one in analysis.interactions if one.measure == focus]
    named = [(f"{one.factor} x {one.other}", one.found) for one in found]
    largest = max(found, key=lambda one: abs(one.found.mean))
    does = "is" if excludes_zero(largest.found) else "may be"
    says = (
        f"The largest interaction {does} that of {largest.factor} and {largest.other}: the effect of the first "
        "differs by "
        f"{bounds(largest.found)} between {largest.start} and {largest.end} of the second."
    )
    drawn = figures.rows(f"How levers work together on {focus}", f"difference of effects on {focus}", named)
    rows = [[one.measure, one.factor, one.other, bounds(one.found)] for one in analysis.interactions]
    table = Table(["measure", "factor", "with", "difference of effects (95% interval)"], rows)
    return chart_of("interactions", drawn, says, "Above 0: each makes the effect of the other more positive.", table)


def _ranking(analysis: Analysis) -> Chapter:
    focus = analysis.results.focus
    found = [one for one in analysis.ranks if one.measure == focus]
    charts = []
    if len(found) > 1:
        kind = found[0].kind
        axis = {"mu_star": f"mu* on {focus}", "rank_correlation": "size of the rank correlation"}.get(
            kind, "share of the variance"
        )
        drawn = figures.rows(
            f"Which levers matter for {focus}", axis, [(one.factor, one.found) for one in found], zero=False
        )
        rows = [[one.measure, one.factor, one.kind, index_bounds(one.kind, one.found)] for one in analysis.ranks]
        table = Table(["measure", "factor", "index", "value (95% interval)"], rows)
        how = "How much matters depends on how far each lever was moved: a wider range matters more."
        charts = [chart_of("ranking", drawn, words.ranking(analysis, focus), how, table)]
    return Chapter(
        "ranking",
        f"Which levers matter for {'voice' if focus == 'p_speak' else focus}",
        words.luck(analysis, focus),
        charts,
    )


# ---------------------------------------------------------------- sampled designs


def _sampled(analysis: Analysis) -> Chapter:
    charts = []
    for place, measure in enumerate(_drawn(analysis)):
        found = [one for one in analysis.sensitivity.indices if one.measure == measure]
        kinds = {one.kind for one in found}
        rows = [
            [one.factor, one.kind, index_bounds(one.kind, one.found), *map(significant, one.halves)] for one in found
        ]
        table = Table(["factor", "index", "value (95% interval)", "first half of seeds", "second half of seeds"], rows)
        stable = words.stability([one for one in found if one.kind != "sigma"])
        says = f"{words.ranking(analysis, measure)} {stable}".strip()
        if "mu_star" in kinds:
            how = "To the right: matters much. High up: its effect depends on the other levers, or bends."
            how += " Numbers are places in the ranking." if len(analysis.results.axes) > figures.NAMED else ""
            charts.append(chart_of(f"morris-{plain(measure)}", figures.morris_chart(measure, found), says, how, table))
        elif "ST" in kinds:
            how = "Where the total exceeds the first order, the lever works together with others."
            charts.append(chart_of(f"sobol-{plain(measure)}", figures.sobol_chart(measure, found), says, how, table))
        elif kinds:
            named = [(one.factor, one.found) for one in found if one.kind == "rank_correlation"]
            drawn = figures.rows(f"Rank correlations with {measure}", "Spearman's rank correlation", named)
            fit = f"Straight lines account for {analysis.sensitivity.fits[measure]:.0%} of the variance (R squared)."
            charts.append(
                chart_of(
                    f"correlations-{plain(measure)}",
                    drawn,
                    f"{says} {fit}",
                    "A full dot: the interval leaves out 0.",
                    table,
                )
            )
        steps = [step for step in analysis.sensitivity.convergence if step.measure == measure]
        if steps and place == 0:
            charts.append(_settled(measure, analysis))
    lead = "Each value is the mean of a cell over the seeds that all cells share."
    refused = " ".join(
        f"There is no sensitivity of {name}: {why}." for name, why in analysis.sensitivity.refused.items()
    )
    return Chapter("sensitivity", "Sensitivity", f"{lead} {refused}".strip(), charts)


def _settled(measure: str, analysis: Analysis) -> Chart:
    steps = [step for step in analysis.sensitivity.convergence if step.measure == measure]
    rows = [[step.factor, str(step.samples), significant(step.value), significant(step.half_width)] for step in steps]
    last, before = (
        {step.factor: step.value for step in steps if step.samples == size}
        for size in sorted({step.samples for step in steps}, reverse=True)[:2]
        + [0] * (len({s.samples for s in steps}) < 2)
    )
    moved = max((abs(last[name] - before[name]) for name in last if name in before), default=float("nan"))
    says = f"From half of the sample to all of it, the indices moved by {significant(moved)} at most."
    table = Table(["factor", "size of the sample", "index", "half-width"], rows)
    return chart_of(
        "convergence",
        figures.convergence_chart(measure, steps),
        says,
        "Flat lines: a larger sample would hardly change them.",
        table,
    )


# ---------------------------------------------------------------- tipping points, loops, phases


def _tipping(analysis: Analysis) -> Chapter:
    charts = []
    for place, one in enumerate(one for one in analysis.tipping if one.measure == analysis.results.focus):
        rows = [
            [f"{value:.4g}", bounds(mean), significant(spread)]
            for value, mean, spread in zip(one.values, one.means, one.spread, strict=True)
        ]
        table = Table([one.factor, f"{one.measure} (95% interval)", "deviation between seeds"], rows)
        how = (
            "The shaded step is the steepest. Bars are of single levels; a step is compared within each seed, which "
            "is sharper. "
            f"Seeds differ most at {one.loudest:.4g}; near a tipping point they differ more than elsewhere."
        )
        charts.append(chart_of(f"tipping-{place}", figures.tipping_chart(one), words.tips(one), how, table))
    lead = "Does the measure change evenly along a lever, or most of all in one place?"
    return Chapter("tipping", "Tipping points", lead, charts)


def _loops(analysis: Analysis) -> Chapter:
    charts = []
    focus = [loop for loop in analysis.loops if loop.measure == analysis.results.focus][:MOST_LOOPS]
    first = {loop.measure: loop for loop in reversed(analysis.loops) if loop.measure in _drawn(analysis)}
    others = [first[measure] for measure in _drawn(analysis) if measure in first and measure != analysis.results.focus]
    for loop in [*focus, *others]:
        drawn, name = figures.loop_chart(loop), f"loop-{plain(loop.measure)}-{loop.cell}"
        charts.append(chart_of(name, drawn, words.loop_words(loop), _loop_how(loop), _loop_table(loop)))
    lead = "Within one run, a lever is moved one way and back. Does the measure return along the path on which it left?"
    return Chapter("loops", "There and back", lead, charts)


def _loop_how(loop: Loop) -> str:
    """Say how a loop is read: not every gap is hysteresis."""
    how = "Each point is the second half of a stretch of days."
    how += " Where a slower pace makes the gap narrower, members lag behind."
    if loop.rest is None:
        return f"{how} Time alone may open a gap, too, which runs in which the lever stands still would show."
    return (
        f"{how} The lines at rest show the same days where the lever stays at {loop.ramp.there[0].value:g}, each drawn "
        "at the value that it would have had; what opens there is time's own doing, although time need not do the "
        "same where trust is low."
    )


def _loop_table(loop: Loop) -> Table:
    """Return the gap at each value of the lever, at rest, and at a slower pace."""
    at_rest = loop.rest.gaps if loop.rest else ()
    slower = loop.slower.gaps if loop.slower else ()
    rows = [
        [f"{gap.value:g}", *(bounds(one[place].found) for one in (loop.gaps, at_rest, slower) if one)]
        for place, gap in enumerate(loop.gaps)
    ]
    means = [one.mean_gap for one in (loop, loop.rest, loop.slower) if one]
    rows.append(["mean over the lever", *map(bounds, means)])
    if loop.rest:
        left = [bounds(loop.left), "", *([bounds(loop.slower.left)] if loop.slower else [])]
        rows.append(["less what time alone does", *left])
    heads = [f"{loop.measure}, back less there (95% interval)", *(["at rest"] if at_rest else [])]
    return Table([" and ".join(loop.ramp.levers), *heads, *(["at a slower pace"] if slower else [])], rows)


def _phases(analysis: Analysis) -> Chapter:
    charts = []
    if analysis.results.factorial and any(phase.runs for phase in analysis.phases):
        for place, (across, up) in enumerate(islice(pairs(analysis.results), MOST_MAPS)):
            table = phase_map(analysis.results, across, up)
            rows = [
                [
                    up.texts[y],
                    across.texts[x],
                    *(f"{table[n][m].share(kind):.0%}" for kind in range(3)),
                    str(table[n][m].runs),
                ]
                for n, y in enumerate(up.order)
                for m, x in enumerate(across.order)
            ]
            how = (
                "The letter and the colour say what most runs of a cell are, the share how many; the paler, the fewer."
            )
            chart = figures.phase_chart(across, up, table)
            charts.append(
                chart_of(
                    f"phases-{place}",
                    chart,
                    words.phase_words(analysis),
                    how,
                    Table([up.name, across.name, *WORDS, "runs"], rows),
                )
            )
    lead = (
        f"A run is {', '.join(f'{word} ({letter})' for word, letter in zip(WORDS, LETTERS, strict=True))}: "
        f"{MEASURES['arena_type'].formula}."
    )
    return Chapter("phases", "The phase map", lead, charts)
