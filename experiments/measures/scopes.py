"""Scopes: of whom and of when a measure is asked, as in `p_speak@role:coworker@days:40-60`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from sim.errors import InputError, nearest, shown
from sim.terms import Role

KEYS: Final = ("role", "department", "days")
_NEXT: Final = re.compile(rf"@(?=(?:{'|'.join(KEYS)}):)")
"""Where the next part of a scope begins: a department may have a sign @ in its name."""
_DAYS: Final = re.compile(r"(\d{1,6})-(\d{1,6})")
LONGEST: Final = 200
"""Characters of a department's name; a measure's name is shown in many places, so none of them may steer a terminal."""
SYNTAX: Final = "role:coworker, department:Sales or days:40-60"


class Scope(NamedTuple):
    """Of whom, and of which days; the whole organisation and the whole run where it says nothing."""

    role: str | None = None
    department: str | None = None
    days: tuple[int, int] | None = None
    """The first day, counted from 0, and the day before which it ends."""

    @property
    def of_group(self) -> bool:
        """Whether it is about a part of the members."""
        return self.role is not None or self.department is not None

    @property
    def group(self) -> str:
        """The group as run tables name it, of a scope that has a role or a department, not both; `all` for neither."""
        named = {"role": self.role, "department": self.department}
        return next((f"{kind}:{name}" for kind, name in named.items() if name is not None), "all")

    @property
    def words(self) -> str:
        """The scope in words, to be read after what is measured; empty where there is none."""
        parts = [] if self.role is None else [f"of {Role[self.role].words.plural}"]
        parts += [] if self.department is None else [f"in {shown(self.department, 60)}"]
        parts += [] if self.days is None else [f"on days {self.days[0]} to {self.days[1] - 1}"]
        return ", ".join(parts)


def scoped(name: str) -> tuple[str, Scope]:
    """Return what is measured, and its scope; InputError where this is not how a scope is written."""
    base, *parts = _NEXT.split(name)
    if "@" in base:
        base, _, rest = base.partition("@")
        key = rest.partition(":")[0]
        raise _wrong(name, f"'{shown(rest, 60)}' is no part of a measure: what may follow @ is {SYNTAX}", key, KEYS)
    said: dict[str, str] = {}
    for part in parts:
        key, _, value = part.partition(":")
        if key in said:
            raise _wrong(name, f"'{shown(name)}' names {key} twice")
        said[key] = value
    return base, Scope(_role(name, said), _department(name, said), _days(name, said))


def _role(name: str, said: dict[str, str]) -> str | None:
    role = said.get("role")
    if role is not None and role not in Role.__members__:
        known = list(Role.__members__)
        raise _wrong(name, f"'{shown(name)}': there is no role '{shown(role, 60)}' ({', '.join(known)})", role, known)
    return role


def _department(name: str, said: dict[str, str]) -> str | None:
    department = said.get("department")
    if department is not None and (not department or shown(department, LONGEST) != department):
        raise _wrong(name, f"'{shown(name)}' names no department")
    return said.get("department")


def _days(name: str, said: dict[str, str]) -> tuple[int, int] | None:
    if "days" not in said:
        return None
    found = _DAYS.fullmatch(said["days"])
    first, end = (int(found[1]), int(found[2])) if found else (0, 0)
    if first >= end:
        rule = "days are two whole numbers, the earlier one first, such as days:40-60 for the days 40 to 59"
        raise _wrong(name, f"'{shown(name)}': {rule}")
    return first, end


def _wrong(name: str, problem: str, word: str = "", known: Iterable[str] = ()) -> InputError:
    likely = nearest(word, known) if word else None
    return InputError(problem, key=name, nearest=likely)
