"""Claims about `ism report`: one page that opens anywhere, tells a run in order, and shows hostile names as texts."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser

import pytest
from browser import chromium, opened
from click.testing import CliRunner

from experiments.cli import main
from experiments.report import page, stories, write
from experiments.report.provenance import provenance
from sim.errors import InputError
from sim.organization import read
from sim.record import Run
from sim.simulation import simulate
from sim.wording import listed, moment, percent, spell

HOSTILE = (
    "<script>document.title='taken'</script>",
    "</script><script>window.taken=1</script>",
    "<img src=x onerror=window.taken=1>",
    "=cmd|' /C calc'!A0",
    "\u202eevil",
    "A" * 10_000,
    "{issue} {name.__class__} {{7*7}} ${7*7}",
    "</title><h1>taken</h1>",
    '" onmouseover="window.taken=1',
)
CHAPTERS = ["asked", "happened", "spoke", "unsaid", "leaders", "arena", "thread", "silence", "words", "made"]
LARGEST = 6_000_000


class Read(HTMLParser):
    """What an HTML parser finds in a page: tags with their attributes, and the texts between them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags = []
        self.texts = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data):
        if self.inside not in ("script", "style"):
            self.texts.append(data)

    def count(self, tag):
        return sum(name == tag for name, _ in self.tags)


