"""How much there may be of an export."""

from __future__ import annotations

from typing import Final

FILE_BYTES: Final = 20_000_000_000
"""A table of an export, unpacked."""
EXPORT_BYTES: Final = 40_000_000_000
"""All that is read of an export, unpacked."""
DAY_BYTES: Final = 500_000_000
"""A file of one channel and day, or a list of people and channels: it is held in memory."""
ENTRIES: Final = 2_000_000
"""Files in an export."""
PACKED_AT_MOST: Final = 200
"""How many times larger than packed something may be, where it is large: more is no text that anybody wrote."""
LARGE: Final = 100_000_000
"""Bytes from which that is asked."""
BLOCK_BYTES: Final = 1 << 24
"""What is read of a table at a time."""
ROW_BYTES: Final = 1 << 26
"""A row of a table."""
MESSAGES: Final = 50_000_000
"""Messages of an export."""
FEWEST: Final = 5
"""Members of the smallest group of which a portrait tells: fewer are single people."""
BAD_ROWS: Final = 0.01
"""The share of rows that may be unreadable; with more of them the file is not what it seems to be."""
KEY_BYTES: Final = 1_000
"""A file with the key to pseudonyms."""
