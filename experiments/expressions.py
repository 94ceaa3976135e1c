"""Expressions over measures and settings, as studies write them: `issues_resolved >= 2 and p_speak < 0.1`.

Python reads the signs and brackets; what may stand in between is listed here, and nothing is ever handed to `eval`.
A name that is no number in a world makes every comparison with it false.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sim.errors import InputError, shown

LONGEST: Final = 500
"""Characters of an expression."""
_NAME: Final = re.compile(
    r"\"([^\"]*)\"|'([^']*)'|(?<![\w.])([A-Za-z_][\w.]*(?:@(?:role|department|days):[^\s@<>=!()+*/,]+)*)"
)
"""A name, with its scope; in quotation marks where it has spaces or signs in it."""
_WORDS: Final = ("and", "or", "not")
_ORDERS: Final[dict[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_SUMS: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: lambda above, below: above / below if below else math.nan,
}  # fmt: skip
Values = Mapping[str, float]


@dataclass(frozen=True)
class Expression:
    """A sum of names and numbers, or a condition about such sums."""

    text: str
    names: tuple[str, ...]
    """The names in it, in their order, each once."""
    condition: bool
    """Whether it is true or false, and no number."""

    def value(self, values: Values) -> float:
        """Return its number; of a condition, 1 where it holds, else 0. NaN where a name has no value."""
        return float(self._at(_tree(self.text), values))

    def holds(self, values: Values) -> bool:
        """Say whether a condition holds."""
        return bool(self._at(_tree(self.text), values))

    def lack(self, values: Values) -> float:
        """Return by how much a condition is missed: 0 where it holds, infinite where a name has no value."""
        return self._lack(_tree(self.text), values)

    def _at(self, node: Any, values: Values) -> float | bool:
        match node:
            case ast.Constant(value=number):
                return float(number)  # type: ignore[arg-type]
            case ast.Name(id=name):
                return values.get(self.names[int(name[1:])], math.nan)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self._at(inner, values)
            case ast.UnaryOp(operand=inner):
                return not self._at(inner, values)
            case ast.BinOp(left=left, op=sign, right=right):
                return _SUMS[type(sign)](self._at(left, values), self._at(right, values))
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(self._at(part, values) for part in parts)
            case ast.BoolOp(values=parts):
                return any(self._at(part, values) for part in parts)
        return all(order(left, right) for order, left, right in self._pairs(node, values))

    def _pairs(self, node: Any, values: Values) -> Iterable[tuple[Callable[[float, float], bool], float, float]]:
        """Yield each comparison of a chain such as `0.1 < p_speak < 0.3`."""
        sides = [float(self._at(side, values)) for side in (node.left, *node.comparators)]
        known = not any(math.isnan(side) for side in sides)
        for order, left, right in zip(node.ops, sides, sides[1:], strict=False):
            yield (_ORDERS[type(order)] if known else _never), left, right

    def _lack(self, node: Any, values: Values) -> float:
        match node:
            case ast.BoolOp(op=ast.And(), values=parts):
                return sum(self._lack(part, values) for part in parts)
            case ast.BoolOp(values=parts):
                return min(self._lack(part, values) for part in parts)
            case ast.Compare():
                missed = [(left, right) for order, left, right in self._pairs(node, values) if not order(left, right)]
                gaps = [abs(left - right) or math.ulp(1.0) for left, right in missed]
                return math.inf if any(map(math.isnan, gaps)) else float(sum(gaps))
        return 0.0 if self._at(node, values) else 1.0


def _never(_left: float, _right: float) -> bool:
    return False


def parse(text: str, condition: bool) -> Expression:
    """Return the expression that a text says; InputError where it is none, or no condition where one is wanted."""
    if len(text) > LONGEST:
        raise InputError(f"an expression has {LONGEST} characters at most, and this one {len(text)}")
    names: dict[str, None] = {}
    _named(text, names)
    is_condition = _check(_tree(text), text, names)
    if is_condition != condition:
        wanted = "a condition, such as issues_resolved >= 2" if condition else "a number, such as posts + comments"
        raise InputError(f"'{shown(text, 80)}' is not {wanted}")
    return Expression(text, tuple(names), condition)


def _named(text: str, names: dict[str, None]) -> str:
    """Return the text with n0, n1, ... in the place of names, which are added to `names` in their order."""

    def place(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[3] or ""
        if found[3] in _WORDS:
            return name
        names.setdefault(name)
        return f" n{list(names).index(name)} "

    return _NAME.sub(place, text)


def _tree(text: str) -> ast.expr:
    try:
        return ast.parse(_named(text, {}).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(f"'{shown(text, 80)}' cannot be read: {_SAYABLE}") from None


_SAYABLE: Final = "an expression has names of measures, numbers, + - * /, < <= > >= == !=, and, or, not, and brackets"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _check(node: Any, text: str, names: Mapping[str, None]) -> bool:
    """Say whether this is a condition; InputError where anything else stands in it than may."""
    wrong = InputError(f"'{shown(text, 80)}' cannot be read: {_SAYABLE}")

    def of(parts: Iterable[Any], condition: bool) -> None:
        if any(_check(part, text, names) != condition for part in parts):
            raise wrong

    match node:
        case ast.Constant(value=number) if _is_number(number):
            return False
        case ast.Name():
            return False
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            of([inner], False)
            return False
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SUMS:
            of([left, right], False)
            return False
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            of([inner], True)
        case ast.BoolOp(values=parts):
            of(parts, True)
        case ast.Compare(left=left, ops=orders, comparators=others) if all(type(o) in _ORDERS for o in orders):
            of([left, *others], False)
        case _:
            raise wrong
    return True
