"""One thread and one silence, as stories: which ones, by whom, with what said and unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import polars as pl

from experiments.figures.style import words
from sim.errors import InputError
from sim.explanation import Occasion as Explained
from sim.explanation import Wish
from sim.explanation.words import Line
from sim.lexicon import terms
from sim.phrases import Voices
from sim.phrases.voices import LEADER_NAMES, treatment
from sim.record import Run
from sim.terms import SPOKEN, Motive, Orientation, Response, Role, Strategy
from sim.wording import agree, number, one_line, percent, person, spell, when

MOST_SHOWN: Final = 40
"""Messages of a thread that are shown; the others are counted."""
MOST_UNSAID: Final = 6
MOST_RELIVED: Final = 4_000_000
"""Members times working hours up to a moment, above which a page does not wait for a replay."""
DEEPEST: Final = 5
SPOKEN_WAYS: Final = tuple(strategy.name for strategy in Strategy if 0 <= strategy < SPOKEN)

Row = dict[str, Any]


class Voice(NamedTuple):
    """One message of a thread, or one that was never written."""

    name: str
    where: str
    role: str
    when: str
    does: str
    text: str
    note: str
    reactions: str
    depth: int
    unsaid: bool = False
    leader: bool = False
    treats: str = ""


class Thread(NamedTuple):
    """A thread as a story."""

    issue: str
    lead: str
    voices: list[Voice]
    left_out: int


# ---------------------------------------------------------------- a thread


def thread(run: Run) -> Thread | None:
    """Return the thread that shows most: many voices, many ways of joining in, critique, an answer; None if none is."""
    messages = run.messages
    if messages.is_empty():
        return None
    challenge = {number: issue.criticality for number, issue in enumerate(run.scenario.parameters.issues)}
    scored = messages.group_by("thread_id").agg(
        voices=pl.col("author").n_unique(),
        ways=pl.col("orientation").drop_nulls().n_unique(),
        critical=((pl.col("criticality") > 0) & (pl.col("kind") != "question")).sum(),
        weight=pl.col("issue").first().replace_strict(challenge, return_dtype=pl.Float64),
        answers=pl.col("leader_response").is_not_null().sum(),
        size=pl.len(),
    )
    worth = (
        (0.25 + pl.col("weight"))
        * pl.col("voices").clip(upper_bound=12)
        * (1 + pl.col("ways"))
        * (1 + 2 * (pl.col("critical") > 0).cast(pl.Int64))
        * (1 + (pl.col("answers") > 0).cast(pl.Int64))
    )
    best = scored.sort(worth, "thread_id", descending=[True, False])["thread_id"][0]
    return _Teller(run).thread(best)


class _Teller:
    """Tells a thread of a run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.voices = Voices(run)
        self.members = run.members.select("name", "title", "role", "department").to_dicts()

    def thread(self, thread_id: int) -> Thread:
        rows = self.run.messages.filter(self.run.messages["thread_id"] == thread_id).to_dicts()
        under: dict[int | None, list[Row]] = {}
        for row in rows:
            under.setdefault(row["parent_id"], []).append(row)
        unsaid = self._unsaid({row["message_id"] for row in rows})
        voices = list(self._describe(rows[0], None, under, unsaid, 0))
        first, shown = rows[0], voices[:MOST_SHOWN]
        issue = self.run.scenario.parameters.issues[first["issue"]].name
        return Thread(person(issue, 200), self._lead(rows, unsaid), shown, len(voices) - len(shown))

    def _unsaid(self, ids: set[int]) -> dict[int, list[Row]]:
        """Return what was on people's minds in a thread and not written there, by what it was about; the gravest."""
        ledger = self.run.occasions
        about = ledger.filter(ledger["about"].is_in(list(ids)) & ledger["message_id"].is_null())
        gravest = about.sort("concern", "occasion_id", descending=[True, False]).unique("member", maintain_order=True)
        found: dict[int, list[Row]] = {}
        for row in gravest.head(MOST_UNSAID).to_dicts():
            found.setdefault(row["about"], []).append(row)
        return found

    def _describe(
        self, row: Row, above: Row | None, under: dict[int | None, list[Row]], unsaid: dict[int, list[Row]], depth: int
    ) -> Iterator[Voice]:
        yield self._voice(row, above, depth)
        for wish in unsaid.get(row["message_id"], []):
            yield self._ghost(wish, depth + 1)
        for below in under.get(row["message_id"], []):
            yield from self._describe(below, row, under, unsaid, depth + 1)

    def _voice(self, row: Row, above: Row | None, depth: int) -> Voice:
        author = self.members[row["author"]]
        treats = treatment(row, above, author["role"]) if above else None
        note = "" if row["strategy"] in (None, "plain") else Strategy[row["strategy"]].words.done
        return Voice(
            name="Anonymous" if row["anonymous"] else person(author["name"]),
            where="" if row["anonymous"] else person(author["department"], 60),
            role="" if row["anonymous"] else Role[author["role"]].words.noun,
            when=when(row["tick"]),
            does=_does(row, treats),
            text=self.voices.message(row),
            note=note,
            reactions=_reactions(row),
            depth=min(depth, DEEPEST),
            leader=author["role"] in LEADER_NAMES and not row["anonymous"],
            treats=treats or "",
        )

    def _ghost(self, wish: Row, depth: int) -> Voice:
        author = self.members[wish["member"]]
        motive = (
            f", mostly for {Motive[wish['motive']].words.noun}" if wish["motive"] not in (None, "unmotivated") else ""
        )
        return Voice(
            name=person(author["name"]),
            where=person(author["department"], 60),
            role=Role[author["role"]].words.noun,
            when=when(wish["tick"]),
            does="does not write this",
            text=self.voices.draft(wish),
            note=f"{Strategy[wish['strategy']].words.done}{motive}",
            reactions="",
            depth=min(depth, DEEPEST),
            unsaid=True,
        )

    def _lead(self, rows: list[Row], unsaid: dict[int, list[Row]]) -> str:
        first = rows[0]
        author = self.members[first["author"]]
        who = "Somebody without a name" if first["anonymous"] else f"{person(author['name'])}, {words(author['role'])}"
        voices = len({row["author"] for row in rows})
        joined = f"{spell(voices, 'voice')} in {spell(len(rows), 'message')}"
        read = f"read {first['views']:,} times" if first["views"] != 1 else "read once"
        silent = sum(map(len, unsaid.values()))
        ghosts = (
            f" {spell(silent, 'comment').capitalize()} with a dashed border {agree(silent, 'was', 'were')} never "
            "written: colleagues had this on their minds and kept it back."
            if silent
            else ""
        )
        return f"{who}, begins it on {when(first['tick'])}. The post is {read}; the thread has {joined}.{ghosts}"


