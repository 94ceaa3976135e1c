"""The page of an analysis in a browser without a network: everything is drawn, in light and dark, and on paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from browser import chromium, opened
from test_analysis import SAMPLED, TWO, ishigami, swept

from experiments.analysis import analyse
from experiments.analysis.export import figures
from experiments.analysis.page import write
from sim.errors import InputError


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind of design."""

    def rule(cell, common, own):
        presence, openness = cell.values[:2]
        voice = 0.4 + 0.05 * presence * (openness - 0.5) + common + own
        return {"p_speak": voice, "silence_rate": 1.0 - voice, "arena_type": float(np.clip(presence, 0, 2))}

    hostile = (
        TWO.replace('"Planted"', '"<b>Planted</b> & <script>"') + '[alternatives."<i>x"]\n"</script>" = {}\nb = {}\n'
    )
    found = {"factorial": write(analyse(swept(hostile, rule, tmp_path_factory.mktemp("factorial"))))}
    for design, samples in (("saltelli", 16), ("morris", 8), ("latin_hypercube", 30)):
        text = SAMPLED.format(design=design, samples=samples)
        found[design] = write(analyse(swept(text, ishigami, tmp_path_factory.mktemp(design))))
    return found


def test_pages_draw_everything_and_ask_for_nothing(folders):
    with chromium() as browser:
        for name, folder in folders.items():
            with opened(browser, folder / "report.html", "body[data-drawn]", dark=name == "morris") as found:
                charts = found.page.locator("figure.chart").count()
                assert charts > 1
                assert found.page.locator("figure.chart .plot svg.main-svg").count() >= charts
                assert found.errors == []
                assert found.asked_for == []


def test_a_map_bears_its_numbers_and_the_marks_of_a_reversal(folders):
    with chromium() as browser, opened(browser, folders["factorial"] / "report.html", "body[data-drawn]") as found:
        drawn = found.page.locator("#plot-map-p_speak-0").text_content()
        assert {"▲", "▼"} <= set(drawn)
        assert found.page.locator("h1").text_content() == "<b>Planted</b> & <script>"
        assert "The sign reverses" in found.page.locator("#map-p_speak-0 figcaption").text_content()
        assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_narrow_page_needs_no_scrolling_sideways(folders):
    page = folders["factorial"] / "report.html"
    with chromium() as browser, opened(browser, page, "body[data-drawn]", width=380) as found:
        assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
def test_figures_for_papers_are_the_same_each_time(tmp_path):
    with chromium():
        pass  # there is a browser

    said = analyse(swept(SAMPLED.format(design="morris", samples=4), ishigami, tmp_path))
    first = figures(said)
    assert len(first) == 6
    assert {name.rpartition(".")[2] for name in first} == {"svg", "png"}
    assert figures(said) == first
    assert {path.name for path in (write(said, first) / "figures").iterdir()} == {Path(name).name for name in first}
    assert not (write(said) / "figures").exists()  # they would be those of another analysis


def test_without_a_browser_figures_are_refused_in_a_sentence(tmp_path, monkeypatch):
    from choreographer.browsers import Chromium

    monkeypatch.setattr("experiments.analysis.export.BROWSERS", ())
    monkeypatch.setattr(Chromium, "find_browser", lambda **_: None)
    said = analyse(swept(SAMPLED.format(design="morris", samples=4), ishigami, tmp_path))
    with pytest.raises(InputError, match="needs an installed Chrome or Chromium"):
        figures(said)
