"""Claims about what messages say: texts follow from the message alone, fit it, vary, and break nothing."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.phrases import Phrasebook, Said, Voices
from sim.phrases.book import HOLES_LEFT, NONE, PARTS, _built_in
from sim.phrases.voices import treatment
from sim.scenario import Phrases, from_toml, load
from sim.simulation import simulate
from sim.terms import IssueKind, Kind, Orientation, Response, Role, Strategy

ISSUES = "\n".join(f'[[issues]]\nname = "About {kind.name}"\nkind = "{kind.name}"' for kind in IssueKind)
BOOK = Phrasebook(from_toml(ISSUES), 1)


def words(enum):
    return st.sampled_from([each.name.rstrip("_") for each in enum])


SAID = st.builds(
    Said,
    key=st.integers(0, 2**62),
    issue=st.integers(0, len(IssueKind) - 1),
    kind=words(Kind),
    form=st.sampled_from(["post", "comment"]),
    strategy=words(Strategy),
    orientation=words(Orientation),
    role=words(Role),
    stance=st.floats(-1, 1),
    response=words(Response),
    about=st.one_of(words(Kind), st.sampled_from([NONE, "own"])),
    name=st.sampled_from(["", "Ada"]),
    department=st.sampled_from(["", "Sales"]),
)


@pytest.fixture(scope="module")
def run(lively):
    return simulate(lively, seed=3)


@given(SAID)
def test_whatever_is_said_has_a_text_without_holes(said):
    text = BOOK.text(said)
    assert text.strip() == text != ""
    assert not HOLES_LEFT.search(text), text
    assert "  " not in text
    assert text[-1] in ".!?…:", text


@given(SAID, st.integers(0, 2**63 - 1))
def test_a_text_follows_from_message_and_seed_alone(said, seed):
    scenario = from_toml(ISSUES)
    assert Phrasebook(scenario, seed).text(said) == Phrasebook(scenario, seed).text(said)


def test_texts_are_the_same_in_another_process(run):
    texts = [Voices(run).message(row) for row in run.messages.head(20).to_dicts()]
    code = (
        "import sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from sim.phrases import Phrasebook, Said\n"
        "from sim.scenario import load\n"
        "print(Phrasebook(load('baseline'), 5).text(Said(key=7, issue=2, kind='concern', stance=-1.0)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True,
        env={"PYTHONHASHSEED": "123", "PYTHONUTF8": "1"},
    )  # fmt: skip
    here = Phrasebook(load("baseline"), 5).text(Said(key=7, issue=2, kind="concern", stance=-1.0))
    assert other.stdout.strip() == here
    assert texts == [Voices(run).message(row) for row in run.messages.head(20).to_dicts()]


def test_another_seed_says_it_otherwise():
    said = [Said(key=key, issue=2, kind="concern", stance=-1.0) for key in range(20)]
    one, two = (Phrasebook(from_toml(ISSUES), seed) for seed in (1, 2))
    assert sum(one.text(each) == two.text(each) for each in said) < 5


@pytest.mark.parametrize("kind", ["question", "praise", "news", "concern", "suggestion"])
@pytest.mark.parametrize("form", ["post", "comment"])
def test_thirty_in_a_row_hardly_ever_repeat_each_other(kind, form):
    for issue in range(len(IssueKind)):
        repeats = 0
        for first in range(0, 300, 30):
            # comments of a feed stand in different ways to what they answer, so they are mixed here as well
            ways = [("to", "with", "against", "past", "about")[key % 5] for key in range(30)]
            said = [
                Said(
                    key=7919 * (first + n), issue=issue, kind=kind, form=form, name="Ada",
                    orientation=way if form == "comment" else NONE, stance=-1.0 if kind == "concern" else 1.0,
                    strategy="plain",
                )
                for n, way in enumerate(ways)
            ]  # fmt: skip
            repeats += 30 - len({BOOK.text(each) for each in said})
        assert repeats <= 30, (issue, repeats)  # of 300


def test_a_feed_of_thirty_does_not_repeat_itself(run):
    voices = Voices(run)
    texts = [voices.message(row) for row in run.messages.to_dicts()]
    stretches = [texts[at : at + 30] for at in range(0, len(texts) - 29, 30)]
    assert len(stretches) > 10
    fresh = [len(set(stretch)) for stretch in stretches]
    assert min(fresh) >= 27
    assert sum(fresh) / len(fresh) > 29.2


def test_what_is_softened_is_never_what_is_said_plainly():
    for issue in range(len(IssueKind)):
        said = [Said(key=key, issue=issue, kind="concern", stance=-1.0) for key in range(200)]
        plain = {BOOK.text(each._replace(strategy="plain")) for each in said}
        assert plain.isdisjoint(BOOK.text(each._replace(strategy="rephrase")) for each in said)
        assert plain.isdisjoint(BOOK.text(each._replace(kind="praise", strategy="only_positive")) for each in said)


def test_leaders_words_depend_on_how_they_treat_the_message():
    said = [Said(key, 2, "answer", "comment", NONE, "to", "executive", about="concern") for key in range(200)]
    answer = {
        how: {BOOK.text(each._replace(response=how)) for each in said} for how in ("supportive", "sanction", "action")
    }
    assert answer["supportive"].isdisjoint(answer["sanction"])
    assert answer["action"].isdisjoint(answer["supportive"] | answer["sanction"])


def spoken(**facts):
    """Return all that is said so, on an issue of each kind."""
    said = [Said(key, issue, form="comment", **facts) for issue in range(len(IssueKind)) for key in range(150)]
    return {BOOK.text(each) for each in said}


def test_a_leader_who_supports_something_pleasant_does_not_find_that_it_has_to_change():
    support = {"kind": "answer", "orientation": "to", "role": "executive", "response": "supportive"}
    pleasant = spoken(**support, about="praise", about_stance="for")
    critical = spoken(**support, about="concern", about_stance="against")
    assert any("cannot stay as it is" in text for text in critical)
    assert not any(word in text for text in pleasant for word in ("cannot stay", "bring this up", "understand"))


@pytest.mark.parametrize("kind", ["praise", "concern", "news"])
def test_whoever_agrees_with_a_question_asks_it_too(kind):
    said = spoken(kind=kind, orientation="with", about="question", stance=-1.0 if kind == "concern" else 1.0)
    assert all(any(word in text for word in ("question", "ask", "wonder", "know")) for text in said)


def test_a_complaint_is_not_answered_like_a_question_about_a_form():
    known = {"kind": "answer", "orientation": "to", "strategy": "plain"}
    assert any("second field" in text for text in spoken(**known, about="question"))
    for about in ("concern", "suggestion", "praise"):
        assert not any("second field" in text or "blue one" in text for text in spoken(**known, about=about))


def test_whoever_joins_something_pleasant_with_a_doubt_does_not_say_that_it_was_always_bad():
    said = spoken(kind="concern", orientation="with", about="praise", about_stance="for", stance=-1.0)
    assert not any("cannot go on" in text or "You are right, and it is not only" in text for text in said)


def test_what_stands_in_a_name_is_never_looked_into():
    hostile = "{department} {name.__class__} {0} %s <b>"
    scenario = from_toml(
        f'[[issues]]\nname = "{hostile}"\n[[phrases]]\ntexts = ["{{name}} / {{issue}} / {{department}}"]'
    )
    said = Said(key=1, issue=0, kind="concern", name="{issue}", department="{name}")
    assert Phrasebook(scenario).text(said) == f"{{issue}} / {hostile} / {{name}}"


def test_names_in_texts_are_short_and_steer_nothing():
    scenario = from_toml(f'{ISSUES}\n[[phrases]]\ntexts = ["@{{name}}"]')
    assert len(Phrasebook(scenario).text(Said(1, 0, "concern", name="x" * 10_000))) < 80
    assert "\u202e" not in Phrasebook(scenario).text(Said(1, 0, "concern", name="\u202eevil\x1b[31m"))


def test_nobody_is_called_by_a_name_that_is_not_known():
    said = [Said(key, 0, "answer", "comment", "plain", "to") for key in range(300)]
    assert not any("@" in BOOK.text(each) for each in said)


def test_built_in_tables_ask_only_for_words_that_exist():
    known = {
        "kind": {each.name for each in Kind},
        "issue_kind": {each.name for each in IssueKind},
        "strategy": {each.name for each in Strategy},
        "orientation": {each.name.rstrip("_") for each in Orientation},
        "role": {each.name for each in Role},
        "response": {each.name for each in Response} | {NONE},
        "about": {each.name for each in Kind} | {"own", "none"},
        "about_stance": {"for", "against"},
        "about_orientation": {each.name.rstrip("_") for each in Orientation},
        "form": {"post", "comment"},
        "stance": {"for", "against"},
    }
    for part, entry in ((part, entry) for part, entries in _built_in().items() for entry in entries):
        assert part == entry.part in PARTS
        assert entry.texts
        for key, asked in entry.asks.items():
            assert asked <= known[key], (key, asked)
        for text in entry.texts:
            assert not HOLES_LEFT.search(re.sub(r"\{(issue|department|name)\}", "", text)), text


# ---------------------------------------------------------------- a run


def test_every_message_and_every_wish_of_a_run_has_a_text(run):
    voices = Voices(run)
    assert all(voices.message(row) for row in run.messages.to_dicts())
    assert all(voices.draft(row) for row in run.occasions.to_dicts())
    assert {*run.occasions["strategy"]} >= {"withhold", "postpone", "second_opinion", "only_positive", "anonymous"}


def test_a_draft_says_the_same_each_time_it_is_taken_up(run):
    voices, ledger = Voices(run), run.occasions
    by_id = {row["occasion_id"]: row for row in ledger.to_dicts()}
    again = [row for row in by_id.values() if row["draft_of"] in by_id and row["message_id"] is None]
    assert again
    for row in again:
        assert voices.draft(row) == voices.draft(by_id[row["draft_of"]])


def test_what_was_spoken_is_what_its_message_says(run):
    voices = Voices(run)
    row = run.occasions.filter(run.occasions["strategy"] == "plain").row(0, named=True)
    assert voices.draft(row) == voices.message(row["message_id"])


def test_leaders_answers_are_distinguished_from_ordinary_comments(run):
    rows = {row["message_id"]: row for row in run.messages.to_dicts()}
    roles = run.members["role"]
    found = [
        treatment(row, rows[row["parent_id"]], roles[row["author"]])
        for row in rows.values()
        if row["parent_id"] is not None
    ]
    answered = run.messages.filter(run.messages["leader_response"].is_not_null())
    last = [how for how in found if how is not None]
    assert len(last) >= answered.height > 0  # an action comes after support, so one message can have two
    for how in ("dismissive", "sanction"):
        assert last.count(how) == (answered["leader_response"] == how).sum()


def test_what_is_said_without_a_name_does_not_tell_the_department(run):
    answer = from_toml(run.scenario.to_toml() + '\n[[phrases]]\ntexts = ["at {department}"]')
    voices = Voices(run)
    voices.book = Phrasebook(answer)
    hidden = [voices.message(row) for row in run.messages.filter(run.messages["anonymous"]).to_dicts()]
    assert set(hidden) == {"at our department"}
    assert len({voices.message(row) for row in run.messages.filter(~run.messages["anonymous"]).to_dicts()}) > 2


def test_nobody_is_called_by_name_where_the_arena_shows_pseudonyms(lively):
    hidden = simulate(lively.with_({"visibility.identity": "pseudonym", "organization.members": 60}), seed=3)
    assert hidden.messages["parent_id"].is_not_null().sum() > 50
    assert not any("@" in Voices(hidden).message(row) for row in hidden.messages.to_dicts())


def test_no_message_of_that_number_is_a_key_error(run):
    with pytest.raises(KeyError):
        Voices(run).message(-1)


# ---------------------------------------------------------------- a scenario's own


OWN = """
[[phrases]]
texts = ["anything"]

