"""Parquet files: one table a file, the same bytes however the table is cut into parts."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim import input_files, limits
from sim.errors import InputError, shown
from sim.record.digests import Digest

if TYPE_CHECKING:
    import polars as pl

ROW_GROUP: Final = 65_536
"""Rows of a Parquet row group: fixed, because the bytes of a file depend on it."""


def write_table(parts: Iterator[pl.DataFrame], path: Path) -> Digest:
    """Write a table of one or more parts, and return the hash of its values.

    The bytes do not depend on how it is cut. Raises OSError where the disk does not take it.
    """
    digest, first = Digest(), next(parts)
    with _disk_errors():
        second = next(parts, None)
        if second is None:
            digest.update(first)
            first.write_parquet(path, row_group_size=ROW_GROUP)
        else:
            _sink(itertools.chain((first, second), parts), first.schema, digest, path)
    return digest


def _sink(parts: Iterator[pl.DataFrame], schema: Any, digest: Digest, path: Path) -> None:
    """Write parts one after the other, so that no more than one of them is in memory."""
    from polars.io.plugins import register_io_source

    def all_parts(*_: Any) -> Iterator[pl.DataFrame]:
        for part in parts:
            digest.update(part)
            yield part

    table = register_io_source(all_parts, schema=schema)
    table.sink_parquet(path, row_group_size=ROW_GROUP, maintain_order=True)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Raise what polars says of the disk as what Python says of it."""
    import polars as pl

    try:
        yield
    except pl.exceptions.PolarsError as error:
        if code := re.search(r"\(os error (\d+)\)", str(error)):
            raise OSError(int(code[1]), os.strerror(int(code[1]))) from None
        raise


def read_table(path: Path) -> pl.DataFrame:
    """Return the table in a Parquet file; InputError where there is none, or it is damaged in whatever way."""
    import polars as pl

    with input_files.opened(path, limits.TABLE_BYTES) as file:
        try:
            return pl.read_parquet(file)
        except MemoryError:
            raise
        except (Exception, pl.exceptions.PanicException) as error:  # a panic of polars is no Exception
            raise InputError(f"the table cannot be read ({shown(error, 80)})", file=shown(path)) from None