@pytest.fixture(scope="module")
def folder(lively, tmp_path_factory):
    """A run folder with its report, of an organisation whose names are all hostile."""
    place = tmp_path_factory.mktemp("hostile")
    with (place / "org.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "manager_id", "name", "title", "department", "location"])
        for n in range(70):
            name, title, department = (HOSTILE[(n + shift) % len(HOSTILE)] for shift in (0, 1, n // 9))
            rows.writerow([f"<i>{n}", "" if n == 0 else f"<i>{(n - 1) // 5}", name, title, department, "here"])
    organization, _ = read(place / "org.csv")
    world = lively.with_({"issues.2.name": "<script>window.taken=1</script> & {name}"})
    simulate(world, seed=2, organization=organization).save(place / "run")
    done = CliRunner().invoke(main, ["report", str(place / "run")])
    assert done.exit_code == 0, done.output
    return place / "run"


@pytest.fixture(scope="module")
def text(folder):
    return (folder / "report.html").read_text("utf-8")


# ---------------------------------------------------------------- the file


def test_the_page_is_small_enough_to_be_sent(folder):
    assert (folder / "report.html").stat().st_size < LARGEST


def test_the_page_tells_a_run_in_the_order_of_a_reader(text):
    found = Read(text)
    sections = [attrs["id"].removesuffix("-chapter") for tag, attrs in found.tags if tag == "section"]
    assert sections == CHAPTERS
    links = [attrs["href"] for tag, attrs in found.tags if tag == "a"]
    ids = {attrs["id"] for _, attrs in found.tags if "id" in attrs}
    assert {link.removeprefix("#") for link in links} <= ids


def test_hostile_names_are_texts(text):
    found = Read(text)
    assert found.count("script") == 3  # the figures, Plotly, and what draws them
    assert found.count("h1") == found.count("title") == 1
    assert found.count("img") == 0
    assert not [attrs for _, attrs in found.tags if any(name.startswith("on") for name in attrs)]
    answer = " ".join(found.texts)
    for name in HOSTILE[:4]:
        assert name in answer
    assert "A" * 100 not in answer
    assert "\u202e" not in text
    assert "49" not in re.findall(r"\$\{7\*7\}|\{\{7\*7\}\}|\b49\b", " ".join(t for t in found.texts if "7*7" in t))


def test_no_tag_can_begin_in_the_figures(text):
    data = re.search(r'<script id="figures" type="application/json">(.*?)</script>', text, re.S)[1]
    assert not re.search("[<>&\u2028\u2029]", data)
    assert len(json.loads(data)["figures"]) == text.count('class="plot"')


def test_the_page_forbids_itself_to_load_anything(text):
    policy = next(attrs["content"] for tag, attrs in Read(text).tags if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert not [attrs for _, attrs in Read(text).tags if "src" in attrs or str(attrs.get("href", "#"))[0] != "#"]


def test_every_figure_has_a_name_a_sentence_and_its_numbers(text):
    found = Read(text)
    plots = [attrs for _, attrs in found.tags if attrs.get("class") == "plot"]
    assert len(plots) == found.count("figure") == found.count("figcaption")
    assert all(len(attrs["aria-label"]) > 30 for attrs in plots)
    assert text.count("<summary>The numbers</summary>") == len(plots)


def test_one_run_has_one_page(folder, text):
    assert page(Run.load(folder)) == text


def test_a_report_does_not_disturb_its_run_folder(folder, tmp_path):
    again = Run.load(folder)
    again.save(tmp_path / "copy")
    assert Run.load(tmp_path / "copy").measures == again.measures
    assert not (tmp_path / "copy" / "report.html").exists()


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def shown(folder):
    """The page, opened once: light, and as wide as a small desk."""
    with chromium() as browser, opened(browser, folder / "report.html", "body[data-drawn]") as found:
        yield found


LOOKS = """() => {
    const ink = (element, name) => getComputedStyle(element)[name];
    return [ink(document.body, "backgroundColor"), ink(document.querySelector(".xtitle"), "fill")];
}"""


def looks(page, other_than=None):
    """Return the colours of the paper and of a figure's texts, once they are other than these."""
    for _ in range(100):
        found = page.evaluate(LOOKS)
        if other_than is None or found[1] != other_than[1]:
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"the figures stay as they were: {found}")


def test_the_page_opens_without_a_network_and_without_complaint(shown):
    assert shown.errors == []
    assert shown.asked_for == []
    assert shown.page.title().endswith("seed 2: a report")
    assert shown.page.evaluate("window.taken") is None


def test_all_figures_are_really_drawn_and_hostile_names_are_texts_in_them(shown):
    plots = shown.page.locator(".plot")
    assert plots.count() > 10
    drawn = "(plot) => plot.querySelector('.main-svg g.trace, .main-svg .points')"
    assert shown.page.evaluate(f"[...document.querySelectorAll('.plot')].every({drawn})")
    texts = " ".join(shown.page.locator(".plot svg text").all_text_contents())
    assert "<script>document.title='taken'</script>" in texts
    assert shown.page.locator(".plot svg a").count() == 0


def settled_width(page, wanted):
    """Return how wide the page is once it is no wider than wanted, or after five seconds: figures follow the window."""
    for _ in range(100):
        found = page.evaluate("document.documentElement.scrollWidth")
        if found <= wanted:
            break
        page.wait_for_timeout(50)
    return found


def test_nothing_is_wider_than_the_window(shown):
    for width in (400, 700, 1100):
        shown.page.set_viewport_size({"width": width, "height": 900})
        assert settled_width(shown.page, width) <= width


def test_the_page_and_its_figures_are_light_or_dark_as_the_reader_wishes(shown):
    bright = looks(shown.page)
    shown.page.emulate_media(color_scheme="dark")
    dark = looks(shown.page, other_than=bright)
    assert dark[0] != bright[0]
    shown.page.emulate_media(color_scheme="light")
    assert looks(shown.page, other_than=dark) == bright


def test_printed_pages_are_light_and_have_no_contents_list(shown):
    shown.page.emulate_media(media="print", color_scheme="dark")
    assert shown.page.evaluate(LOOKS)[0] == "rgb(255, 255, 255)"
    assert not shown.page.locator("nav").is_visible()
    assert shown.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    shown.page.emulate_media(media="screen", color_scheme="light")


# ---------------------------------------------------------------- other runs


def test_a_run_in_which_nothing_was_said_says_so(small):
    tiny = small.with_({"days": 2, "organization.members": 5, "population.occasions_per_visit.mean": 0.0})
    run = simulate(tiny, seed=1)
    answer = " ".join(Read(page(run)).texts)
    assert run.messages.is_empty()
    for said in (
        "Nobody had anything to say",
        "Nobody wrote anything.",
        "No leader answered anything.",
        "No wish stayed unspoken.",
    ):
        assert said in answer
    assert stories.thread(run) is None
    assert stories.silence(run) is None


def test_a_run_that_was_stopped_says_so(small):
    run = simulate(small.with_({"days": 8}), until=3)
    answer = " ".join(Read(page(run)).texts)
    assert "stopped after 3 of 8 workdays" in answer
    assert "--days 3" in provenance(run).command


def test_one_member_alone_has_a_page(small):
    assert "An ordinary organisation" in page(simulate(small.with_({"days": 1, "organization.members": 1}), seed=1))


def test_numbers_at_the_top_are_those_of_the_run(folder, text):
    run = Run.load(folder)
    answer = " ".join(" ".join(Read(text).texts).split())
    assert f"{percent(run.measures['silence_rate'])} of wishes stayed unspoken" in " ".join(
        f"{value} {name}" for name, value in re.findall(r"<dt>(.*?)</dt><dd><span class=\"value\">(.*?)</span>", text)
    )
    assert f"Somebody had something to say {spell(run.measures['wishes'], 'time')}." in answer


def test_the_silence_that_is_shown_is_one_of_the_ledger(folder):
    run = Run.load(folder)
    quiet = stories.silence(run)
    assert quiet.draft
    assert sum(share for _, share in quiet.shares) == pytest.approx(1.0)
    assert quiet.why, quiet.note
    assert {label for label, _ in quiet.why} >= {"the wish", "what drew", "what held back"}


def test_the_thread_that_is_shown_is_whole_and_in_order(folder):
    run = Run.load(folder)
    found = stories.thread(run)
    assert found.voices[0].depth == 0
    assert found.voices[0].does == "writes"
    answer = [voice for voice in found.voices if not voice.unsaid]
    assert 2 <= len(answer) <= stories.MOST_SHOWN
    for before, after in zip(found.voices, found.voices[1:], strict=False):
        assert after.depth <= before.depth + 1


def test_a_report_says_how_to_make_its_run_again(small):
    changed = provenance(simulate(small.with_({"days": 1}), seed=4))
    assert changed.command.startswith("ism run scenario.toml --seed 4")
    assert changed.toml
    assert "--org" not in changed.command


def test_an_organisation_that_was_brought_along_is_needed_again(folder):
    made = provenance(Run.load(folder))
    assert "--org organization.csv" in made.command
    assert [name for name, _ in made.digests] == ["members", "messages", "occasions", "positions", "series", "ties"]


# ---------------------------------------------------------------- the command


def test_the_page_can_be_written_elsewhere(folder, tmp_path):
    done = CliRunner().invoke(main, ["report", str(folder), "--out", str(tmp_path / "new" / "page.html")])
    assert done.exit_code == 0, done.output
    assert f"The report is in {tmp_path / 'new' / 'page.html'}" in done.output
    assert (tmp_path / "new" / "page.html").stat().st_size > 1_000_000


@pytest.mark.parametrize("made", ["nothing", "file", "empty folder", "damaged"])
def test_what_is_no_run_is_reported_in_a_sentence(folder, tmp_path, made):
    place = tmp_path / "run"
    if made == "file":
        place.write_text("x")
    elif made == "empty folder":
        place.mkdir()
    elif made == "damaged":
        Run.load(folder).save(place)
        (place / "messages.parquet").write_bytes(b"PAR1")
    done = CliRunner().invoke(main, ["report", str(place)])
    assert done.exit_code == 2
    assert done.output.startswith("ism: ")
    assert "Traceback" not in done.output
    assert not list(tmp_path.rglob("report.html"))


def test_a_page_that_cannot_be_written_leaves_nothing_behind(folder, tmp_path):
    (tmp_path / "page.html").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write(Run.load(folder), tmp_path / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


# ---------------------------------------------------------------- words


def test_numbers_and_days_are_written_as_people_write_them():
    assert [spell(n, "voice") for n in (0, 1, 2, 1204)] == ["no voices", "one voice", "two voices", "1,204 voices"]
    assert [percent(share) for share in (None, 0.0, 0.004, 0.5)] == ["–", "0%", "0.4%", "50%"]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert moment(2.0) == "day 2"
    assert moment(2.375) == "day 2, 12:00"
