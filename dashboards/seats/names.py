"""Names of seats: what people may call themselves, when two names look alike, and names for those who choose none."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import Final

from dashboards.guesses import LONGEST_NAME
from sim.errors import InputError

MOST_SIGNS: Final = 200
"""Characters of a name that are looked at: what is longer is no name."""
_LOOKS_LIKE: Final = {
    # Cyrillic, Greek, Armenian and others, as fonts draw them: after NFKC, without accents, in small letters
    **dict(zip("абвгдезікклмнорстуухјѕԁԛԝһӏьӕѵ", "a6bгdeзikklmнopctyyxjsdqwhlьæv", strict=True)),
    **dict(zip("αβγεζηικλμνορστυχω", "aßyeznikλuvopσtuxw", strict=True)),
    **dict(zip("աոսօցզհյ", "wnuogqhj", strict=True)),
    **dict(zip("ıłøđħŧƙɑɡɩʀʏ", "iloðhtkagiry", strict=True)),
    **dict(zip("0135|!$@", "olesiisa", strict=True)),
    "l": "i",
    "ӏ": "i",
    "ð": "d",
}
"""Signs that are taken for others at a glance (a choice from Unicode Technical Standard 39)."""
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
TREES: Final = (
    "Acacia", "Alder", "Almond", "Apple", "Ash", "Aspen", "Bamboo", "Baobab", "Beech", "Birch", "Boxwood", "Cedar",
    "Cherry", "Chestnut", "Citron", "Cork", "Cypress", "Date", "Dogwood", "Ebony", "Elder", "Elm", "Fig", "Fir",
    "Ginkgo", "Hawthorn", "Hazel", "Hemlock", "Hickory", "Holly", "Hornbeam", "Ironwood", "Juniper", "Larch", "Laurel",
    "Lemon", "Lime", "Linden", "Magnolia", "Mahogany", "Mango", "Maple", "Medlar", "Mimosa", "Mulberry", "Myrtle",
    "Oak",
    "Olive", "Palm", "Peach", "Pear", "Pine", "Plane", "Plum", "Poplar", "Quince", "Redwood", "Rowan", "Spruce",
    "Sycamore", "Tamarind", "Teak", "Walnut", "Willow", "Yew", "Zelkova",
)  # fmt: skip
"""What seats are called in files, and people who choose no name."""


def read_name(text: str) -> str:
    """Return a name as it is shown: composed (NFKC), on one line, without signs that cannot be seen.

    Empty where none was chosen. Raises InputError where it is too long, or no name.
    """
    if len(text) > MOST_SIGNS:
        raise InputError("this name is too long")
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(name) > LONGEST_NAME:
        raise InputError(f"a name has at most {LONGEST_NAME} characters")
    if any(unicodedata.category(sign)[0] in "CZ" and sign != " " for sign in name):
        raise InputError("this name has signs in it that cannot be seen")
    if name and not any(sign.isalnum() for sign in name):
        raise InputError("a name has at least one letter")
    return name


def folded(name: str) -> str:
    """Return how a name looks at a glance: the same for names that can be taken for each other."""
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = (sign for sign in parts if unicodedata.category(sign)[0] in "LNS" or sign in _LOOKS_LIKE)
    alike = "".join(_look(sign) for sign in letters)
    for pair, one in _PAIRS:
        alike = alike.replace(pair, one)
    return alike.replace("l", "i")


def _look(sign: str) -> str:
    for _ in range(3):  # a sign may look like one that looks like a third
        sign = _LOOKS_LIKE.get(sign, sign)
    return sign


def check_unlike(name: str, others: Collection[str]) -> None:
    """Raise InputError where a name can be taken for one of the others."""
    if folded(name) in {folded(other) for other in others}:
        raise InputError("somebody here has this name, or one that looks like it; choose another one")
