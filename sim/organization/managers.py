"""From rows that name a manager to one tree: whom a row means, and what is refused or repaired on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sim.errors import InputError, quoted
from sim.organization.headings import MANAGERS
from sim.organization.model import TOP, nearest_id
from sim.organization.register import Register
from sim.organization.sheet import Fault, Sheet
from sim.wording import count, listed

UNKNOWN: Final = -2
"""Stands, while a file is read, for a manager whom the file does not list."""
_SHOWN_OF_A_CYCLE: Final = 6
_FEWEST_UNKNOWN: Final = 2
"""A manager alone who is not in the file can be left out: often it is the one above all of them."""


@dataclass(frozen=True)
class Tangle:
    """What keeps rows that name a manager from being one tree."""

    tops: list[int]
    """Rows that name no manager."""
    strays: list[int]
    """Rows whose manager the file does not list."""
    cycles: list[list[int]]
    """Rows that report to one another, each cycle from its first row."""
    below: list[int]
    """How many are below each row; for one on a cycle: not counting the cycle."""


def one_tree(sheet: Sheet) -> list[int]:
    """Return the row of each member's manager, -1 for the one top; what is no tree is refused or repaired."""
    manager = match_managers(sheet)
    tangle = _tangle(manager)
    unknown = dict.fromkeys(_stated(sheet, row) for row in tangle.strays)
    known = {boss for boss in manager if boss >= 0}
    mostly = len(unknown) >= _FEWEST_UNKNOWN and len(unknown) > len(known)
    if mostly and sheet.repair:
        raise _too_much_to_repair(sheet, list(unknown), len(known), sheet.line[tangle.strays[0]])
    if not sheet.repair:
        _refuse_unknown(sheet, tangle.strays, mostly)
        _refuse_tops_and_cycles(sheet, tangle)
        return manager
    return _repair(sheet, manager, tangle)


def match_managers(sheet: Sheet) -> list[int]:
    """Return the row of the manager whom each row means.

    -1 stands for none (nothing, or themselves), -2 for one who is unknown, or cannot be told from others.
    """
    named = [sheet.column[name] for name in MANAGERS]
    return [_manager_of(sheet.register, row, texts) for row, texts in enumerate(zip(*named, strict=True))]


def _manager_of(register: Register, row: int, texts: Sequence[str]) -> int:
    said = [text for text in texts if not register.is_nobody(text)]
    if not said:
        return TOP
    boss = next((found for text in said if (found := register.row(text)) >= 0), UNKNOWN)
    return TOP if boss == row else boss


def _tangle(manager: list[int]) -> Tangle:
    below, waiting = _count_upwards(manager)
    tops = [row for row, boss in enumerate(manager) if boss == TOP]
    strays = [row for row, boss in enumerate(manager) if boss == UNKNOWN]
    return Tangle(tops, strays, _cycles(manager, waiting), below)


def _count_upwards(manager: list[int]) -> tuple[list[int], list[int]]:
    """Return how many are below each row, and for how many reports each still waits who cannot be counted."""
    waiting = [0] * len(manager)
    for boss in manager:
        if boss >= 0:
            waiting[boss] += 1
    below = [0] * len(manager)
    ready = [row for row, reports in enumerate(waiting) if not reports]
    for row in ready:
        boss = manager[row]
        if boss >= 0:
            below[boss] += below[row] + 1
            waiting[boss] -= 1
            if not waiting[boss]:
                ready.append(boss)
    return below, waiting


def _cycles(manager: list[int], waiting: list[int]) -> list[list[int]]:
    """Return the cycles. Who still waits is on one: nobody can be counted before somebody who is counted after them."""
    cycles = []
    for row in range(len(manager)):
        cycle = []
        while waiting[row]:
            cycle.append(row)
            waiting[row] = 0
            row = manager[row]
        if cycle:
            cycles.append(cycle)
    return cycles


# ---------------------------------------------------------------- refusing


def _too_much_to_repair(sheet: Sheet, unknown: list[str], known: int, line: int) -> InputError:
    """Return the refusal of a file in which hardly a manager is found: to let all report to the top is no repair."""
    all_named, some = len(unknown) + known, listed([quoted(text) for text in unknown], most=3)
    problem = f"{len(unknown):,} of {all_named:,} managers cannot be found in the file, too many to repair: {some}."
    return sheet.error(f"{problem} {_how_to_name_managers(sheet)}", line)


def _how_to_name_managers(sheet: Sheet) -> str:
    ids = listed([sheet.id_of(row) for row in range(min(3, len(sheet.line)))])
    return f"Name each by id (here {ids}), by e-mail address or by name, as they stand in a row of their own."


