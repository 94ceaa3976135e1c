"""Hashes of tables: of the values, whatever their storage."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


class Digest:
    """Hash of a table's values: the same however the table is cut into parts, stored, or compressed."""

    def __init__(self) -> None:
        self.rows = 0
        self._columns: dict[str, list[Any]] = {}

    def update(self, frame: pl.DataFrame) -> None:
        """Take in the rows of one part."""
        import polars as pl

        self.rows += frame.height
        for column in frame:
            there, sizes, values = self._columns.setdefault(
                f"{column.name}:{column.dtype}", [blake2b(digest_size=16) for _ in range(3)]
            )
            there.update(column.is_not_null().cast(pl.UInt8).to_numpy().tobytes())
            if column.dtype == pl.String:
                text = column.fill_null("")
                sizes.update(text.str.len_bytes().to_numpy().astype("<u4").tobytes())
                values.update((text.str.join("").item() or "").encode())
            else:
                plain = column.cast(pl.UInt8) if column.dtype == pl.Boolean else column
                numbers = plain.fill_null(0).to_numpy() + plain.dtype.is_float() * 0.0  # no -0.0
                values.update(numbers.astype(numbers.dtype.newbyteorder("<")).tobytes())

    def hexdigest(self) -> str:
        """Return 32 hexadecimal digits."""
        whole = blake2b(str(self.rows).encode(), digest_size=16)
        for name, hashes in self._columns.items():
            whole.update(f"\0{name}\0".encode() + b"".join(each.digest() for each in hashes))
        return whole.hexdigest()


def values_digest(frame: pl.DataFrame) -> str:
    """Return the hash of a table's values (blake2b), whatever its storage: nulls, texts, little-endian numbers."""
    digest = Digest()
    digest.update(frame)
    return digest.hexdigest()
