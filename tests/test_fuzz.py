"""Files damaged in structured ways are read or refused in no time; FUZZ_FILES says how many, 2,000 unless it is set."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fuzzing import fuzz


@pytest.mark.slow
def test_no_damaged_file_ends_in_a_foreign_exception() -> None:
    count = int(os.environ.get("FUZZ_FILES", "2000"))
    found = fuzz(count, seed=7)
    assert found.foreign == []
    assert found.slow == []
    assert sum(found.kinds.values()) >= count
    assert found.kinds["forged table: polars gave up"] <= count // 500
    for kind in ("scenario", "study", "organisation", "ties", "run folder"):
        assert found.kinds[f"{kind}: read"] and found.kinds[f"{kind}: refused"]
