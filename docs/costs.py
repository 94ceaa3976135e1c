"""The tables of `docs/scale.md`: what runs and sweeps take, by the model that `python -m benchmarks` fitted last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from benchmarks.cost_model import MADE_OF, NEAR, Model, Size, model_in
from benchmarks.kept import read

Rows = Iterator[Sequence[str]]
SIZES: Final = (
    Size(100, 60),
    Size(1_000, 60),
    Size(1_000, 250),
    Size(1_000, 60, 1.2),
    Size(10_000, 60),
    Size(100_000, 60),
    Size(1_000_000, 60),
    Size(10_000_000, 60),
)
RUNS: Final = (1_000, 10_000, 1_000_000)
CORES: Final = {"a laptop of 8 cores": 8, "a server of 64": 64, "a cluster of 1,000": 1_000}
USUAL: Final = Size(1_000, 60)
SAID: Final = {
    "once": "a run",
    "day": "a day",
    "member": "a member",
    "member_day": "a member and day",
    "department_day": "a day and cube root of members, as departments are many",
    "visit": "a visit",
    "item": "an item read",
    "far_item": f"an item, for each ten times more than {NEAR:,} members",
    "seconds": "time",
    "bytes": "memory",
    "keeping_seconds": "time to keep it",
    "keeping_bytes": "memory to keep it",
    "disk_bytes": "disk",
}
WAYS: Final = {
    "processes": "the sweep's own processes",
    "calm": "workers of a calm Dask",
    "dask": "workers of Dask as it comes",
}
UNITS: Final = ((1e-9, "n"), (1e-6, "µ"), (1e-3, "m"))


def rows_of(about: str) -> tuple[Sequence[str], Rows]:
    """Return the headings and rows of one table; KeyError where there is none of that name."""
    return HEADINGS[about], TABLES[about](read())


def _sizes(found: Mapping[str, Any]) -> Rows:
    """Yield what single runs take."""
    model, start = _model(found), found["runs"]["start_seconds"]
    for size in SIZES:
        takes = model.of(size)
        kept = takes["seconds"] + takes["keeping_seconds"] + start
        single = [duration(takes["seconds"]), amount(takes["bytes"])]
        whole = [duration(kept), amount(takes["keeping_bytes"]), amount(takes["disk_bytes"])]
        yield [f"{size.members:,}", str(size.days), f"{size.visits:g}", _many(takes["items"]), *single, *whole]


def _held_out(found: Mapping[str, Any]) -> Rows:
    """Yield what was predicted of sizes that the model had not seen, and what was measured there."""
    writes = {"items": _many, "seconds": duration, "bytes": amount, "disk_bytes": amount}
    for each in found["runs"]["held_out"]:
        size = f"{each['members']:,} x {each['days']}, {each['visits']:g}"
        for name, write in writes.items():
            predicted, true = each["predicted"][name], each["measured"][name]
            what = SAID.get(name, name)
            yield [size, what, write(predicted), write(true), f"{predicted / true - 1.0:+.0%}"]


def _terms(found: Mapping[str, Any]) -> Rows:
    """Yield the numbers of the model."""
    sums = found["runs"]["sums"]
    for name in MADE_OF:
        write = _exact_seconds if name.endswith("seconds") else _exact_bytes
        yield [SAID[name], "; ".join(f"{write(number)} {SAID[term]}" for term, number in sums[name].items() if number)]


def _sweeps(found: Mapping[str, Any]) -> Rows:
    """Yield what many runs of the usual size take."""
    each, start = _model(found).of(USUAL)["seconds"], found["runs"]["start_seconds"]
    for runs in RUNS:
        times = [duration(2.0 * start + each * runs / cores) for cores in CORES.values()]  # the command's, a worker's
        disk = amount(found["sweeps"]["disk_bytes_a_run"] * runs)
        yield [f"{runs:,}", _two(each * runs / 3600.0), *times, disk]


def _dask(found: Mapping[str, Any]) -> Rows:
    """Yield how fast the same sweep is made both ways."""
    for name, said in WAYS.items():
        way = found["sweeps"][name]
        yield [said, f"{way['rate']:.1f}", duration(way["wall"]), duration(way["processor"])]


def _machine(found: Mapping[str, Any]) -> Rows:
    """Yield on which machine that was."""
    for name, said in (("runs", "the model of a run"), ("sweeps", "Dask and the sweep's own processes")):
        on = found[name]["machine"]
        yield [said, on["processor"], str(on["cores"]), on["memory"]]


TABLES: Final[dict[str, Callable[[Mapping[str, Any]], Rows]]] = {
    "sizes": _sizes,
    "held": _held_out,
    "terms": _terms,
    "sweeps": _sweeps,
    "dask": _dask,
    "machine": _machine,
}
HEADINGS: Final = {
    "sizes": (
        "members",
        "days",
        "visits a day",
        "items read",
        "a run in a sweep",
        "memory of a worker",
        "`ism run`, start and folder included",
        "its memory",
        "its folder",
    ),
    "held": ("members x days, visits a day", "", "predicted", "measured", "off by"),
    "terms": ("what", "is the sum of"),
    "sweeps": ("runs", "core hours", *CORES, "disk"),
    "dask": ("who makes the runs", "runs a second", "the whole sweep", "a run, of processor time, everything counted"),
    "machine": ("what", "processor", "cores", "memory"),
}


def _model(found: Mapping[str, Any]) -> Model:
    return model_in(found["runs"])


def duration(seconds: float) -> str:
    """Return a time in the unit that one would say it in."""
    for unit, length in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= 1.5 * length:
            return f"{_two(seconds / length)} {unit}"
    return f"{_two(seconds)} s"


def amount(size: float) -> str:
    """Return a number of bytes in the unit that one would say it in."""
    for unit, length in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= length:
            return f"{_two(size / length)} {unit}"
    return f"{_two(size / 1e3)} kB"


def _two(value: float) -> str:
    """Return a number with two digits, more where it has them before its point."""
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.2g}"


def _many(count: float) -> str:
    for word, length in (("billion", 1e9), ("million", 1e6)):
        if count >= length:
            return f"{_two(count / length)} {word}"
    return f"{count:,.0f}"


def _exact_seconds(value: float) -> str:
    for length, letter in UNITS:
        if value < 1_000.0 * length:
            return f"{value / length:.3g} {letter}s"
    return f"{value:.3g} s"


def _exact_bytes(value: float) -> str:
    return f"{value / 1e6:.3g} MB" if value >= 1e6 else f"{value / 1e3:.3g} kB" if value >= 1e3 else f"{value:.3g} B"
