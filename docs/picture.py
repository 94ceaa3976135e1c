"""The picture of the README: voice and silence in the default arena, week by week, drawn from ten runs.

`python -m docs.picture` simulates the baseline with seeds 1 to 10 and writes `docs/images/voice_and_silence.svg`. The
file has the digest of the rules in its description, so that one can see whether it is still of the present model.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

import sim
from sim import files
from sim.origin import version
from sim.sources import rules_digest

PICTURE = Path(__file__).resolve().parent / "images" / "voice_and_silence.svg"
SEEDS = range(1, 11)
WEEK = 5  # workdays
GROUPS = {"Coworkers": ("coworker",), "Line managers and executives": ("line_manager", "executive")}
"""Executives are too few to be shown alone: nine of 1,000 members."""
LINES = {  # colours of Okabe & Ito (2008), distinct to the colour-blind; the dashes keep them distinct in print
    "spoken": ("spoken in the arena", "#0072B2", ""),
    "unspoken": ("left unspoken", "#D55E00", ' stroke-dasharray="7 4"'),
}
LEFT, TOP, WIDE, HIGH, GAP = 64, 112, 340, 240, 36  # of the panels, in pixels
INK, FAINT = "#333333", "#DDDDDD"


def weekly(seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Return wishes per 100 members and week, by group and by whether they were spoken, of one run."""
    run = sim.simulate("baseline", seed=seed)
    found: dict[str, dict[str, np.ndarray]] = {}
    for group, roles in GROUPS.items():
        members = run.members.filter(pl.col("role").is_in(roles)).height
        daily = {name: sum(_daily(run.series, name, f"role:{role}") for role in roles) for name in ("wishes", "spoken")}
        daily["unspoken"] = daily["wishes"] - daily["spoken"]
        found[group] = {
            name: 100.0 * values.reshape(-1, WEEK).sum(axis=1) / members
            for name, values in daily.items()
            if name in LINES
        }
    return found


def _daily(series: pl.DataFrame, measure: str, group: str) -> np.ndarray:
    rows = series.filter((pl.col("measure") == measure) & (pl.col("group") == group)).sort("day")
    values = rows["value"].to_numpy()
    return values[: len(values) // WEEK * WEEK]


def interval(runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, lower and upper end of its 95% interval (Student's t) over runs, [runs, weeks]."""
    mean = runs.mean(axis=0)
    half = stats.t.ppf(0.975, len(runs) - 1) * runs.std(axis=0, ddof=1) / np.sqrt(len(runs))
    return mean, np.maximum(mean - half, 0.0), mean + half


def draw(runs: list[dict[str, dict[str, np.ndarray]]]) -> str:
    """Return the picture as SVG."""
    bands = {
        group: {name: interval(np.stack([run[group][name] for run in runs])) for name in LINES} for group in GROUPS
    }
    highest = max(band[2].max() for lines in bands.values() for band in lines.values())
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if highest / step <= 7)
    top = step * int(np.ceil(highest / step))
    weeks = len(next(iter(bands.values()))["spoken"][0])
    width = LEFT + len(GROUPS) * (WIDE + GAP)
    lines = [*_head(width), *_key()]
    for place, group in enumerate(GROUPS):
        left = LEFT + place * (WIDE + GAP)
        lines += _panel(group, left, weeks * WEEK, top, step, place == 0)
        for what, (_, colour, dashes) in LINES.items():
            lines += _line(bands[group][what], left, weeks * WEEK, top, colour, dashes)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _head(width: int) -> Iterator[str]:
    height = TOP + HIGH + 62
    title = "Voice and silence in an ordinary organisation, by role"
    said = (
        "Wishes to speak per 100 members and week that were spoken in the arena, and that were left unspoken, by "
        f"coworkers and by their leaders, over 60 workdays. Mean and 95% interval over {len(SEEDS)} seeds. "
        f"Scenario baseline, version {version()}, rules {rules_digest()}."
    )
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title description" font-family="Helvetica, Arial, sans-serif" fill="{INK}">'
    )
    yield f'<title id="title">{escape(title)}</title>'
    yield f'<desc id="description">{escape(said)}</desc>'
    yield f'<rect width="{width}" height="{height}" fill="white"/>'
    yield _text(16, 28, title, size=18, weight="bold")
    note = f"1,000 members, scenario baseline; lines: mean over {len(SEEDS)} seeds, bands: 95% interval of the mean"
    yield _text(16, 50, note, size=13)
    middle = LEFT + (width - LEFT - GAP) / 2
    yield _text(middle, height - 12, "workday", size=13, anchor="middle")
    yield (
        f'<text x="0" y="0" font-size="13" text-anchor="middle" transform="translate(20 {TOP + HIGH / 2:g}) '
        'rotate(-90)">wishes per 100 members and week</text>'
    )


def _key() -> Iterator[str]:
    for place, (name, colour, dashes) in enumerate(LINES.values()):
        x = LEFT + place * 200
        yield f'<line x1="{x}" y1="72" x2="{x + 36}" y2="72" stroke="{colour}" stroke-width="2.5"{dashes}/>'
        yield _text(x + 44, 76, name, size=13)


def _panel(name: str, left: float, days: int, top: float, step: float, first: bool) -> Iterator[str]:
    yield _text(left, TOP - 10, name, size=14, weight="bold")
    for value in np.arange(0.0, top + step / 2, step):
        y = _y(value, top)
        yield f'<line x1="{left}" y1="{y}" x2="{left + WIDE}" y2="{y}" stroke="{FAINT}"/>'
        if first:
            yield _text(left - 8, float(y) + 4, f"{value:g}", size=12, anchor="end")
    for day in range(0, days + 1, 20):
        yield _text(left + WIDE * day / days, TOP + HIGH + 20, f"{day}", size=12, anchor="middle")


def _line(
    band: tuple[np.ndarray, np.ndarray, np.ndarray], left: float, days: int, top: float, colour: str, dashes: str
) -> Iterator[str]:
    mean, low, high = band
    x = [left + WIDE * (week + 0.5) * WEEK / days for week in range(len(mean))]
    ring = [*zip(x, high, strict=True), *reversed(list(zip(x, low, strict=True)))]
    yield f'<polygon points="{_points(ring, top)}" fill="{colour}" fill-opacity="0.18"/>'
    line = _points(list(zip(x, mean, strict=True)), top)
    yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"{dashes}/>'


def _points(places: list[tuple[float, float]], top: float) -> str:
    return " ".join(f"{x:.1f},{_y(value, top)}" for x, value in places)


def _y(value: float, top: float) -> str:
    return f"{TOP + HIGH * (1.0 - value / top):.1f}"


def _text(x: float, y: float, text: str, size: int, weight: str = "normal", anchor: str = "start") -> str:
    style = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(text)}</text>'


if __name__ == "__main__":
    files.write(PICTURE, draw([weekly(seed) for seed in SEEDS]).encode())
