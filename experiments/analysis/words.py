"""What an analysis says in words: sentences made of its numbers, that claim no more than these do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from experiments.analysis.analysis import Analysis, Rank, Undecided
from experiments.analysis.effects import Effect, Reversal
from experiments.analysis.figures import bounds, index_bounds
from experiments.analysis.hysteresis import Loop, moves_there_and_back
from experiments.analysis.intervals import MOST_SEEDS, excludes_zero
from experiments.analysis.phases import WORDS, overall
from experiments.analysis.results import Results
from experiments.analysis.sensitivity import Index
from experiments.analysis.tipping import Tipping
from experiments.statistics import CONFIDENCE, Interval
from sim.wording import agree, listed, sentence, significant, spell

INDEX_WORDS = {
    "total share": "of what differs between cells, by itself and together with others",
    "ST": "of the variance, by itself and together with others",
    "mu_star": "on average, when moved over its whole range",
    "rank_correlation": "as a rank correlation, which sees only what rises or falls throughout",
}


def design(results: Results) -> str:
    """Return what was varied, how, and how much of it is done, in a few sentences."""
    study, cells, seeds = results.study.table, len(results.cells), len(results.seeds)
    if results.factorial:
        shape = " x ".join(str(levels) for levels in results.shape)
        how = (
            f"All combinations of the levels of {spell(len(results.axes), 'factor')} ({shape}) make "
            f"{spell(cells, 'cell')}"
        )
    else:
        names = {"one_at_a_time": "one factor at a time, the others as in the first cell,",
                 "points": "a list of points",
                 "latin_hypercube": "a Latin hypercube", "sobol": "a Sobol sequence", "morris": "Morris trajectories",
                 "saltelli": "Saltelli's design for Sobol indices"}  # fmt: skip
        how = f"{sentence(names[study.design])} over {spell(len(results.axes), 'factor')} makes {spell(cells, 'cell')}"
    people = results.study.scenario.parameters
    size = f"{people.organization.members:,} members and {people.days} workdays, unless a factor says otherwise"
    return (
        f"{how}, each run with {'the same ' if seeds > 1 else ''}{spell(seeds, 'seed')}: {results.asked:,} runs of "
        f"{size}. "
        f"{progress(results)}"
    )


def progress(results: Results) -> str:
    """Return how many runs are done, failed, and missing."""
    failed = int(results.failed.height)
    missing = results.asked - results.done - failed
    parts = [f"{results.done:,} of them are done" if failed or missing else "All of them are done"]
    parts += [f"{spell(failed)} failed"] if failed else []
    parts += [f"{spell(missing)} {agree(missing, 'is', 'are')} missing, since the sweep was stopped"] if missing else []
    return f"{listed(parts)}."


# ---------------------------------------------------------------- the answer


def answer(analysis: Analysis) -> list[str]:
    """Return the short answer about the measure in the focus, a sentence or two each."""
    focus = analysis.results.focus
    lines = [main_effect(one) for one in analysis.effects if one.measure == focus and one.whole]
    lines += [reversal(turn) for turn in analysis.reversals if turn.measure == focus and turn.reversed]
    lines += [ranking(analysis, focus)]
    lines += [tips(one) for one in analysis.tipping if one.measure == focus and one.tips]
    lines += [loops_words([loop for loop in analysis.loops if loop.measure == focus])]
    if not analysis.loops and moves_there_and_back(analysis.results):
        lines.append(no_days())
    lines += [failures(analysis.results), luck(analysis, focus), decisions(analysis, focus)]
    return [line for line in lines if line]


def no_days() -> str:
    """Return why there is no loop, although a lever is moved there and back."""
    return (
        'The scenario moves a lever there and back, but its days were not recorded: the study says no record = "daily".'
    )


def failures(results: Results) -> str:
    """Return that some runs failed; nothing where none did."""
    if not results.failed.height:
        return ""
    return f"{spell(int(results.failed.height), 'run').capitalize()} failed and could not be counted."


def main_effect(one: Effect) -> str:
    """Return what a factor does to a measure, or that it is undecided."""
    change = f"from {one.start} to {one.end}"
    if one.found.mean == 0.0 and one.found.half_width == 0.0:
        return f"{one.factor} ({change}) changes nothing at all in {one.measure}: not in one run."
    if not math.isfinite(one.found.half_width):
        return (
            f"One seed cannot tell whether {one.factor} ({change}) changes {one.measure}; it differs by "
            f"{significant(one.found.mean)}."
        )
    if not excludes_zero(one.found):
        most = max(abs(one.found.low), abs(one.found.high))
        return (
            f"Whether {one.factor} ({change}) raises or lowers {one.measure} is undecided: {bounds(one.found)}. "
            f"{'On average over all other factors, the' if one.averaged else 'The'} interval leaves room for a "
            f"change of {significant(most)} at most."
        )
    does = "raises" if one.found.mean > 0.0 else "lowers"
    return f"{one.factor} ({change}) {does} {one.measure} by {bounds(_size(one.found))}."


def _size(found: Interval) -> Interval:
    """Return how much falls, where something falls."""
    return found if found.mean >= 0.0 else Interval(-found.mean, -found.high, -found.low, found.runs)


def reversal(turn: Reversal) -> str:
    """Return where the sign of an effect turns, or that it nowhere clearly does."""
    if not turn.reversed:
        spans = [(each.found.mean, each) for each in turn.simple]
        least, most = min(spans, key=lambda span: span[0])[1], max(spans, key=lambda span: span[0])[1]
        return (
            f"No reversal was found: the effect of {turn.factor} on {turn.measure} goes from {bounds(least.found)}, at "
            f"{turn.other} {least.level}, to {bounds(most.found)}, at {most.level}."
        )
    pairs = list(zip(turn.signs, turn.simple, strict=True))
    up, down = ([each.level for sign, each in pairs if sign == wanted] for wanted in (1, -1))
    return (
        f"The sign reverses: {turn.factor} raises {turn.measure} where {turn.other} is {listed(up)}, and lowers it "
        "where "
        f"it is {listed(down)}."
    )


def ranking(analysis: Analysis, measure: str) -> str:
    """Return which factor matters most for a measure."""
    found = [rank for rank in analysis.ranks if rank.measure == measure and not math.isnan(rank.found.mean)]
    if not found:
        return no_ranking(analysis, measure)
    if len(found) == 1:
        return ""
    first, second = found[0], found[1]
    apart = first.found.low > second.found.high
    lead = (
        f"{first.factor} matters most for {measure}" if apart else f"{first.factor} seems to matter most for {measure}"
    )
    others = [f"{rank.factor} with {_index(rank)}" for rank in found[1:4]]
    more = f", then {listed(others)}" if others else ""
    known = math.isfinite(first.found.low) and math.isfinite(second.found.high)
    why = "the intervals overlap" if known else "there are too few seeds for intervals"
    unsure = "" if apart else f", but {why}, so the order is not settled"
    return f"{lead}: {_index(first)} {INDEX_WORDS[first.kind]}{more}{unsure}."


def _index(rank: Rank) -> str:
    """Return an index with its interval, where there is one."""
    known = math.isfinite(rank.found.low)
    return index_bounds(rank.kind, rank.found if known else rank.found._replace(low=math.nan, high=math.nan))


def no_ranking(analysis: Analysis, measure: str) -> str:
    """Return why factors cannot be ranked."""
    if measure in analysis.sensitivity.refused:
        return f"There is no sensitivity: {analysis.sensitivity.refused[measure]}."
    noise = next((one for one in analysis.noise if one.measure == measure), None)
    if noise is not None and noise.p < 1.0 - CONFIDENCE:
        return ""  # they do differ, in a design that ranks no factors
    if noise is None or math.isnan(noise.p):
        return "It takes two seeds or more on which every cell has a value to say which factor matters most."
    return (
        f"Cells do not differ in {measure} by more than luck, so no factor can be said to matter for it (F test, p = "
        f"{noise.p:.2g})."
    )


def luck(analysis: Analysis, measure: str) -> str:
    """Return how much of the variance between runs is luck."""
    noise = next((one for one in analysis.noise if one.measure == measure), None)
    if noise is None or math.isnan(noise.cells):
        return ""
    return (
        f"Of the variance of {measure} between single runs, {noise.cells:.0%} lies between cells, and "
        f"{noise.within:.0%} is "
        f"luck ({noise.seed:.0%} of it the seed that all cells share, which pairing takes away)."
    )


def decisions(analysis: Analysis, measure: str) -> str:
    """Return how many comparisons are undecided, and what it would take."""
    mine = [one for one in analysis.undecided if one.measure == measure]
    if not mine:
        return ""
    likely = [one.seeds for one in mine if one.seeds <= MOST_SEEDS]
    takes = (
        f"; the nearest of them would take about {min(likely):,.0f} seeds, if the effect is as found" if likely else ""
    )
    number = spell(len(mine), "comparison")
    return (
        f"{number.capitalize()} of {measure} {agree(len(mine), 'is', 'are')} undecided: the interval includes 0{takes}."
    )


def seeds_words(one: Undecided) -> str:
    """Return what it would take to decide a comparison."""
    if one.found.mean == 0.0 and one.found.half_width == 0.0:
        return "never: it is exactly 0"
    if math.isnan(one.seeds):
        return "unknown: too few seeds so far"
    return f"about {one.seeds:,.0f}" if one.seeds <= MOST_SEEDS else f"more than {MOST_SEEDS:,}"


def tips(one: Tipping) -> str:
    """Return whether there is a tipping point along a factor."""
    where = f"between {significant(one.start)} and {significant(one.end)}"
    share = f"{where}, where {one.measure} changes by {bounds(one.step)}"
    if not one.tips:
        return (
            f"No tipping point along {one.factor}: its steepest step is {share}, not clearly more than twice its "
            "even share."
        )
    return (
        f"There is a tipping point along {one.factor} {share}: clearly more than twice what an even change would give."
    )


def loop_words(loop: Loop) -> str:
    """Return whether a measure comes back along the path on which it left, and what time and lag have to do with it."""
    return " ".join([_comes_back(loop), _time_words(loop), _pace_words(loop)])


def _comes_back(loop: Loop) -> str:
    where = f" ({loop.label})" if loop.label else ""
    if not excludes_zero(loop.mean_gap):
        return (
            f"{loop.measure}{where} comes back along the path on which it left, as far as these runs show: back less "
            f"there is {bounds(loop.mean_gap)} on average over the lever."
        )
    return (
        f"{loop.measure}{where} does not come back along the path on which it left: at the same lever it is "
        f"{_side(loop.mean_gap)} on the way back, by {bounds(_size(loop.mean_gap))} on average over the lever."
    )


def _side(gap: Interval) -> str:
    return "higher" if gap.mean > 0.0 else "lower"


def _time_words(loop: Loop) -> str:
    """Return what time alone does, and what is left without it."""
    if loop.rest is None:
        return "What time alone does is not known: no cell has the lever stand still."
    alone, left = loop.rest.mean_gap, loop.rest.beyond
    same = f"Where the lever stands still, the same days differ by {bounds(alone)}"
    if excludes_zero(left):
        return f"{same}; less that, it is {_side(left)} on the way back by {bounds(_size(left))}."
    more = ", so that time alone may account for the gap" if excludes_zero(loop.mean_gap) else ""
    return f"{same}; less that, the gap is {bounds(left)}, of which the sign is open{more}."


def _pace_words(loop: Loop) -> str:
    """Return whether the gap is only a lag, as far as a slower pace can tell."""
    if loop.slower is None or loop.change is None:
        return "Whether members only lag behind is not known: no cell has the lever move more slowly."
    slow = loop.slower.left
    pace = f"When the same takes {loop.slower.ramp.days} days in place of {loop.ramp.days}"
    if not excludes_zero(loop.left):
        return f"{pace}, it is {bounds(slow)}."
    if not excludes_zero(slow):
        return f"{pace}, it is {bounds(slow)}, of which the sign is open: it may be no more than a lag."
    if slow.mean * loop.left.mean < 0.0:
        return f"{pace}, it turns to the other side, {bounds(slow)}: this gap is one of pace."
    if not excludes_zero(loop.change):
        return f"{pace}, it is {bounds(slow)}, not clearly narrower: no lag that so much time would close."
    if abs(slow.mean) < abs(loop.left.mean):
        return f"{pace}, it narrows to {bounds(slow)}: part of it is lag, and so much time does not close the rest."
    return f"{pace}, it widens to {bounds(slow)}: that is no lag."


def loops_words(found: Sequence[Loop]) -> str:
    """Return the same of several cells; nothing of none."""
    if not found:
        return ""
    widest = max(found, key=lambda loop: abs(loop.left.mean))
    if len(found) == 1:
        return loop_words(widest)
    lower, higher = (sum(excludes_zero(x.mean_gap) and sign * x.mean_gap.mean > 0.0 for x in found) for sign in (-1, 1))
    return (
        f"In {lower + higher} of {len(found)} cells, {widest.measure} does not come back along the path on which "
        f"it left: it is lower on the way back in {lower}, and higher in {higher}. {_causes(found)} The gap is widest "
        f"at {widest.label}: {bounds(widest.left)} on average over the lever."
    )


def _causes(found: Sequence[Loop]) -> str:
    """Return in how many cells the gap is more than time, and more than lag."""
    parts = []
    if timed := [loop for loop in found if loop.rest]:
        lower, higher = (sum(excludes_zero(x.left) and sign * x.left.mean > 0.0 for x in timed) for sign in (-1, 1))
        parts.append(f"Less what time alone does, it is lower in {lower} and higher in {higher} of {len(timed)}.")
    else:
        parts.append("What time alone does is not known.")
    if paced := [loop for loop in found if loop.rest and loop.slower]:
        stay = sum(loop.stays for loop in paced)
        parts.append(f"Of these, {spell(stay)} {agree(stay, 'is', 'are')} still so at a slower pace.")
    else:
        parts.append("Whether members only lag behind is not known.")
    return " ".join(parts)


def phase_words(analysis: Analysis) -> str:
    """Return what the arenas of all runs are used for."""
    whole = overall(analysis.results)
    if not whole.runs:
        return "No run has a type."
    parts = [f"{whole.share(kind):.0%} {word}" for kind, word in enumerate(WORDS) if whole.counts[kind]]
    mixed = sum(phase.runs > 0 and max(phase.counts) < phase.runs for phase in analysis.phases)
    sure = (
        "every cell has one type alone"
        if not mixed
        else f"{spell(mixed, 'cell')} {agree(mixed, 'has', 'have')} runs of several types"
    )
    return f"Of {whole.runs:,} runs, {listed(parts)}; {sure}."


def caution(analysis: Analysis) -> str:
    """Return how many intervals there are, and what follows."""
    number = analysis.comparisons
    if not number:
        return "A model's answer is about the model: it explains, it does not forecast."
    stand, apart = sum(analysis.stands), sum(excludes_zero(one.found) for one in analysis.effects)
    holm = (
        f" Of {apart} effects that leave out 0, {stand} stand when all are tested at once (Holm)."
        if analysis.effects
        else ""
    )
    return (
        f"There are {number:,} intervals of differences in these tables. Where nothing is going on, about one in "
        "twenty "
        f"leaves out 0 by luck, so take a single surprising one with care.{holm}"
    )


def humps(analysis: Analysis) -> Iterator[str]:
    """Yield the measures whose values fall into two groups in some cells."""
    for measure in analysis.results.measures:
        cells = sum(one.two_groups for one in analysis.summaries if one.measure == measure)
        if cells:
            yield (
                f"In {spell(cells, 'cell')}, {measure} falls into two groups: runs end either high or low, and their "
                "mean "
                "describes neither. Look at the quantiles."
            )


def stability(found: Sequence[Index]) -> str:
    """Return whether indices from two halves of the seeds agree in what comes first."""
    halves = [one for one in found if not math.isnan(one.halves[0])]
    if not halves:
        return "With one seed, the indices could not be repeated on other seeds."
    first, second = (max(halves, key=lambda one: abs(one.halves[half])).factor for half in (0, 1))
    largest = max(abs(one.halves[0] - one.halves[1]) for one in halves)
    same = "put the same factor first" if first == second else f"put different factors first ({first}, and {second})"
    return f"Repeated on each half of the seeds, the indices {same}; they differ by {significant(largest)} at most."
