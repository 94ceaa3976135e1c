"""Texts in CSV files that people open in spreadsheets: a text that would be taken for a formula gets an apostrophe.

`=HYPERLINK(...)` as somebody's name must not become a link that acts (OWASP: CSV injection). Reading takes away exactly
what writing put there, so every text comes back as it was.
"""

from __future__ import annotations

import re
from typing import Final

FORMULA: Final = r"'*[=+\-@\t\r\n＝＋－＠]"
"""How a formula begins, and a text that was already marked: it is marked once more, so that both come back."""
_BEGINS: Final = re.compile(FORMULA)


def defused(text: str) -> str:
    """Return a text as a cell that no spreadsheet calculates."""
    return f"'{text}" if _BEGINS.match(text) else text


def restored(cell: str) -> str:
    """Return the text that `defused` made a cell of."""
    return cell[1:] if cell.startswith("'") and _BEGINS.match(cell) else cell
