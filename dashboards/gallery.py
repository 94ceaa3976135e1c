"""The shelf of scenarios as a page shows it: in an order for teaching, each with a small picture of what it is about.

A picture is three rows of signs: `o` speaks, `.` is silent, `L` leads, `M` is a line manager, `C` a community manager,
`!` rebukes, `@` is the reader whom all fear, `q` asks, `x` speaks without a name, `s` belongs to the others, `_` is a
seat that nobody takes, `|` a border, `>` on its way.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, NamedTuple

from sim.errors import InputError, shown
from sim.scenario import gallery, load


class Chapter(NamedTuple):
    """Scenarios that are taught together, and their pictures, in order."""

    title: str
    pictures: dict[str, str]


CHAPTERS: Final = (
    Chapter(
        "Begin with these",
        {
            "baseline": "o..o... ..L..o. .o....o",
            "one-public-rebuke": "oooo... ooo!... oooo...",
            "leaders-go-first": "L.o.... Looo... L.o....",
        },
    ),
    Chapter(
        "Why people stay silent",
        {
            "everyone-knows-no-one-says": "....... ...L... .......",
            "nightmare-reader": "..o.... ...@..o .......",
            "line-manager-bottleneck": "..L.L.. MMMMMMM .......",
            "same-majority-two-spirals": "ooo|... ooo|.o. oo.|...",
        },
    ),
    Chapter(
        "What leaders change, and what rules change",
        {
            "in-words-not-in-action": "L>>.... L>..... L......",
            "the-word-is-free": "ooo.ooo ooLoLoo .ooooo.",
            "anonymous-channel": "x..x... ..L..x. .x....x",
            "trust-lost-and-regained": "oo...oo ooo.ooo L..L..L",
        },
    ),
    Chapter(
        "Where nobody writes, and across borders",
        {
            "three-arenas": "..|qq|oo ..|qo|oL ..|qq|oo",
            "empty-room": "_______ __.____ _______",
            "empty-room-with-coordinator": "_______ __oCq__ _______",
            "knowledge-across-sites": "..|..|.. q>|>>|>o ..|..|..",
            "merger-of-two-departments": "ooo|sss oo.|.ss ooo|sss",
        },
    ),
)
OTHERS: Final = "Others"


def draw_gallery() -> list[dict[str, Any]]:
    """Return the scenarios to choose from, in the order for teaching; one that cannot be read is left out."""
    known = [(chapter.title, name, picture) for chapter in CHAPTERS for name, picture in chapter.pictures.items()]
    taught = {name for _, name, _ in known}
    wanted = [*known, *((OTHERS, name, "") for name in gallery() if name not in taught)]
    found: list[dict[str, Any]] = []
    for chapter, name, picture in wanted:
        with suppress(InputError):
            found.append(_described(name, chapter, picture))
    return found


def _described(name: str, chapter: str, picture: str) -> dict[str, Any]:
    scenario = load(name)
    texts = {"title": shown(scenario.title), "question": shown(" ".join(scenario.question.split()), 1000)}
    return {"name": name, **texts, "chapter": chapter, "picture": picture.split()}