def _reactions(row: Row) -> str:
    parts = [spell(row["likes"], "like")] if row["likes"] else []
    parts += [f"read {row['views']:,} times" if row["views"] != 1 else "read once"]
    return ", ".join(parts)


# ---------------------------------------------------------------- a silence


class Quiet(NamedTuple):
    """One wish that stayed unspoken, as a story."""

    who: str
    scene: list[str]
    draft: str
    did: str
    numbers: list[tuple[str, str, str]]
    """What was weighed: name, value, what it means."""
    shares: list[tuple[str, float]]
    """Motives and their shares, the largest first."""
    why: list[Line]
    """What replaying the moment says about it; empty where that cannot be done."""
    note: str


def silence(run: Run) -> Quiet | None:
    """Return the unspoken wish that shows most: critical, close to heart, held back for a reason that stands out."""
    ledger = run.occasions
    unspoken = ledger.filter(~ledger["strategy"].is_in(SPOKEN_WAYS) & ledger["motive"].is_not_null())
    if unspoken.is_empty():
        return None
    largest = pl.max_horizontal([f"motive_{motive.name}" for motive in Motive if motive >= 0])
    telling = (
        (0.05 + pl.col("criticality"))
        * (0.05 + pl.col("concern"))
        * largest
        * pl.when(pl.col("motive").is_in(["unmotivated", "disengaged"])).then(0.1).otherwise(1.0)
        * pl.when(pl.col("strategy") == "withhold").then(1.0).otherwise(0.7)
    )
    row = unspoken.sort(telling, "occasion_id", descending=[True, False]).row(0, named=True)
    return _quiet(run, row)


