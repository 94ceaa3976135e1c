"""The documentation as a site: it is built without a warning, every page can be reached, and nothing is fetched."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(page.relative_to(ROOT / "docs").with_suffix("") for page in (ROOT / "docs").rglob("*.md"))
FETCHED = re.compile(r"<(?:script|img|iframe|source|video)[^>]*\ssrc=\"([^\"]+)|<link[^>]*\shref=\"([^\"]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "docs", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_built_and_can_be_reached_from_every_other(site: Path) -> None:
    menu = (site / "start.html").read_text("utf-8")
    for page in PAGES:
        assert (site / page.with_suffix(".html")).is_file()
        wanted = "#" if page.name == "start" else f"{page.as_posix()}.html"
        assert f'href="{wanted}"' in menu, page


def test_nothing_is_fetched_from_anywhere(site: Path) -> None:
    for page in PAGES:
        text = (site / page.with_suffix(".html")).read_text("utf-8")
        fetched = [one or other for one, other in FETCHED.findall(text)]
        assert fetched, page
        for address in fetched:
            assert not re.match(r"(https?:)?//", address), (page, address)
            assert (site / page.parent / address.split("?")[0].split("#")[0]).exists(), (page, address)
    for style in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?https?:", style.read_text("utf-8", errors="replace")), style


def test_marks_for_machines_are_not_shown(site: Path) -> None:
    for page in PAGES:
        shown = re.sub(r"<!--.*?-->", "", (site / page.with_suffix(".html")).read_text("utf-8"), flags=re.S)
        assert "generated:" not in shown and "add to sim/" not in shown
