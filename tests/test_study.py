"""Claims about study files: what they may say, what levels of a factor stand for, how gently mistakes are reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.sweeps.factors import Factor, varied
from experiments.sweeps.identity import Identity, entries
from experiments.sweeps.study import Study, load_study, shipped, study_from
from sim.errors import InputError
from sim.limits import SWEEP_RUNS
from sim.measures import MEASURES
from sim.scenario import from_toml

BASE = 'seeds = 2\n[factors]\n"visibility.scope" = ["team", "organization"]\n'
RULES = "rules"
EVENTS = """
[[events]]
day = 3
announce = {by = "ceo", openness = 0.8}
[[events]]
day = 5
post = {by = "ceo", issue = 0, stance = 0.5, criticality = 0.2}
"""


def study(text: str, quick: bool = False) -> Study:
    return study_from(text, "mine.toml", quick=quick)


def factor(value: str, name: str = "leadership.executives.openness") -> Factor:
    return study(f'seeds = 1\ndesign = "sobol"\nsamples = 2\n[factors]\n"{name}" = {value}\n').factors[0]


# ---------------------------------------------------------------- what a file may say


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("quick", [False, True])
def test_the_studies_that_come_with_the_project_can_be_read(name, quick):
    found = load_study(name, quick)
    assert found.factors
    assert set(found.measures) <= set(MEASURES)
    assert found.name == name


def test_seeds_are_counted_or_listed():
    assert study(BASE).first_seeds == (1, 2)
    assert study(BASE.replace("2", "[7, 3]", 1)).first_seeds == (7, 3)


def test_without_measures_all_are_asked_for():
    assert study(BASE).measures == tuple(MEASURES)
    assert study('measures = ["p_speak"]\n' + BASE).measures == ("p_speak",)


def test_the_quick_form_takes_the_place_of_the_same_keys():
    text = BASE + "[quick]\nseeds = 1\n"
    assert study(text).first_seeds == (1, 2)
    assert study(text, quick=True).first_seeds == (1,)


def test_the_quick_form_may_count_seeds_in_the_place_of_precision():
    text = BASE.replace("seeds = 2", "[precision]\nhalf_width = {p_speak = 0.1}") + "[quick]\nseeds = 1\n"
    assert len(study(text).first_seeds) == 30
    assert study(text, quick=True).first_seeds == (1,)
    assert study(text, quick=True).table.precision is None


def test_a_scenario_stands_beside_the_study(tmp_path):
    (tmp_path / "world.toml").write_text('extends = "baseline"\ndays = 4\n')
    (tmp_path / "mine.toml").write_text('scenario = "world.toml"\n' + BASE)
    assert load_study(tmp_path / "mine.toml").scenario.parameters.days == 4


def test_settings_of_the_study_come_before_its_factors():
    found = study(BASE + '[set]\ndays = 7\n"organization.members" = 50\n')
    assert (found.scenario.parameters.days, found.scenario.parameters.organization.members) == (7, 50)


def test_tables_and_dotted_names_are_the_same():
    dotted, nested = (study("seeds = 1\n" + text).factors for text in (
        '[factors]\n"visibility.scope" = ["team", "department"]',
        '[factors.visibility]\nscope = ["team", "department"]',
    ))  # fmt: skip
    assert dotted == nested


# ---------------------------------------------------------------- levels


def test_values_are_settled_as_the_setting_takes_them():
    found = study('seeds = 1\n[factors]\n"leadership.executives.openness" = [0, 1, 0.5]').factors[0]
    assert [repr(level.value) for level in found.levels] == ["0.0", "1.0", "0.5"]


def test_minus_zero_is_zero():
    with pytest.raises(InputError, match=r"names -0\.0 twice"):
        study('seeds = 1\n[factors]\n"leadership.executives.openness" = [0.0, -0.0]')


def test_steps_are_even_and_reach_both_ends():
    levels = study(
        'seeds = 1\n[factors]\n"leadership.executives.openness" = {min = 0.1, max = 0.9, steps = 5}'
    ).factors[0].levels  # fmt: skip
    assert [level.value for level in levels] == [0.1, 0.3, 0.5, 0.7, 0.9]


def test_steps_of_a_whole_number_are_whole_and_named_once():
    levels = study('seeds = 1\n[factors]\n"organization.levels" = {min = 3, max = 5, steps = 9}').factors[0].levels
    assert [level.value for level in levels] == [3, 4, 5]
    assert all(isinstance(level.value, int) for level in levels)


def test_a_log_scale_has_equal_ratios():
    name = "visibility.persistence_days"
    levels = study(
        f'seeds = 1\n[factors]\n"{name}" = {{min = 1, max = 100, steps = 3, scale = "log"}}'
    ).factors[0].levels  # fmt: skip
    assert [level.value for level in levels] == [1.0, 10.0, 100.0]


@given(st.floats(0.0, 1.0))
def test_a_sampled_level_lies_between_its_bounds(share):
    level = factor("{min = 0.2, max = 0.7}").at([share])[0]
    assert 0.2 <= level.value <= 0.7
    assert level.changes == (("leadership.executives.openness", level.value),)


def test_what_moves_along_takes_the_same_value():
    found = factor('{min = 0.2, max = 0.7, also = ["leadership.line_managers.openness"]}').at([0.5])[0]
    assert {value for _, value in found.changes} == {0.45}
    assert len(found.changes) == 2


def test_alternatives_change_several_settings_at_once():
    text = """
