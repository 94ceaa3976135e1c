"""Claims about `sim.explain` and `ism explain`: who can be asked about, what is said, and what is left as it was."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import state_bytes

import sim
from experiments.cli import main
from sim.errors import InputError
from sim.explanation import Explanation, Occasion, changes, explain
from sim.explanation.words import deed_of, plain
from sim.organization import read
from sim.parameters import OrganizationTable
from sim.record import Run
from sim.record.manifest import with_digest
from sim.scenario import Scenario
from sim.simulation import simulate
from sim.terms import SPOKEN, Strategy
from sim.wording import percent, when


@pytest.fixture(scope="module")
def few(lively: Scenario) -> Scenario:
    return lively.with_({"organization.members": 60})


@pytest.fixture(scope="module")
def run(few: Scenario) -> Run:
    return simulate(few, seed=1)


@pytest.fixture(scope="module")
def busiest(run: Run) -> str:
    """The id of the member with most occasions."""
    return run.organization.ids[int(run.members["occasions"].arg_max() or 0)]


@pytest.fixture(scope="module")
def said(run: Run, busiest: str) -> Explanation:
    return explain(run, busiest)


@pytest.fixture(scope="module")
def folder(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run.save(tmp_path_factory.mktemp("runs") / "usual")


def without_occasions(run: Run) -> int:
    return int((run.members["occasions"] == 0).arg_max() or 0)


def ism(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(main, [*map(str, arguments)])


# ---------------------------------------------------------------- who, and when


def test_a_member_is_given_by_id_or_row_and_whoever_is_at_the_top_as_ceo(run: Run, busiest: str) -> None:
    row = run.organization.row_of(busiest)
    assert explain(run, busiest) == explain(run, row)
    assert explain(run, "ceo").member.row == run.organization.top


def test_a_day_is_that_part_of_the_whole(run: Run, said: Explanation) -> None:
    days = {occasion.day for occasion in said.occasions}
    assert len(days) > 2
    for day in days:
        part = explain(run, said.member.id, day)
        assert part.day == day
        assert part.occasions == tuple(each for each in said.occasions if each.day == day)


@pytest.mark.parametrize(
    ("member", "says"),
    [
        ("m12x", "Did you mean 'm12'"),
        ("nobody at all", "There is no member 'nobody at all'"),
        ("", "There is no member"),
        (60, "member = 60 is not an id, 'ceo', or a row from 0 to 59"),
        (-1, "member = -1 is not"),
        (True, "member = true is not"),
        (None, "member = None is not"),
        (1.5, "member = 1.5 is not"),
    ],
)
def test_an_unknown_member_is_refused_gently(run: Run, member: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        explain(run, member)
    assert says in str(caught.value)


def test_for_a_name_the_id_is_given(run: Run, said: Explanation) -> None:
    with pytest.raises(InputError, match=f"is a name. Did you mean '{said.member.id}'"):
        explain(run, said.member.name.upper())


@pytest.mark.parametrize("day", [-1, 6, 10**9, True, "3", 1.5])
def test_a_day_outside_the_run_is_refused_gently(run: Run, busiest: str, day: Any) -> None:
    with pytest.raises(InputError, match="is not a day of this run, from 0 to 5"):
        explain(run, busiest, day)


def test_on_a_day_with_nothing_to_say_the_other_days_are_named(run: Run) -> None:
    for row in range(run.organization.members):
        days = run.occasions.filter(run.occasions["member"] == row)["day"].unique(maintain_order=True).to_list()
        missing = sorted(set(range(6)) - set(days))
        if days and missing:
            with pytest.raises(InputError) as caught:
                explain(run, row, missing[0])
            assert f"on day {missing[0]}, but on day {', '.join(map(str, days))}." in str(caught.value)
            return
    raise AssertionError("everybody had something to say each day")


def test_of_who_never_had_anything_to_say_the_explanation_says_so(run: Run) -> None:
    row = without_occasions(run)
    said = explain(run, row)
    assert said.occasions == ()
    times = {0: "not once", 1: "once", 2: "twice"}.get(said.visits, f"{said.visits} times")
    assert f"came by {times} in 6 days" in said.words()
    assert said.words().endswith("and never had anything to say.")
    with pytest.raises(InputError, match="nor on any other day"):
        explain(run, row, 2)


@pytest.mark.parametrize("given", [None, 7, [], object()])
def test_what_is_no_run_is_refused(given: Any) -> None:
    with pytest.raises(InputError, match="is no Run, no run folder and no ArenaModel"):
        explain(given, 0)


# ---------------------------------------------------------------- nothing is changed, nothing depends on storage


def test_explaining_changes_nothing(few: Scenario) -> None:
    run = simulate(few, seed=1, checkpoint_days=2)
    engine, states = run._source.engine, run._source._snapshots  # type: ignore[union-attr]
    before = state_bytes(engine), {tick: _bytes(state) for tick, state in states.items()}
    assert sum(len(explain(run, row).to_dict()["occasions"]) for row in range(20)) > 20
    assert before == (state_bytes(engine), {tick: _bytes(state) for tick, state in states.items()})


@pytest.mark.parametrize("first", ["readers", "changes"])
def test_what_is_asked_first_changes_no_answer(run: Run, said: Explanation, first: str) -> None:
    """Readers and changes are looked into when somebody asks; here the latest occasion is asked first."""
    again = explain(run, said.member.id)
    assert len(again.occasions) > 3 and any(each.spoken for each in again.occasions)
    assert [getattr(each, first) for each in reversed(again.occasions)] == [
        getattr(each, first) for each in reversed(said.occasions)
    ]
    assert again == said


def test_a_model_that_goes_on_leaves_an_explanation_as_it_was(few: Scenario, said: Explanation) -> None:
    model = model_of(few)
    before = explain(model, said.member.id).to_dict()
    midway = explain(model, said.member.id)
    model.step()
    assert midway.to_dict() == before


def _bytes(state: Any) -> bytes:
    return b"".join(array.tobytes() for array in state.arrays.values())


def test_a_saved_run_is_explained_the_same_and_stays_as_it_was(folder: Path, said: Explanation) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert explain(Run.load(folder), said.member.id) == said
    assert explain(folder, said.member.id) == explain(str(folder), said.member.id) == said
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_states_on_the_way_change_nothing(few: Scenario, said: Explanation) -> None:
    assert explain(simulate(few, seed=1, checkpoint_days=1), said.member.id) == said


def test_a_run_that_was_ended_early_is_explained_up_to_its_end(few: Scenario, said: Explanation) -> None:
    short = explain(simulate(few, seed=1, until=3), said.member.id)
    assert short.days == 3
    assert [each.p_spoken for each in map(_choice, short.occasions)] == [
        each.p_spoken for each in map(_choice, said.occasions) if each is not None
    ][: len(short.occasions)]
    assert all(each.readers.until_day <= 2 for each in short.occasions if each.readers)


def _choice(occasion: Occasion) -> Any:
    return occasion.choice


# ---------------------------------------------------------------- models, and members whom Python decides for


def model_of(few: Scenario, **further: Any) -> Any:
    model = sim.ArenaModel(few, rng=1, ticks_per_step=8, **further)
    for _ in range(4):
        model.step()
    return model


def test_a_model_in_the_midst_of_its_run_is_explained_like_the_run(few: Scenario, said: Explanation) -> None:
    model = model_of(few)
    before = state_bytes(model.engine)
    midway = sim.explain(model, said.member.id)
    assert state_bytes(model.engine) == before
    assert midway == explain(simulate(few, seed=1, until=4), said.member.id)
    model.step()
    assert model.day == 5


def test_levers_changed_by_hand_are_reported_in_one_sentence(few: Scenario, said: Explanation) -> None:
    model = sim.ArenaModel(few, rng=1, ticks_per_step=8)
    model.step()
    model.engine.set_levers(few.with_({"visibility.scope": "team", "rules.voice": "no_fear"}).parameters)
    for _ in range(3):
        model.step()
    with pytest.raises(InputError, match=r"from day 1 on, this run is not what its scenario .* changed it by hand"):
        explain(model, said.member.id)


def test_a_belief_changed_by_hand_is_found_out(few: Scenario, said: Explanation) -> None:
    model = sim.ArenaModel(few, rng=1, ticks_per_step=8)
    model.step()
    model.member(said.member.id).voice_efficacy = 1.0
    for _ in range(4):
        model.step()
    with pytest.raises(InputError, match="changed it by hand"):
        explain(model, said.member.id)


def silent(moment: Any, coefficients: Any) -> Strategy:
    return Strategy.withhold


def test_of_members_whom_python_decides_for_the_explanation_says_so(few: Scenario, said: Explanation) -> None:
    model = model_of(few, behaviours={said.member.id: silent})
    mine = explain(model, said.member.id)
    assert mine.occasions
    for each in mine.occasions:
        assert (each.by_code, each.strategy, each.changes, each.readers) == (True, Strategy.withhold, (), None)
    assert "Python code decided that" in mine.occasions[0].words()
    others = [explain(model, row) for row in range(30)]
    assert any(other.occasions for other in others)
    assert not any(each.by_code for other in others for each in other.occasions if other.member != mine.member)


def outspoken(moment: Any, coefficients: Any, luck: Any) -> Strategy:
    return Strategy.plain


def test_such_a_run_needs_its_behaviours_again(few: Scenario, said: Explanation) -> None:
    row = said.member.row
    run = simulate(few, seed=1, behaviours={row: outspoken})
    with pytest.raises(InputError, match="give it as `behaviours`"):
        explain(run, row)
    again = explain(run, row, behaviours={row: outspoken})
    assert all(each.strategy == Strategy.plain for each in again.occasions)


# ---------------------------------------------------------------- levers that events set


def test_an_occasion_is_explained_with_the_levers_of_its_day(few: Scenario) -> None:
    events = (
        {"day": 2, "set": {"visibility.anonymous_posts": False}},
        {"day": 4, "set": {"rules.voice": "threshold", "visibility.scope": "team"}},
    )
    run = simulate(few.with_events(*events), seed=1)
    seen: dict[str, int] = {}
    for row in range(0, 60, 2):
        for each in explain(run, row).occasions:
            assert each.moment.anonymous_open == float(each.day < 2)
            assert each.theory.name == ("arena" if each.day < 4 else "threshold")
            assert (each.needed_agreement is None) == (each.day < 4)
            seen[each.theory.name] = seen.get(each.theory.name, 0) + 1
    assert min(seen["arena"], seen["threshold"]) > 10


# ---------------------------------------------------------------- in words


def all_of(run: Run) -> list[Occasion]:
    return [each for row in range(0, 60, 3) for each in explain(run, row).occasions]


def test_the_story_tells_the_numbers(run: Run) -> None:
    for each in all_of(run):
        text = each.words()
        assert text.startswith(when(each.tick).capitalize())
        assert re.match(r"Day \d, (9|1[0-6]):00: they wanted to ", text)
        assert deed_of(each.strategy) in text
        assert f"about {each.imagined.people:.0f} of {each.imagined.possible} " in text
        assert f"in all, {percent(each.choice.p_spoken)} to say it in the arena" in text
        assert ("had they said it plainly" in text) == (not each.spoken)
        assert (f"to {'silence' if each.spoken else 'speaking'} by:") in text
        for change in each.flipping[:5]:
            assert change.words in text
        assert "{" not in text
        assert "nan" not in text


def test_few_occasions_are_explained_in_full_and_many_in_one_line_each(run: Run, said: Explanation) -> None:
    assert len(said.words().splitlines()) == 1 + len(said.occasions)
    for row in range(60):
        one = explain(run, row)
        if len(one.occasions) == 2:
            assert all(each.words() in str(one) for each in one.occasions)
            return
    raise AssertionError("nobody had two occasions")


def test_the_heading_counts(said: Explanation) -> None:
    spoken = sum(each.strategy < SPOKEN for each in said.occasions)
    assert f"had something to say {len(said.occasions)} times in 6 days" in said.words()
    assert f"said it {'not once' if not spoken else 'once' if spoken == 1 else 'twice' if spoken == 2 else spoken}" in (
        said.words()
    )


def test_it_can_be_kept_as_json(said: Explanation) -> None:
    kept = json.loads(json.dumps(said.to_dict(), allow_nan=False))
    assert kept["member"]["id"] == said.member.id
    assert len(kept["occasions"]) == len(said.occasions)
    for found, each in zip(kept["occasions"], said.occasions, strict=True):
        assert found["moment"]["concern"] == each.moment.concern
        assert found["choice"]["p_spoken"] == each.choice.p_spoken
        assert found["strategy"] == each.strategy.name
        assert (found["day"], found["hour"], found["spoken"]) == (each.day, each.hour, each.spoken)
        assert {change["name"] for change in found["changes"]} == {change.name for change in each.changes}


PRINTABLE = '[bold]{0}{x}<script>alert("1")</script>%s'
HOSTILE = f"\x1b]0;owned\x07{PRINTABLE}\u202e"


@pytest.fixture(scope="module")
def hostile(few: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run in which all names are what a joker would type."""
    rows = ["id,manager_id,name,title,department"]
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    rows += [f"a{n},{'' if n == 0 else f'a{(n - 1) // 5}'},{quoted},{quoted},{quoted}" for n in range(60)]
    file = tmp_path_factory.mktemp("org") / "org.csv"
    file.write_text("\n".join(rows), "utf-8")
    organization, _ = read(file, wanted=OrganizationTable(ties_per_member=6), seed=1)
    names = {f"issues.{n}.name": f"{PRINTABLE}{n}" for n in range(len(few.parameters.issues))}
    return simulate(few.with_({**names, "visibility.scope": "department"}), seed=2, organization=organization)