def _refuse_unknown(sheet: Sheet, strays: list[int], mostly: bool) -> None:
    """Refuse managers who can be several members, and then those whom the file does not list."""
    several = [row for row in strays if len(_meant(sheet, row)) > 1]
    faults = [Fault(sheet.line[row], f"{sheet.id_of(row)} reports to {_named_by(sheet, row)}", "") for row in several]
    how = _how_to_name_managers(sheet)
    sheet.refuse_or_repair(faults, how if mostly else "Name that manager by id; --repair lets them report to the top.")
    faults = [Fault(sheet.line[row], f"{sheet.id_of(row)} reports to {_named_by(sheet, row)}", "") for row in strays]
    advice = "Add a row for that manager or correct the id; --repair lets them report to the top."
    likely = _nearest(_stated(sheet, strays[0]), sheet.column["id"]) if strays else None
    sheet.refuse_or_repair(faults, how if mostly else advice, likely)


def _stated(sheet: Sheet, row: int) -> str:
    """Return by what the file first names a member's manager."""
    texts = [sheet.column[name][row] for name in MANAGERS]
    return next(text for text in texts if not sheet.register.is_nobody(text))


def _meant(sheet: Sheet, row: int) -> Sequence[int]:
    """Return the rows of all who can be meant by a manager who is not one alone."""
    return sheet.register.find(_stated(sheet, row))


def _named_by(sheet: Sheet, row: int) -> str:
    """Say whom a row names, and why that is no manager."""
    meant, named = _meant(sheet, row), quoted(_stated(sheet, row))
    if not meant:
        return f"{named}, who is not in the file"
    who = listed([sheet.who(each) for each in meant], most=3)
    return f"{named}, by whom {count(len(meant), 'member')} can be meant, {who}"


def _nearest(boss: str, ids: list[str]) -> str | None:
    """Return the id that was perhaps meant; none for a number, which is as near to any other."""
    return None if boss.replace(".", "").replace(",", "").isdigit() else nearest_id(boss, ids)


def _refuse_tops_and_cycles(sheet: Sheet, tangle: Tangle) -> None:
    tops, cycles = tangle.tops, tangle.cycles
    if len(tops) > 1:
        named = listed([sheet.who(row) for row in tops], most=5)
        problem = f"{len(tops):,} members report to nobody, but only one can be at the top: {named}."
        advice = " Give the others a manager_id; --repair keeps the one who leads most people."
        raise sheet.error(problem + advice, sheet.line[tops[1]])
    if cycles:
        nobody = "These" if tops else "Nobody is at the top: these"
        more = f" (and {count(len(cycles) - 1, 'more cycle')})" if len(cycles) > 1 else ""
        problem = f"{nobody} report to one another in a cycle: {_path_of(sheet, cycles[0])}{more}."
        advice = " Correct one manager_id; --repair cuts the cycle at the one who leads most people."
        raise sheet.error(problem + advice, sheet.line[cycles[0][0]])


def _path_of(sheet: Sheet, cycle: list[int]) -> str:
    shown = [sheet.who(row) for row in cycle[:_SHOWN_OF_A_CYCLE]]
    left = len(cycle) - len(shown)
    return " -> ".join([*shown, *([f"{left:,} more"] if left else []), sheet.id_of(cycle[0])])


# ---------------------------------------------------------------- repairing


def _repair(sheet: Sheet, manager: list[int], tangle: Tangle) -> list[int]:
    """Let everybody report to one top: the one who leads most people. Each cycle is cut at whom most are below."""
    below = tangle.below
    cuts = [max(cycle, key=lambda row: (below[row], -row)) for cycle in tangle.cycles]
    led = dict(zip(cuts, (sum(below[row] + 1 for row in cycle) for cycle in tangle.cycles), strict=True))
    candidates = tangle.tops or tangle.strays or cuts
    top = max(candidates, key=lambda row: (led.get(row, below[row]), -row))
    _note_repairs(sheet, top, tangle, dict(zip(cuts, tangle.cycles, strict=True)))
    for row in (*tangle.tops, *tangle.strays, *cuts):
        manager[row] = top
    manager[top] = TOP
    return manager


def _note_repairs(sheet: Sheet, top: int, tangle: Tangle, cuts: dict[int, list[int]]) -> None:
    """Say of each manager that repairing changed why, and who it is now."""
    why = {row: "was another top, with fewer people or a later row," for row in tangle.tops if row != top}
    why |= {row: f"reported to {_named_by(sheet, row)}," for row in tangle.strays}
    why |= {row: f"was part of the cycle {_path_of(sheet, cycle)}" for row, cycle in cuts.items()}
    chief = sheet.id_of(top)
    faults = []
    for row, reason in why.items():
        now = "is now the top, as nobody else is" if row == top else f"now reports to {chief}, the top"
        faults.append(Fault(sheet.line[row], "", f"{sheet.id_of(row)} {reason} and {now}"))
    sheet.refuse_or_repair(faults, "")