seeds = 1
[alternatives.deeds]
none = {"leadership.executives.responsiveness" = 0}
good = {"leadership.executives.responsiveness" = 0.6, "leadership.executives.openness" = 1}
"""
    none, good = study(text).factors[0].levels
    assert (none.value, good.value) == ("none", "good")
    assert repr(good.changes[1]) == "('leadership.executives.openness', 1.0)"


def test_events_can_be_moved_and_changed():
    world = from_toml('extends = "baseline"\ndays = 10\n' + EVENTS, "world")
    found = study_from(
        'seeds = 1\n[factors]\n"events.0.day" = [2, 8]\n"events.1.post.stance" = [-1, 1]', scenario=world
    )
    early, late = (varied(world, level.changes) for level in found.factors[0].levels)
    assert (early.written[0].day, late.written[0].day) == (2.0, 8.0)
    assert varied(world, found.factors[1].levels[0].changes).written[1].post.stance == -1.0  # type: ignore[union-attr]


def test_all_guesses_vary_around_their_values_within_bounds():
    found = study('seeds = 1\ndesign = "morris"\nsamples = 2\nguesses = 0.5\n')
    assert len(found.factors) > 50
    assert all(each.low < each.high for each in found.factors)
    values = entries(found.scenario)
    assert all(each.low <= values[each.name] <= each.high for each in found.factors)


# ---------------------------------------------------------------- identity


def name_of(world, changes=(), seed=1, rules=RULES, record="final"):
    identity = Identity(world, rules, record)
    return identity.of_run(identity.of_world(changes), seed)


def test_a_cell_is_called_as_the_world_that_it_stands_for(small):
    changes = (("leadership.executives.openness", 0.25), ("visibility.scope", "team"))
    assert name_of(small, changes) == name_of(varied(small, changes))
    assert name_of(small, changes) == name_of(small, changes[::-1])
    same = (("visibility.scope", small.parameters.visibility.scope),)
    assert name_of(small, same) == name_of(small)


def test_a_cell_with_an_event_moved_is_called_as_its_world():
    world = from_toml('extends = "baseline"\ndays = 10\n' + EVENTS, "world")
    changes = (("events.0.day", 7.0), ("events.1.post.criticality", 0.9))
    assert name_of(world, changes) == name_of(varied(world, changes)) != name_of(world)


def test_whatever_differs_changes_the_name(small):
    names = {
        name_of(small),
        name_of(small, seed=2),
        name_of(small, record="daily"),
        name_of(small, rules="others"),
        name_of(small, (("days", 14),)),
        name_of(small, (("visibility.anonymous_posts", True),)),
        name_of(small, (("visibility.anonymous_posts", False), ("days", 14.5))),
        name_of(small.with_events({"day": 1, "set": {"visibility.scope": "team"}})),
    }
    assert len(names) == 8


def test_titles_do_not_change_the_name(small):
    from dataclasses import replace

    assert name_of(small) == name_of(replace(small, title="Another", question="?"))


# ---------------------------------------------------------------- mistakes

FACTORS = 'seeds = 1\n[factors]\n"leadership.executives.openness" = '
WRONG = {
    "seed = 3": ("unknown key 'seed'", 1, "seeds"),
    "seeds = 'x'": ("seeds = 'x' is not a number of seeds, or a list of seeds", 1, None),
    "seeds = 1.5": ("seeds = 1.5 is not a number of seeds", 1, None),
    "seeds = {a = 1}": ("seeds = a table is not a number of seeds", 1, None),
    "seeds = 0": ("not a number from 1", 1, None),
    "seeds = [1, 'x']": ("is not a number of seeds, or a list of seeds", 1, None),
    "seeds = [1, 1]": ("names one twice", 1, None),
    "seeds = []": ("is empty", 1, None),
    "seeds = [-1]": ("whole number from 0", 1, None),
    "seeds = [9223372036854775808]": ("whole number from 0 to 9223372036854775807", 1, None),
    "title = 'x'": ("either `seeds`", None, None),
    "seeds = 1\n[precision]\nhalf_width = {p_speak = 0.1}": ("one of the two", 1, None),
    "[precision]\nfirst = 5": ("precision does not say 'half_width'", 1, None),
    "[precision]\nhalf_width = {}": ("names no measure", 2, None),
    "[precision]\nhalf_width = {p_speek = 0.1}": ("there is no measure 'p_speek'", 2, "p_speak"),
    "[precision]\nhalf_width = {p_speak = 0}": ("p_speak = 0.0 is not a number above 0", 2, None),
    "[precision]\nhalf_width = {p_speak = nan}": ("p_speak = nan is wrong: input should be a finite number", 2, None),
    "[precision]\nhalf_width = {p_speak = 0.1}\nmost = 20": ("most = 20 is fewer seeds", 3, None),
    "[precision]\nhalf_width = {p_speak = 0.1}\nfirst = 2": ("precision.first = 2 is not a whole number", 3, None),
    "[precision]\nhalf_width = {p_speak = 0.1}\nfrist = 3": ("unknown key 'precision.frist'", 3, "first"),
    "seeds = 1\nmeasures = ['p_speek']": ("there is no measure 'p_speek'", 2, "p_speak"),
    "seeds = 1\nmeasures = ['p_speak', 'p_speak']": ("named twice", 2, None),
    "seeds = 1\nmeasures = 'p_speak'": ("measures = 'p_speak' is not a list of names", 2, None),
    "seeds = 1\ndesign = 'sobel'": ("design = 'sobel' is not one of factorial, one_at_a_time", 2, None),
    "seeds = 1\nrecord = 'all'": ("is not one of final, daily, full", 2, None),
    "seeds = 1\nscenario = 'basline'": ("basline", 2, "baseline"),
    "seeds = 1\nquick = 3": ("'quick' is not a table", 2, None),
    "seeds = 1\n[quick]\nseed = 1": ("unknown key 'seed'", 3, "seeds"),
    "seeds = 1\n[set]\ndays = 3\n'organization.membres' = 9": ("unknown key", 4, "organization.members"),
    "seeds = 1": ("nothing varies", None, None),
    "seeds = 1\n[factors]": ("nothing varies", 2, None),
    "seeds = 1\nfactors = 3": ("factors = 3 is not a table", 2, None),
    "seeds = 1\n[factors]\n'visibility.scop' = ['team']": ("unknown key", 3, "visibility.scope"),
    "seeds = 1\n[factors]\n'visibility.scope' = ['teem']": ("teem", 3, "team"),
    "seeds = 1\n[factors]\n'visibility.scope' = []": ("is an empty list", 3, None),
    "seeds = 1\n[factors]\n'visibility.scope' = 'team'": ("is not a list of values", 3, None),
    "seeds = 1\n[factors]\n'visibility.scope' = ['team', 'team']": ("names 'team' twice", 3, None),
    "seeds = 1\n[factors]\n'visibility.anonymous_posts' = ['true']": ("true or false", 3, "true"),
    "seeds = 1\n[factors]\n'visibility.anonymous_posts' = [1]": ("true or false", 3, None),
    "seeds = 1\n[factors]\n'visibility.scope' = {min = 0, max = 1, steps = 2}": ("only numbers lie between", 3, None),
    "seeds = 1\n[factors]\n'events.0.day' = [1]": ("no events", 3, None),
    FACTORS + "[1, 'a']": ("a number between 0 and 1", 3, None),
    FACTORS + "[nan]": ("a number between 0 and 1", 3, None),
    FACTORS + "[2]": ("a number between 0 and 1", 3, None),
    FACTORS + "{min = 0, max = 2, steps = 3}": ("a number between 0 and 1", 3, None),
    FACTORS + "{min = 0.5, max = 0.5, steps = 3}": ("the larger max", 3, None),
    FACTORS + "{min = 0.1, steps = 3}": ("the larger max", 3, None),
    FACTORS + "{min = 0.1, max = inf, steps = 3}": ("the larger max", 3, None),
    FACTORS + "{min = 0.1, max = true, steps = 3}": ("the larger max", 3, None),
    FACTORS + "{min = 0.1, max = 0.2, steps = 1}": ("steps = 1 is not", 3, None),
    FACTORS + "{min = 0.1, max = 0.2, step = 2}": ("unknown key 'step'", 3, "steps"),
    FACTORS + "{min = 0.0, max = 0.2, steps = 2, scale = 'log'}": ("where min is above 0", 3, None),
    FACTORS + "{min = 0.1, max = 0.2, steps = 2, also = 'x'}": ("also is a list", 3, None),
    FACTORS + "{min = 0.1, max = 0.2, steps = 2, also = ['days']}": ("of one kind", 3, None),
    FACTORS + "{min = 0.1, max = 0.2, steps = 2, also = ['leadership.x']}": ("unknown|of one kind", 3, None),
    FACTORS + "{min = 0.1, max = 0.2}": ("needs steps", 3, None),
    FACTORS + "[0.1]\n[alternatives.x]\na = {'leadership.executives.openness' = 1}\nb = {days = 5}": (
        "moved by two factors", 4, None),
    "seeds = 1\nalternatives = 3": ("'alternatives' is not a table", 2, None),
    "seeds = 1\n[alternatives.seed]\na = {days = 3}\nb = {days = 4}": ("already is the name of a column", 2, None),
    "seeds = 1\n[alternatives.p_speak]\na = {days = 3}\nb = {days = 4}": ("already is the name of a column", 2, None),
    "seeds = 1\n[alternatives.x]\na = {days = 3}": ("two or more", 2, None),
    "seeds = 1\n[alternatives.x]\na = {days = 3}\nb = {dais = 4}": ("unknown key", 4, "days"),
    "seeds = 1\ndesign = 'sobol'\n[factors]\n'days' = {min = 3, max = 9}": ("needs `samples`", 2, None),
    "seeds = 1\ndesign = 'sobol'\nsamples = 6\n[factors]\n'days' = {min = 3, max = 9}": ("not a power of 2", 3, None),
    "seeds = 1\ndesign = 'morris'\nsamples = 2\n[factors]\n'days' = [3, 9]": ("samples between bounds", 5, None),
    "seeds = 1000000\n[factors]\n'days' = {min = 1, max = 60, steps = 60}": (f"more than {SWEEP_RUNS} runs", 2, None),
    "seeds = [": ("cannot be read", 1, None),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text.replace("\n", " ")[-50:])
def test_a_mistake_is_reported_with_its_line_and_what_was_meant(text):
    problem, line, nearest = WRONG[text]
    with pytest.raises(InputError, match=problem) as caught:
        study(text)
    assert caught.value.file == "mine.toml"
    assert caught.value.line == line
    assert caught.value.nearest == nearest
    assert str(caught.value).startswith("mine.toml")
    assert "Traceback" not in str(caught.value)


def test_an_unknown_study_is_reported_with_the_nearest():
    with pytest.raises(InputError, match="there is no study") as caught:
        load_study("hysteresis-of-thrust")
    assert caught.value.nearest == "hysteresis-of-trust"
    for name in ("no.toml", "a\x00b.toml"):
        with pytest.raises(InputError):
            load_study(name)


def test_hostile_names_are_shown_without_steering_the_terminal():
    for text in (
        'seeds = 1\n[factors]\n"\\u001b[2Jx" = [1]',
        'seeds = 1\n"\\u001b[2Jx" = 1',
        'seeds = 1\n[alternatives."\\u001b[2J"]\na = {days = 3}\n',
    ):
        with pytest.raises(InputError) as caught:
            study(text)
        assert "\x1b" not in str(caught.value)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=200))
def test_any_text_is_a_study_or_an_input_error(text):
    try:
        study(text)
    except InputError as error:
        assert str(error)


def test_a_study_is_read_the_same_from_a_folder(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(BASE)
    found = load_study(path)
    assert (found.name, found.path, found.text) == ("mine", Path(path), BASE)
