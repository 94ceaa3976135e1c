"""Fitting to a portrait: intervals hold what they say, no guess is informed by nothing, and nothing is run twice."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from experiments import ensembles
from experiments.calibration import read_record
from experiments.calibration.design import Free
from experiments.calibration.record import path_of
from experiments.commands import fit as command
from experiments.fit import fitting, folder, points
from experiments.fit.fitting import Check, Fit, Target, target_of
from experiments.fit.given import given_targets, wanted_of
from experiments.fit.inference import Inference
from experiments.fit.misfit import Misfit, parted, rank
from experiments.fit.points import BATCH, Tried, tried_points
from experiments.fit.prior import Prior, prior_of
from experiments.fit.setting import Setting, as_long_as, beyond_portrait, lived
from experiments.fit.surveys import Asked, read_survey
from experiments.fit.telling import LIKE, RIVAL, UNLIKE, theories, verdict
from experiments.fit.theories import Classifier, Compared, rival_names, rivals_of
from experiments.measures.catalogue import Catalogue
from experiments.measures.typed import Wanted, wanted_measures
from experiments.portrait.measuring import STATISTICS
from sim.engine import make_organization
from sim.errors import InputError
from sim.organization import as_csv, read_people
from sim.record import Run
from sim.scenario import load
from sim.terms import Theory

GUESSES = Prior(
    (
        Free("voice.loyalty", 12.0, 4.0, 36.0),
        Free("voice.reward", 2.0, 0.7, 6.0),
        Free("reaction.to", -7.5, -9.0, -6.0),
    )
)
SETS = 512


def setting(prior=GUESSES, **changes):
    return Setting(load("baseline").with_({"organization.members": 60, "days": 5, **changes}), prior)


def noisy(places, luck):
    """Return statistics: the first tells of the first guess, the second of the second, and none of the last."""
    shown = luck.normal(size=(len(places), len(setting().names)))
    shown[:, 0] = 4.0 * places[:, 0] + luck.normal(size=len(places))
    shown[:, 1] = np.exp(2.0 * places[:, 1] + 0.3 * luck.normal(size=len(places)))
    return shown


def made_up(sets=SETS):
    places = GUESSES.points(sets)
    return Tried(setting(), places, noisy(places, np.random.default_rng(1)))


@pytest.fixture(scope="module")
def learned():
    return Inference(made_up(), tuple(range(5)), np.zeros(5))


# ---------------------------------------------------------------- the prior


def test_the_prior_of_a_guess_ends_where_acceptable_sets_do():
    prior, sets = prior_of(), [one["values"] for one in read_record()["ensemble"]]
    for each in prior.free:
        assert (each.low, each.high) == (min(v[each.name] for v in sets), max(v[each.name] for v in sets))


def test_what_is_set_is_not_fitted():
    assert "voice.loyalty" in prior_of().names
    assert "voice.loyalty" not in prior_of(["voice.loyalty"]).names


def test_a_longer_design_begins_with_a_shorter_one():
    assert np.array_equal(GUESSES.points(200)[:48], GUESSES.points(48))


def test_a_design_fills_the_prior_evenly():
    values = GUESSES.at(GUESSES.points(256))
    assert (values >= GUESSES.bounds[:, 0]).all() and (values <= GUESSES.bounds[:, 1]).all()
    assert GUESSES.points(256).mean(axis=0) == pytest.approx([0.5] * 3, abs=0.01)


# ---------------------------------------------------------------- what is learned


def test_intervals_hold_what_made_an_arena_as_often_as_they_say(learned):
    luck = np.random.default_rng(7)
    places = luck.random((200, 3))
    ranks = np.array(
        [learned.posterior(one).below(at) for one, at in zip(noisy(places, luck)[:, :5], places, strict=True)]
    )
    held = ((ranks >= 0.05) & (ranks <= 0.95)).mean(axis=0)
    assert (held > 0.82).all() and (held < 0.97).all(), held  # 90%, and four standard errors of 200 arenas


def test_what_statistics_say_is_learned_and_nothing_else(learned):
    assert learned.informed.tolist() == [True, True, False]
    found = learned.posterior(np.array([2.0, np.exp(1.0), 0.0, 0.0, 0.0]))
    assert found.contraction[0] > 0.3 and found.contraction[1] > 0.6
    assert abs(found.contraction[2]) < 0.1


def test_the_posterior_follows_what_is_observed(learned):
    low, high = (learned.posterior(np.array([at, 1.0, 0.0, 0.0, 0.0])).means[0] for at in (0.5, 3.5))
    assert low < high


def test_an_answer_that_is_unsure_tells_less():
    sure, unsure = (Inference(made_up(), (0, 1), np.array([error, 0.0])).foreseen[0] for error in (0.0, 4.0))
    assert unsure < sure / 2.0


def test_draws_stay_within_the_prior(learned):
    drawn = learned.posterior(np.array([9.0, 30.0, 0.0, 0.0, 0.0])).drawn(100, np.random.default_rng(1))
    assert ((drawn > 0.0) & (drawn < 1.0)).all()


# ---------------------------------------------------------------- whether it fits


def test_one_arena_in_twenty_is_called_unlike_where_the_model_made_all():
    luck = np.random.default_rng(3)
    cloud = Misfit(luck.normal(size=(SETS, 6)))
    called = np.mean([cloud.p(one) < 0.05 for one in luck.normal(size=(150, 6))])
    assert called < 0.11


def test_an_arena_far_from_all_runs_is_unlike_them():
    cloud = Misfit(np.random.default_rng(3).normal(size=(SETS, 6)))
    assert cloud.p(np.full(6, 5.0)) < 0.01
    assert cloud.p(np.zeros(6)) > 0.5


def test_statistics_that_do_not_go_together_are_unlike_the_runs():
    luck = np.random.default_rng(3)
    one = luck.normal(size=SETS)
    cloud = Misfit(np.column_stack([one, one + 0.05 * luck.normal(size=SETS)]))
    assert cloud.p(np.array([1.0, 1.0])) > 0.1
    assert cloud.p(np.array([1.0, -1.0])) < 0.01


def test_what_a_test_is_judged_by_had_no_part_in_it():
    seen, held = parted(SETS)
    assert not set(seen) & set(held) and len(seen) + len(held) == SETS
    assert rank(3.0, np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(3 / 5)


# ---------------------------------------------------------------- theories


def of_theories(luck, apart, runs=200):
    return {name: luck.normal(size=(runs, 4)) + apart * n for n, name in enumerate(("arena", "threshold", "no_fear"))}


def test_an_arena_is_known_by_its_theory_where_theories_differ():
    luck = np.random.default_rng(4)
    found = Classifier(of_theories(luck, 2.0)).compared(np.full(4, 2.0))
    assert max(found.probabilities, key=found.probabilities.get) == "threshold"
    assert found.p < 0.05 and found.recognised > 0.9
    assert sum(found.probabilities.values()) == pytest.approx(1.0)


def test_theories_that_show_the_same_stay_as_likely_as_before():
    luck = np.random.default_rng(4)
    classifier = Classifier(of_theories(luck, 0.0))
    fresh = luck.normal(size=(100, 4))
    chances = np.array([list(classifier.compared(one).probabilities.values()) for one in fresh])
    assert chances.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.05)
    assert abs(classifier.recognised - 1 / 3) < 0.08
    assert np.mean([classifier.compared(one).p < 0.05 for one in fresh]) < 0.12


def test_a_rival_has_the_guesses_that_its_own_calibration_accepts():
    rival = rivals_of(setting(prior_of()), ["threshold"], ["reaction.to"])["threshold"]
    assert rival.scenario.parameters.rules.voice == "threshold"
    assert rival.prior.names == prior_of(["reaction.to"], read_record(path_of("threshold"))).names


@pytest.mark.parametrize(
    ("typed", "said"), [("treshold", "Did you mean 'threshold'"), ("arena", "name one that is held against it")]
)
def test_a_theory_that_cannot_be_held_against_the_fit_is_refused(typed, said):
    with pytest.raises(InputError) as error:
        rival_names(typed, "arena")
    assert said in str(error.value)


def test_all_rivals_are_all_theories_but_the_fits_own():
    assert set(rival_names("all", "arena")) == set(Theory.__members__) - {"arena"}


# ---------------------------------------------------------------- points that are kept


@pytest.fixture
def pretended(monkeypatch):
    """Let sets show their seed, and count the batches that are tried; a batch after the allowed ones is interrupted."""
    state = {"tried": 0, "allowed": 99}

    def tried(batch):
        if state["tried"] == state["allowed"]:
            raise KeyboardInterrupt
        state["tried"] += 1
        return [dict.fromkeys(batch.setting.names, float(seed)) for seed, _ in batch.sets]

    monkeypatch.setattr(points, "tried", tried)
    return state


def test_an_interrupted_design_goes_on_where_it_was(tmp_path, pretended):
    pretended["allowed"] = 2
    with pytest.raises(KeyboardInterrupt):
        tried_points(setting(), 4 * BATCH, tmp_path / "points", 1)
    pretended |= {"tried": 0, "allowed": 99}
    found = tried_points(setting(), 4 * BATCH, tmp_path / "points", 1)
    assert pretended["tried"] == 2
    assert np.array_equal(found.shown, tried_points(setting(), 4 * BATCH, None, 1).shown)


def test_more_sets_make_only_those_that_are_missing(tmp_path, pretended):
    tried_points(setting(), 2 * BATCH, tmp_path / "points", 1)
    pretended["tried"] = 0
    tried_points(setting(), 3 * BATCH, tmp_path / "points", 1)
    assert pretended["tried"] == 1


def test_a_damaged_part_is_made_again(tmp_path, pretended):
    whole = tried_points(setting(), 2 * BATCH, tmp_path / "points", 1)
    (tmp_path / "points" / "00001.parquet").write_bytes(b"PAR1 nothing PAR1")
    assert np.array_equal(tried_points(setting(), 2 * BATCH, tmp_path / "points", 1).shown, whole.shown)


@pytest.mark.parametrize("other", [{"days": 6}, {"leadership.executives.openness": 0.9}])
def test_runs_of_another_world_are_never_mixed_in(tmp_path, pretended, other):
    tried_points(setting(), BATCH, tmp_path / "points", 1)
    with pytest.raises(InputError, match="another world"):
        tried_points(setting(**other), BATCH, tmp_path / "points", 1)


def test_a_folder_of_the_user_is_left_alone(tmp_path, pretended):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="no part of a fit"):
        tried_points(setting(), BATCH, tmp_path, 1)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


# ---------------------------------------------------------------- portraits and surveys


@pytest.mark.parametrize(("days", "stretches", "wanted"), [(90, 1, 90), (130, 2, 130), (301, 5, 240), (20, 1, 20)])
def test_a_run_is_as_long_as_what_is_looked_at(days, stretches, wanted):
    assert as_long_as(load("baseline"), days, stretches).parameters.days == wanted


@pytest.mark.parametrize("portrait", [{}, {"statistics": {}}, {"statistics": {"gini_writers": {"value": "much"}}}])
def test_what_is_no_whole_portrait_is_refused_in_a_sentence(portrait):
    with pytest.raises(InputError, match="import the export again"):
        target_of(portrait)


def survey(tmp_path, *rows, head="level,measure,mean,n,scale"):
    path = tmp_path / "survey.csv"
    path.write_text("\n".join([head, *rows]), "utf-8")
    return path


def test_means_of_a_survey_are_brought_to_the_scale_of_the_model(tmp_path):
    safe, keen = read_survey(survey(tmp_path, "all,psychological_safety,4,100,1-7", "2,engagement,0.6,,"), 4)
    assert (safe.asked, safe.mean) == (Asked("all", "psychological_safety"), 0.5)
    assert safe.error == pytest.approx(0.025)
    assert (keen.asked.group, keen.mean, keen.error) == ("2", 0.6, 0.0)


def test_a_comma_may_stand_where_others_have_a_point(tmp_path):
    rows = survey(tmp_path, "all;engagement;3,8;;1-5", head="level;measure;mean;n;scale")
    assert read_survey(rows, 4)[0].mean == pytest.approx(0.7)


@pytest.mark.parametrize("name", ["days=5", "organization.members=10"])
def test_what_the_portrait_says_cannot_be_set(name):
    with pytest.raises(InputError, match="that of the portrait"):
        command._setting("baseline", [name], Target({}, 20, 1, 60, True, ""), None, Wanted())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("al,engagement,0.5,,", "neither all"),
        ("9,engagement,0.5,,", "level '9'"),
        ("all,engagment,0.5,,", "Did you mean 'engagement'"),
        ("all,engagement,3.8,,", "is not from 0 to 1"),
        ("all,engagement,much,,", "is no number"),
        ("all,engagement,0.5,0,", "below 1"),
        ("all,engagement,3,,5-1", "such as 1-5"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line(tmp_path, row, said):
    with pytest.raises(InputError) as error:
        read_survey(survey(tmp_path, "all,identification,0.5,,", row), 4)
    assert said in str(error.value) and "line 3" in str(error.value)


def test_a_mean_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="twice"):
        read_survey(survey(tmp_path, "all,engagement,0.5,,", "all,engagement,0.6,,"), 4)


def test_willingness_is_asked_of_everyone_and_of_roles(tmp_path):
    read = read_survey(survey(tmp_path, "all,willingness,0.4,,", "coworker,willingness,0.3,,"), 4)
    world = setting()
    found = beyond_portrait(replace(world, asked=tuple(each.asked for each in read)), lived(world, {}, 1))
    everyone, coworkers = Catalogue().measured(["willingness", "willingness@role:coworker"], lived(world, {}, 1))
    assert found == {"willingness@all": everyone, "willingness@coworker": coworkers}
    with pytest.raises(InputError, match="not of levels"):
        read_survey(survey(tmp_path, "1,willingness,0.4,,"), 4)


# ---------------------------------------------------------------- further measures


@pytest.mark.parametrize(("typed", "error"), [("0.31", 0.0), ("0.31±0.02", 0.02), ("0.31 +- .02", 0.02)])
def test_a_measure_can_be_given_with_its_error(typed, error):
    (found,) = given_targets([f"willingness@role:coworker={typed}"], Wanted())
    assert found == ("willingness@role:coworker", 0.31, error)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("willingness", "is typed as"),
        ("willingness=much", "is no number"),
        ("willingness=0.3±-1", "not below 0"),
        ("wilingness=0.3", "Did you mean 'willingness'"),
        ("gini_writers=0.3", "no measure"),
        ("contributors_share=0.3", "is taken from there"),
        ("arena_type=3", "is a word"),
    ],
)
def test_a_target_that_cannot_be_is_refused_in_a_sentence(typed, said):
    with pytest.raises(InputError) as error:
        given_targets([typed], Wanted())
    assert said in str(error.value)


def test_a_measure_of_ones_own_is_part_of_what_is_fitted(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from experiments import measure\n@measure('messages')\ndef written(run):\n    return run.messages.height\n"
    )
    offered = wanted_measures([str(tmp_path / "mine.py")])
    given = given_targets(["written=12±2"], offered)
    world = replace(setting(), wanted=wanted_of(given, offered))
    assert world.names[-1] == "written" and world.identity != setting().identity
    run = lived(world, {}, 1)
    assert beyond_portrait(world, run) == {"written": Run(run).messages.height}


# ---------------------------------------------------------------- what is written


def peopled(tmp_path):
    world = load("baseline").with_({"organization.members": 40, "days": 3, "organization.ties_per_member": 5.0})
    (tmp_path / "office.csv").write_bytes(as_csv(make_organization(world, 1)))
    return world.with_people(read_people(tmp_path / "office.csv"))


def done(world):
    """Return a fit of made-up points, whose runs show what was observed."""
    tried = made_up()
    tried = Tried(Setting(world, GUESSES), tried.places, tried.shown)
    names = tuple(STATISTICS)[:5]
    target = Target(dict.fromkeys(names, 1.0), 3, 1, 40, True, "0" * 32)
    inference = Inference(tried, tuple(range(5)), np.zeros(5))
    posterior = inference.posterior(np.ones(5))
    draws = posterior.drawn(fitting.DRAWS, np.random.default_rng(1))
    return Fit(target, tried.setting, inference, posterior, 0.4, draws, tried.shown[: fitting.DRAWS])


def test_a_scenario_of_the_ensemble_is_the_world_that_was_fitted(tmp_path):
    found = done(peopled(tmp_path))
    folder.write(found, tmp_path / "fit", "<html>", {})
    paths = ensembles.scenarios_of(tmp_path / "fit")
    assert len(paths) == fitting.DRAWS
    for path, wanted in list(zip(paths, found.scenarios, strict=True))[:3]:
        assert load(str(path)).digest == wanted.digest


def test_a_fit_is_replaced_and_what_a_user_changed_is_not(tmp_path):
    found = done(peopled(tmp_path))
    folder.write(found, tmp_path / "fit", "<html>", {})
    folder.write(found, tmp_path / "fit", "<html>", {})
    (tmp_path / "fit" / "posterior.csv").write_text("mine")
    with pytest.raises(InputError, match="changed since"):
        folder.write(found, tmp_path / "fit", "<html>", {})
    assert (tmp_path / "fit" / "posterior.csv").read_text() == "mine"


def test_a_fit_says_in_plain_words_that_it_does_not_fit(tmp_path):
    found = done(peopled(tmp_path))
    assert verdict(found).startswith(LIKE)
    unlike = replace(found, p=0.01)
    assert verdict(unlike).startswith(UNLIKE)
    rival = Compared({"arena": 0.1, "threshold": 0.9}, 0.01, 0.5)
    assert verdict(replace(found, theories=rival)).startswith(RIVAL)
    assert replace(found, theories=rival._replace(p=0.04)).fits  # of two tests each may err half as often


def test_a_fit_beside_rivals_writes_what_each_is_worth_and_the_next_one_takes_it_away(tmp_path):
    found = done(peopled(tmp_path))
    beside = replace(found, theories=Compared({"arena": 0.25, "threshold": 0.75}, 0.2, 0.6))
    folder.write(beside, tmp_path / "fit", "<html>", {})
    assert (tmp_path / "fit" / "theories.csv").read_text().splitlines() == [
        "theory,probability", "arena,0.25", "threshold,0.75",
    ]  # fmt: skip
    assert any("75%" in line for line in theories(beside))
    folder.write(found, tmp_path / "fit", "<html>", {})
    assert not (tmp_path / "fit" / "theories.csv").exists()


def test_the_table_of_guesses_says_what_the_data_could_not_tell(tmp_path):
    rows = {row["parameter"]: row for row in folder.posterior_rows(done(peopled(tmp_path)))}
    assert rows["voice.loyalty"]["informed"] and not rows["reaction.to"]["informed"]
    assert rows["voice.loyalty"]["low"] < rows["voice.loyalty"]["mean"] < rows["voice.loyalty"]["high"]


def test_the_page_holds_the_verdict_and_no_markup_of_others(tmp_path):
    pytest.importorskip("plotly")
    from experiments.fit.page import page

    shown = page(done(peopled(tmp_path)))
    assert LIKE in shown and "What the data do not inform" in shown
    assert "\N{MINUS SIGN}9 to \N{MINUS SIGN}6" in shown and "Answering or asking back" in shown
    assert "http://" not in shown.split("<script")[0]


def test_what_lies_outside_the_ensemble_is_said():
    assert not Check("gini_writers", 0.9, 0.4, 0.5, 0.6).within
    assert Check("gini_writers", 0.5, 0.4, 0.5, 0.6).within


# ---------------------------------------------------------------- a change over an ensemble


def pairs(differences):
    return [(0.5, 0.5 + each) for each in differences]


def test_a_change_is_decided_where_nearly_all_scenarios_agree():
    up = ensembles._change(pairs(np.linspace(0.01, 0.2, 40)), 40)
    both = ensembles._change(pairs(np.linspace(-0.1, 0.2, 40)), 40)
    few = ensembles._change(pairs(np.linspace(0.01, 0.2, 40)), 5)
    assert up.decided and up.up == 1.0
    assert not both.decided and not few.decided


def test_luck_is_averaged_within_a_scenario_before_scenarios_are_held_against_each_other():
    luck = np.repeat([-0.3, 0.3, -0.2, 0.2], 30)  # the scenarios take turns, so each has all four
    change = ensembles._change(pairs(0.05 + luck), 30)
    assert change.scenarios == 30 and change.decided
    assert change.low == pytest.approx(change.high) == pytest.approx(0.05)


def test_pairs_without_a_value_are_left_out():
    assert ensembles._change([(None, 0.5), (0.5, float("nan")), (0.5, 0.7)], 3).scenarios == 1


def test_a_folder_without_scenarios_is_no_ensemble(tmp_path):
    with pytest.raises(InputError, match="no ensemble"):
        ensembles.scenarios_of(tmp_path)


def test_a_fit_that_does_not_fit_is_remembered_by_its_ensemble(tmp_path):
    (tmp_path / "fit.json").write_text(json.dumps({"misfit": {"fits": False}}))
    assert ensembles.fits(tmp_path) is False
    assert ensembles.fits(tmp_path / "elsewhere" / "deeper") is None


@pytest.mark.slow
def test_what_made_an_arena_is_found_again_through_an_export(tmp_path):
    from benchmarks import recovery

    world = recovery.setting_of(tmp_path, 100)
    tried = tried_points(world, 512, None, 1)
    columns = tuple(range(len(world.names)))
    inference = Inference(tried, columns, np.zeros(len(columns)))
    arenas = list(recovery._arenas(world, tmp_path / "arenas.json", 60))
    ranks = np.array([inference.posterior(shown).below(place) for place, shown in arenas])
    held = ((ranks >= 0.05) & (ranks <= 0.95)).mean()
    assert 0.85 < held < 0.95, held
    assert inference.informed.sum() >= 3
