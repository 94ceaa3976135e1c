"""Outcomes of runs as the rows of a table, and what such a table takes."""

from __future__ import annotations

import io
import math
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from experiments.sweeps.trials import Outcome
from sim.measures import MEASURES

if TYPE_CHECKING:
    import polars as pl

ROW_GROUP: Final = 65_536


def table_bytes(frame: pl.DataFrame) -> bytes:
    """Return a table as Parquet; the bytes depend on its values alone."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, row_group_size=ROW_GROUP)
    return buffer.getvalue()


# ---------------------------------------------------------------- what a folder is of


def size_of(outcomes: Sequence[Outcome], runs: int, further: Sequence[str] = ()) -> float:
    """Return the bytes that a table takes, about, with so many runs like these."""
    first = len(table_bytes(rows_of(outcomes[:1], further)))
    more = len(table_bytes(rows_of([*outcomes, *outcomes[:1]], further))) - first
    return first + more * runs / len(outcomes)


def schema_of(further: Sequence[str] = ()) -> dict[str, Any]:
    """Return the columns of a part."""
    import polars as pl

    texts = dict.fromkeys(("status", "stage", "message"), pl.String)
    numbers = dict.fromkeys((*MEASURES, *further), pl.Float64)
    where = {"seconds": pl.Float64, "host": pl.String}
    return {"run_id": pl.String, "seed": pl.Int64, **texts, **numbers, "daily": pl.Binary, **where}


def rows_of(outcomes: Sequence[Outcome], further: Sequence[str] = ()) -> pl.DataFrame:
    """Return outcomes as a table: one column a measure, null where there is no value."""
    import numpy as np
    import polars as pl

    names = (*MEASURES, *further)
    values = np.array([outcome.values or (math.nan,) * len(names) for outcome in outcomes], float)
    values = values.reshape(len(outcomes), len(names))
    columns: dict[str, Any] = {name: values[:, n] for n, name in enumerate(names)}
    columns |= {name: [getattr(o, name) for o in outcomes] for name in ("run_id", "seed", "status", "seconds")}
    columns |= {name: [getattr(o, name) or None for o in outcomes] for name in ("stage", "message", "daily")}
    columns["host"] = [socket.gethostname()] * len(outcomes)
    frame = pl.DataFrame({name: pl.Series(name, columns[name], kind) for name, kind in schema_of(further).items()})
    return frame.with_columns(pl.col(names).fill_nan(None))
