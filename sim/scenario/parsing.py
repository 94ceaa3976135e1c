"""TOML texts: parsed, and in plain words what is wrong where one is no TOML."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from sim.errors import InputError, shown
from sim.toml_lines import toml_lines

NESTING: Final = 8
"""How deep tables and lists may stand in one another."""
_DECIMAL_COMMA: Final = re.compile(r"=\s*([+-]?\d+),(\d+)\b")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_CURLY: Final = "“”„‟«»‘’‚′″＂"
"""Marks that word processors put in the place of straight ones."""
_DOTS: Final = 200  # in one line: tomllib needs the square of that many steps


_SYNTAX: Final = {
    "Expected '='": "a key must be followed by = and a value",
    "Invalid initial character for a key": "a key is missing, or begins with a sign that it cannot have",
    "Invalid value": 'the value cannot be read; a word needs quotation marks, as in scope = "team"',
    "Expected newline": "something is left over after the value; write one setting a line",
    "Cannot": "this name is used twice",
    "Can't": "this name is used twice",
    "Duplicate": "this name is used twice",
    "Unterminated": "a text in quotation marks is not closed",
    "Illegal character": "there is a sign that may not stand there, or a text is not closed on its line",
    "Expected \"'": "a text in quotation marks is not closed",
    "Found invalid character": "a text in quotation marks is not closed on its line",
    "Unescaped": 'in a text between " and ", a backslash must be doubled',
    "Invalid hex": 'in a text between " and ", a backslash must be doubled',
    "Escaped character": 'in a text between " and ", a backslash must be doubled',
    "Unclosed array": "in a list, a comma or the closing ] is missing",
    "Unclosed inline": "in a table, a comma or the closing } is missing",
    "Expected ']": "a ] is missing",
    "Invalid statement": "this is neither a setting (key = value) nor a table ([name])",
    "Exceeds the limit": "there is a number with thousands of digits",
}


def parse_toml(text: str, file: str) -> dict[str, Any]:
    """Return the tables of a TOML text; InputError with the line, in plain words, where it is not TOML."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _DOTS:
            raise InputError(f"there are more than {_DOTS} dots in one line", file=file, line=number)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise InputError("lists or tables are nested too deeply", file=file) from None
    except (ValueError, OverflowError) as error:
        raise _syntax_error(str(error), text, file) from None
    _check_depth(data, file)
    return data


def _syntax_error(message: str, text: str, file: str) -> InputError:
    found = re.search(r"\(at line (\d+)", message)
    lines = text.split("\n")
    number = int(found[1]) if found else None
    if "at end of document" in message:  # blame the key after which something was never closed
        number = max(toml_lines(text).values(), default=len(lines))
    line = lines[number - 1].strip() if number and number <= len(lines) else ""
    known = next((ours for theirs, ours in _SYNTAX.items() if message.startswith(theirs)), "this is not valid TOML")
    why = _slip_in(line) or known
    return InputError(f"'{shown(line, 80)}': {why}" if line else why, file=file, line=number, expected="TOML")


def _slip_in(line: str) -> str:
    """Say in plain words what word processors, and other languages, write otherwise; empty where nothing is."""
    line = _QUOTED.sub('""', line)
    if found := _DECIMAL_COMMA.search(line):
        return f"a number is written with a point, {found[1]}.{found[2]}"
    if curly := next((sign for sign in line if sign in _CURLY), ""):
        return f'{curly} is no quotation mark here; write the straight one, "'
    return ""


def _check_depth(data: dict[str, Any], file: str) -> None:
    waiting: list[tuple[Any, int, str]] = [(data, 0, "")]
    while waiting:
        value, depth, name = waiting.pop()
        if depth > NESTING:
            raise InputError(f"'{shown(name)}' is nested too deeply", file=file, key=name)
        if isinstance(value, dict):
            waiting += [(inner, depth + 1, f"{name}.{key}".lstrip(".")) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1, name) for inner in value]


def parse_setting(text: str) -> tuple[str, Any]:
    """Return the name and the value of KEY=VALUE; VALUE is read as in TOML, else taken as a bare word."""
    key, equals, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if not equals or not key or not value:
        raise InputError(f"'{shown(text)}' is not KEY=VALUE, such as visibility.scope=team", key=key or None)
    if _DECIMAL_COMMA.fullmatch(f"={value}") or value[0] in _CURLY:
        raise InputError(f"{shown(text)}: {_slip_in(f'={value}')}", key=key)
    try:
        found = tomllib.loads(f"value = {value}")
        if set(found) == {"value"}:
            return key, found["value"]
    except (ValueError, RecursionError, OverflowError):
        pass
    try:
        return key, float(value)  # .5 is no number in TOML, but it is one to people
    except ValueError:
        return key, value