def _quiet(run: Run, row: Row) -> Quiet:
    voices = Voices(run)
    member = run.members.row(row["member"], named=True)
    issue = f"“{person(run.scenario.parameters.issues[row['issue']].name, 200)}”"
    name = person(member["name"])
    above = None if row["about"] is None else voices.row(row["about"])
    answering = ""
    if above is not None:
        whom = "an anonymous colleague" if above["anonymous"] else person(run.members["name"][above["author"]])
        answering = f" It would have been a comment to {whom}, who had written: “{voices.message(above)}”"
    scene = [
        f"{name}{_title(member)} is {_an(Role[member['role']].words.noun)} in {person(member['department'], 60)}. "
        f"On {when(row['tick'])}, while reading, something comes up about {issue}.{answering}",
    ]
    shares = [(m.words.noun, row[f"motive_{m.name}"] or 0.0) for m in terms(Motive)]
    explained, note = _explained(run, row)
    return Quiet(
        who=name,
        scene=scene,
        draft=voices.draft(row) if explained is None else voices.draft(row, *_meant(explained.wish)),
        did=f"{name} {_did(row, voices)} {_others(run, row)}",
        numbers=_weighed(row),
        shares=sorted((share for share in shares if share[1] > 0.0), key=lambda share: -share[1]),
        why=[] if explained is None else explained.lines()[1:],
        note=note,
    )


def _meant(wish: Wish) -> tuple[str, str, float]:
    return wish.kind.name, wish.orientation.name.rstrip("_"), wish.stance


def _title(member: Row) -> str:
    return f", {person(member['title'], 60)}," if member["title"] else ""


def _does(row: Row, treats: str | None) -> str:
    """Say what a message does: how a leader's treats the one above it, or how a comment stands to it."""
    if treats:
        return Response[treats].words.present.replace("{what}", "it")
    orientation = next((each for each in terms(Orientation) if each.key == row["orientation"]), Orientation.none)
    return orientation.words.present or "writes"


def _did(row: Row, voices: Voices) -> str:
    """Say what was done in place of saying it."""
    if row["strategy"] == "only_positive" and row["message_id"] is not None:
        return f"writes something pleasant instead: “{voices.message(row['message_id'])}”"
    return f"{Strategy[row['strategy']].words.present}."


def _an(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _weighed(row: Row) -> list[tuple[str, str, str]]:
    return [
        ("criticality", number(row["criticality"]), "how much it would challenge those in charge, 0 to 1"),
        ("concern", number(row["concern"]), "how much the issue matters to them, 0 to 1"),
        ("urge", number(row["urge"]), "what drew towards saying it"),
        ("inhibition", number(row["inhibition"]), "what held back, on the same scale"),
        (
            "threat of superiors",
            number(row["threat_superiors"]),
            "before it is weighed by how sensitive they are to risk",
        ),
        ("threat of colleagues", number(row["threat_peers"]), "of standing alone, likewise"),
        ("threat to one's image", number(row["threat_image"]), "of looking bad, likewise"),
        ("chance to be spoken", percent(row["p_spoken"]), "in the arena, in whatever way"),
    ]


def _others(run: Run, row: Row) -> str:
    """Say how many others had something critical to say about it in the same week, and how many did not say it."""
    ledger, week = run.occasions, row["day"] // 5
    same = ledger.filter(
        (ledger["issue"] == row["issue"])
        & (ledger["day"] // 5 == week)
        & (ledger["criticality"] > 0.0)
        & (ledger["member"] != row["member"])
    )
    people = same["member"].n_unique()
    if not people:
        return "Nobody else had anything critical to say about it in that week."
    silent = same.filter(~same["strategy"].is_in(SPOKEN_WAYS))["member"].n_unique()
    return (
        f"In the same week, {spell(people, 'other member')} had something critical to say about it, and "
        f"{spell(silent) if silent else 'none'} of them left it unsaid at least once. "
        "None could see that others kept silent, too."
    )


def _explained(run: Run, row: Row) -> tuple[Explained | None, str]:
    """Return this silence explained, or why that cannot be done here."""
    command = f"ism explain RUN --member {one_line(run.members['id'][row['member']], 60)} --day {row['day']}"
    if run.members.height * row["tick"] > MOST_RELIVED:
        return None, f"To live through the moment once more takes a while in a run of this size: {command}"
    from sim.explanation import explain

    try:
        found = explain(run, row["member"], row["day"])
    except InputError as error:
        return None, f"The moment cannot be replayed here: {error.problem}."
    return next(each for each in found.occasions if each.occasion_id == row["occasion_id"]), ""