def test_hostile_names_are_shown_as_text(hostile: Run) -> None:
    texts = [explain(hostile, row).words() for row in range(0, 60, 4)]
    assert any("<script>" in text for text in texts)
    assert any("'s message" in text for text in texts)
    for text in texts:
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
        assert "{0}" in text


def test_hostile_names_do_not_steer_the_command(hostile: Run, tmp_path: Path) -> None:
    hostile.save(tmp_path / "run")
    busiest = hostile.organization.ids[int(hostile.members["occasions"].arg_max() or 0)]
    for arguments in (("--member", busiest), ("--issue", 0)):
        result = ism("explain", tmp_path / "run", *arguments)
        assert result.exit_code == 0, result.output
        assert "[bold]{0}{x}" in result.stdout
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", result.stdout)


def test_lines_without_a_label_are_headings() -> None:
    assert plain([]) == ""
    assert percent(0.0) == "0%"
    assert percent(0.001) == "0.1%"
    assert percent(0.999) == "99.9%"
    assert percent(1.0) == "100%"


# ---------------------------------------------------------------- ism explain


def test_the_command_lists_many_occasions_and_tells_one_in_full(folder: Path, said: Explanation) -> None:
    result = ism("explain", folder, "--member", said.member.id)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    for each in said.occasions:
        assert when(each.tick) in result.stdout
    assert result.stdout.count("they wanted to") == 1
    assert "what they did" in result.stdout
    assert f"--member {said.member.id} --day D" in result.stdout