[[phrases]]
kind = "concern"
texts = ["a concern of {department}"]

[[phrases]]
issue = "About concern"
kind = "concern"
texts = ["one", "two"]
"""


def test_a_scenarios_own_phrases_win_and_the_most_particular_of_them_first():
    book = Phrasebook(from_toml(ISSUES + OWN))
    assert book.text(Said(1, 0, "praise")) == "anything"
    assert book.text(Said(1, 0, "concern", department="Sales")) == "a concern of Sales"
    assert {book.text(Said(key, 2, "concern")) for key in range(40)} == {"one", "two"}


def test_where_nothing_of_its_own_fits_the_built_in_tables_speak():
    own = Phrasebook(from_toml(f'{ISSUES}\n[[phrases]]\nkind = "praise"\ntexts = ["mine, {{name}}"]'))
    plain = Phrasebook(from_toml(ISSUES))
    assert own.text(Said(1, 0, "concern")) == plain.text(Said(1, 0, "concern"))
    assert own.text(Said(1, 0, "praise")) == plain.text(Said(1, 0, "praise"))  # nobody to name
    assert own.text(Said(1, 0, "praise", name="Ada")) == "mine, Ada"


def test_phrases_change_no_digest_and_survive_being_written():
    bare, own = from_toml(ISSUES), from_toml(ISSUES + OWN)
    assert own.digest == bare.digest
    again = from_toml(own.to_toml())
    assert again.phrases == own.phrases
    assert own.with_({"days": 5}).phrases == own.phrases


def test_phrases_change_no_result(lively):
    small = lively.with_({"organization.members": 40})
    own = from_toml(small.to_toml() + '\n[[phrases]]\ntexts = ["mine"]')
    assert simulate(own, seed=2).measures == simulate(small, seed=2).measures


def test_phrases_are_inherited_and_those_of_an_issue_that_is_gone_are_left_out(tmp_path):
    (tmp_path / "mother.toml").write_text(ISSUES + OWN, "utf-8")
    child = from_toml('extends = "mother"\n[[phrases]]\nkind = "news"\ntexts = ["news"]', folder=tmp_path)
    assert [each.texts[0] for each in child.phrases] == ["anything", "a concern of {department}", "one", "news"]
    other = from_toml('extends = "mother"\n[[issues]]\nname = "Parking"', folder=tmp_path)
    assert [each.texts[0] for each in other.phrases] == ["anything", "a concern of {department}"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[[phrases]]\nkind = 'praise'", "'texts' is missing"),
        ("[[phrases]]\ntexts = []", "texts = a list of 0 is not a list of 1 to 200 texts"),
        ("[[phrases]]\ntexts = ['']", "is not a list of 1 to 200 texts"),
        ("[[phrases]]\nkindd = 'praise'\ntexts = ['x']", "Did you mean 'phrases.0.kind'?"),
        ("[[phrases]]\nkind = 'prais'\ntexts = ['x']", "Did you mean 'praise'?"),
        ("[[phrases]]\nstrategy = 'withhold'\ntexts = ['x']", "is not one of plain"),
        ("[[phrases]]\nissue = 'Wrokload'\ntexts = ['x']\n[[issues]]\nname = 'Workload'", "Did you mean 'Workload'?"),
        ("[[phrases]]\ntexts = ['Hello {nam}']", "Did you mean 'name'?"),
        ("[[phrases]]\ntexts = ['Hello {name.__class__}']", "nothing can be filled in for '{name.__class__}'"),
        ('[[phrases]]\ntexts = ["red \\u001b[31m"]', "a sign that cannot be shown"),
        ("phrases = 'x'", "is not a list of tables, each under a line [[phrases]]"),
    ],
)
def test_what_is_wrong_in_phrases_is_reported(text, answer):
    with pytest.raises(InputError) as found:
        from_toml(text)
    assert answer in str(found.value)
    assert found.value.line is not None


def test_everything_that_phrases_can_ask_for_is_asked_of_a_message():
    assert set(Phrases.model_fields) - {"texts"} <= set(Phrasebook(from_toml(ISSUES))._facts(Said(1, 0, "news")))
