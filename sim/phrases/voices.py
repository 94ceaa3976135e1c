"""The texts of a run: of its messages, and of what was never said."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from sim.phrases.book import NONE, OWN, Phrasebook, Said, side
from sim.terms import LEADERS

LEADER_NAMES: Final = tuple(role.key for role in LEADERS)
"""What tables call the roles of leaders."""
Row = dict[str, Any]


class Voices:
    """The texts of one run (a `sim.Run`), each found when it is asked for."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.book = Phrasebook(run.scenario, run.seed)

    @cached_property
    def _members(self) -> list[Row]:
        rows: list[Row] = self.run.members.select("name", "role", "department").to_dicts()
        return rows

    def row(self, message_id: int) -> Row:
        """Return the row of a message; KeyError where the run has none of this id."""
        messages = self.run.messages
        found = messages.filter(messages["message_id"] == message_id)
        if found.is_empty():
            raise KeyError(message_id)
        row: Row = found.row(0, named=True)
        return row

    def message(self, message: int | Row) -> str:
        """Return what a message says, by its id or its row of the table of messages."""
        row = self.row(message) if isinstance(message, int) else message
        above = None if row["parent_id"] is None else self.row(row["parent_id"])
        author = self._members[row["author"]]
        said = Said(
            key=row["message_id"],
            issue=row["issue"],
            kind=row["kind"],
            form="post" if above is None else "comment",
            strategy=row["strategy"] or NONE,
            orientation=row["orientation"] or NONE,
            role=author["role"],
            stance=row["stance"],
            department="" if row["anonymous"] else author["department"] or "",
        )
        if above is not None:
            response = treatment(row, above, author["role"]) or NONE
            said = self._answering(said._replace(response=response), above, row["author"])
        return self.book.text(said)

    def draft(
        self, occasion: Row, kind: str | None = None, orientation: str | None = None, stance: float | None = None
    ) -> str:
        """Return what a wish would have said in plain words; of one that was spoken, what it said.

        `occasion` is a row of the silence ledger. It knows no kind, orientation and stance: where they are not given
        (`sim.explain` finds them), they are read from issue, criticality and the message commented on.
        """
        if occasion["message_id"] is not None and occasion["strategy"] != "only_positive":
            return self.message(occasion["message_id"])
        first = self._first_draft(occasion)
        author = self._members[occasion["member"]]
        above = None if occasion["about"] is None else self.row(occasion["about"])
        stance = self._stance(occasion) if stance is None else stance
        said = Said(
            key=first,
            issue=occasion["issue"],
            kind=kind or self._kind(occasion, above, first),
            form=occasion["form"],
            strategy="plain",
            role=author["role"],
            stance=stance,
            department=author["department"] or "",
        )
        if above is not None:
            own = above["author"] == occasion["member"]
            likely = "with" if own or (above["stance"] < 0.0) == (stance < 0.0) else "against"
            said = self._answering(said._replace(orientation=orientation or likely), above, occasion["member"])
        return self.book.text(said)

    def _answering(self, said: Said, above: Row, author: int) -> Said:
        """Return what is said, with what is known of the message that it answers; nobody calls themselves by name."""
        said = said._replace(about_stance=side(above["stance"]), about_orientation=above["orientation"] or NONE)
        if above["author"] == author:
            return said._replace(about=OWN)
        return said._replace(about=above["kind"], name=self._called(above))

    def _called(self, message: Row) -> str:
        """Return the first name of who wrote a message; none where the arena shows no names."""
        if message["anonymous"] or self.run.scenario.parameters.visibility.identity == "pseudonym":
            return ""
        return next(iter((self._members[message["author"]]["name"] or "").split()), "")

    def _first_draft(self, occasion: Row) -> int:
        """Return the occasion on which a draft began: it says the same each time it is taken up again."""
        ledger = self.run.occasions
        while occasion["draft_of"] is not None:
            before = ledger.filter(ledger["occasion_id"] == occasion["draft_of"])
            if before.is_empty():
                return int(occasion["draft_of"])
            occasion = before.row(0, named=True)
        return int(occasion["occasion_id"])

    def _stance(self, occasion: Row) -> float:
        """Return the view behind a wish: a critical one is against; else the member's own, at the end of the run."""
        if occasion["criticality"] > 0.0 and not (occasion["form"] == "post" and self._asks(occasion)):
            return -1.0
        positions = self.run.positions
        issues = len(self.run.scenario.parameters.issues)
        return float(positions["stance"][occasion["member"] * issues + occasion["issue"]])

    def _asks(self, occasion: Row) -> bool:
        return bool(self.run.scenario.parameters.issues[occasion["issue"]].kind == "knowledge")

    def _kind(self, occasion: Row, above: Row | None, key: int) -> str:
        """Return the kind that a wish is likeliest to have had; of two that are as likely, one by its number."""
        critical = occasion["criticality"] > 0.0
        if above is not None:
            return "concern" if critical else "praise"
        if self._asks(occasion):
            return "question" if critical else "news"
        if critical:
            return "suggestion" if key % 3 == 0 else "concern"
        celebrated = self.run.scenario.parameters.issues[occasion["issue"]].kind == "celebration"
        return "praise" if celebrated or key % 2 else "news"


def treatment(answer: Row, answered: Row, role: str) -> str | None:
    """Return how a leader's message treats the one that it answers; None where it is an ordinary comment.

    The table of messages says of a message how it was last treated and when; action follows an earlier support.
    """
    if role not in LEADER_NAMES or answer["kind"] != "answer" or answer["strategy"] is not None:
        return None
    last = answered["leader_response"]
    if last is None or answer["tick"] > answered["response_tick"]:
        return None
    if answer["tick"] == answered["response_tick"]:
        return last if (last in ("supportive", "action")) == (answer["orientation"] == "to") else None
    return "supportive" if last == "action" and answered["kind"] != "question" else None
