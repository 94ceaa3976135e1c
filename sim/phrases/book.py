"""The phrase book: from what is known of a message to its text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

from sim.errors import shown
from sim.scenario import Scenario

TABLES: Final = Path(__file__).resolve().parent / "tables"
PARTS: Final = ("lead", "point", "detail")
"""What a text of the tables is put together from, in this order."""
NONE: Final = "none"
"""The word of an entry for a message that has no strategy, orientation or response."""
OWN: Final = "own"
"""What a message is about that its author adds to one of their own."""
LONGEST_NAME: Final = 60
"""Characters of a name that a text repeats."""

HOLES_LEFT: Final = re.compile(r"[{}]")
"""What no finished text has, unless a name has it."""
_HOLES: Final = re.compile(r"\{(issue|department|name)\}")
_KEYS: Final = (
    "issue", "response", "about", "about_orientation", "about_stance", "strategy", "orientation", "kind", "issue_kind",
    "form", "role", "stance",
)  # fmt: skip
"""What an entry can ask for; where two entries ask for equally much, an earlier key counts more."""


class Said(NamedTuple):
    """All that the text of one message depends on, besides the seed and the phrases."""

    key: int
    """What the choice is keyed by: the message_id, or the occasion_id of what was never said."""
    issue: int
    kind: str
    form: str = "post"
    strategy: str = NONE
    orientation: str = NONE
    role: str = "coworker"
    stance: float = 0.0
    response: str = NONE
    """How a leader's answer treats the message that it answers."""
    about: str = NONE
    """The kind of the message that is answered; `own` where it is the author's own."""
    about_stance: str = NONE
    """On which side the message that is answered stands: `for` or `against`."""
    about_orientation: str = NONE
    """How the message that is answered stands to the one before it; `none` for a post."""
    name: str = ""
    """Whom it is said to; empty where nobody is known by name."""
    department: str = ""
    """Where its author works."""


class _Entry(NamedTuple):
    """Texts, and the words that a message must have for them."""

    part: str
    asks: dict[str, frozenset[str]]
    texts: tuple[str, ...]

    @property
    def says(self) -> tuple[int, ...]:
        """How much it asks for: more comes first, then what counts more."""
        return (len(self.asks), *(key in self.asks for key in _KEYS))


class Phrasebook:
    """The phrases of one scenario under one seed. The same message has the same text, whenever and wherever asked."""

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        self.seed = seed
        self._issues = scenario.parameters.issues
        self._own = tuple(_own_entry(phrases.model_dump(exclude_none=True)) for phrases in scenario.phrases)

    def text(self, said: Said) -> str:
        """Return the text of a message: plain text of one line, to be escaped wherever it is shown."""
        facts = self._facts(said)
        fillings = self._fillings(said)
        own = _usable(_best(self._own, facts), fillings)
        if own:
            return _filled(self._pick(own, said.key, "whole"), fillings)
        parts = [_usable(_best(_built_in()[part], facts), fillings) for part in PARTS]
        picked = [self._pick(texts, said.key, part) for part, texts in zip(PARTS, parts, strict=True) if texts]
        return _filled(" ".join(text for text in picked if text), fillings)

    def _facts(self, said: Said) -> dict[str, str]:
        return {
            "issue": str(said.issue),
            "issue_kind": self._issues[said.issue].kind,
            "stance": side(said.stance),
            **{name: getattr(said, name) for name in _KEYS if name not in ("issue", "issue_kind", "stance")},
        }

    def _fillings(self, said: Said) -> dict[str, str]:
        wanted = {"issue": self._issues[said.issue].name, "department": said.department, "name": said.name}
        found = {hole: _short(value) for hole, value in wanted.items()}
        return found | {"department": found["department"] or "our department"}

    def _pick(self, texts: Sequence[str], key: int, part: str) -> str:
        mark = blake2b(f"{self.seed}:{key}:{part}".encode(), digest_size=8).digest()
        return texts[int.from_bytes(mark, "little") % len(texts)]


def side(stance: float) -> str:
    """Return the word for a stance: `against` below 0, else `for`."""
    return "against" if stance < 0.0 else "for"


def _best(entries: Iterable[_Entry], facts: Mapping[str, str]) -> list[str]:
    """Return the texts of those fitting entries that ask for most."""
    fitting = [entry for entry in entries if all(facts[key] in words for key, words in entry.asks.items())]
    most = max((entry.says for entry in fitting), default=())
    return [text for entry in fitting if entry.says == most for text in entry.texts]


def _usable(texts: Iterable[str], fillings: Mapping[str, str]) -> list[str]:
    """Return the texts whose holes can all be filled."""
    return [text for text in texts if all(fillings[hole] for hole in _HOLES.findall(text))]


def _filled(text: str, fillings: Mapping[str, str]) -> str:
    """Return a text with its holes filled, once: what stands in a name is never looked into."""
    return _HOLES.sub(lambda hole: fillings[hole[1]], text)


def _short(name: str) -> str:
    return shown(" ".join(name.split()), LONGEST_NAME)


def _entry(table: Mapping[str, Any]) -> _Entry:
    asks = {key: frozenset([word] if isinstance(word, str) else word) for key, word in table.items() if key in _KEYS}
    return _Entry(table["part"], asks, tuple(table["texts"]))


def _own_entry(table: Mapping[str, Any]) -> _Entry:
    return _entry({**table, "part": "whole"} | ({"issue": str(table["issue"])} if "issue" in table else {}))


@cache
def _built_in() -> dict[str, tuple[_Entry, ...]]:
    """Return the entries of the tables, by the part of a text that they are for."""
    found = [tomllib.loads(path.read_text("utf-8")) for path in sorted(TABLES.glob("*.toml"))]
    entries = [_entry({**tables.get("all", {}), **table}) for tables in found for table in tables["phrases"]]
    return {part: tuple(entry for entry in entries if entry.part == part) for part in PARTS}