def test_the_command_tells_a_day_in_full(folder: Path, said: Explanation) -> None:
    day = said.occasions[0].day
    count = sum(each.day == day for each in said.occasions)
    result = ism("explain", folder, "--member", said.member.id, "--day", day)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("they wanted to") == (count if count <= 3 else 1)


def test_json_is_all_that_the_command_prints(folder: Path, said: Explanation) -> None:
    result = ism("explain", folder, "--member", said.member.id, "--json")
    assert json.loads(result.stdout) == json.loads(json.dumps(said.to_dict()))
    assert result.stderr == ""
    issue = json.loads(ism("explain", folder, "--issue", "2", "--day", "3", "--json").stdout)
    assert (issue["issue"], issue["day"]) == (2, 3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--member", "m12x"], "Did you mean 'm12'"),
        (["--member", "m1", "--day", "6"], "is not a day of this run, from 0 to 5"),
        (["--issue", "Workload and stafing"], "Did you mean 'Workload and staffing'"),
        (["--issue", "4"], "issue = 4 is not the name of an issue, or a number from 0 to 3"),
        ([], "--member ID"),
        (["--member", "m1", "--issue", "2"], "--member ID"),
    ],
)
def test_what_is_wrong_is_reported_in_one_sentence(folder: Path, arguments: list[str], says: str) -> None:
    result = ism("explain", folder, *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_foreign_and_damaged_folders_are_reported(folder: Path, tmp_path: Path) -> None:
    for place, says in ((tmp_path / "nowhere", "there is no such run folder"), (tmp_path, "this is no run folder")):
        result = ism("explain", place, "--member", "m1")
        assert (result.exit_code, says in result.stderr) == (2, True), result.output
    broken = Run.load(folder).save(tmp_path / "broken")
    (broken / "occasions.parquet").write_bytes(b"PAR1")
    result = ism("explain", broken, "--member", "m1")
    assert (result.exit_code, "damaged" in result.stderr) == (2, True)


def test_a_run_of_other_rules_is_not_explained(folder: Path, busiest: str, tmp_path: Path) -> None:
    other = Run.load(folder).save(tmp_path / "other")
    manifest = other / "manifest.json"
    said = with_digest(json.loads(manifest.read_text("utf-8")) | {"rules": "0" * 32})
    manifest.write_text(json.dumps(said), "utf-8")
    result = ism("explain", other, "--member", busiest)
    assert (result.exit_code, "under other rules" in result.stderr) == (2, True), result.output


def test_the_page_names_every_change_there_is() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "explain.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    switches = {switch.name for switch in changes.SWITCHES}
    assert switches | {"answered_last_week"} | {f"{dial.name}_up" for dial in changes.DIALS} <= named
