"""Mesa's door to the model: the same numbers, members as agents, and Mesa's own tools taken unchanged."""

# ruff: noqa: ARG002, ARG005 - behaviours are handed more than they look at

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import re
import weakref
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest
from conftest import differing, livelier, run
from mesa.agent import AgentSet

from sim.engine import Engine, make_organization
from sim.errors import InputError
from sim.measures import MEASURES, final
from sim.model import ArenaModel, Behaviour, Member, by_the_rules, dotted, keywords
from sim.model.attributes import Beliefs
from sim.organization import write
from sim.parameters import registry
from sim.scenario import Scenario, from_toml, load
from sim.simulation import simulate
from sim.state import BELIEF_FIELDS, MEMBER_FIELDS, Clock
from sim.terms import Choice, Luck, Moment, Role, Strategy

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "mesa.md"
MESA = tuple(int(part) for part in mesa.__version__.split(".")[:2])
SMALL: dict[str, Any] = {"organization_members": 40, "days": 3}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Forty members, three days in which nearly everything happens."""
    return livelier(load("baseline").with_({"organization.members": 40}), days=3)


@pytest.fixture(scope="module")
def finished(scenario: Scenario) -> Engine:
    return run(scenario, seed=7)


@pytest.fixture
def model(scenario: Scenario) -> ArenaModel:
    return ArenaModel(scenario, rng=7, ticks_per_step=8)


def to_the_end(model: ArenaModel) -> ArenaModel:
    while model.running:
        model.step()
    return model


def busiest(engine: Engine, count: int = 3) -> list[str]:
    """Return the ids of the members with most occasions."""
    rows = np.argsort(-engine.world.members["occasions"], kind="stable")[:count]
    assert engine.world.members["occasions"][rows].min() >= 2
    return [engine.organization.ids[row] for row in rows.tolist()]


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("ticks_per_step", [1, 5, 8, 1000])
def test_the_numbers_are_the_engines_whatever_a_step_is(
    scenario: Scenario, finished: Engine, ticks_per_step: int
) -> None:
    model = ArenaModel(scenario, rng=7, ticks_per_step=ticks_per_step)
    to_the_end(model)
    assert model.steps == -(-24 // ticks_per_step)
    assert differing(model.engine, finished) == []
    assert model.measures == final(finished.world, finished.organization)
    assert model.measures == simulate(scenario, seed=7).measures


def test_a_step_advances_the_clock_and_the_end_ends_it(scenario: Scenario) -> None:
    model = ArenaModel(scenario, rng=7, ticks_per_step=11)
    assert (model.tick, model.day, model.hour, model.running) == (0, 0, 0, True)
    model.step()
    assert (model.tick, model.day, model.hour, model.running) == (11, 1, 3, True)
    model.step()
    model.step()
    assert (model.tick, model.day, model.running) == (24, 3, False)
    collected = len(model.datacollector.model_vars["tick"])
    model.step()
    assert (model.tick, model.running, len(model.datacollector.model_vars["tick"])) == (24, False, collected)


def test_looking_at_everything_changes_nothing(scenario: Scenario, finished: Engine) -> None:
    model = ArenaModel(scenario, rng=7)
    sets = ("reports", "team", "ties")  # Mesa 3.5 would copy them and their luck each time
    names = [
        name
        for name, live in (*vars(Beliefs).items(), *vars(Member).items())
        if not (name.startswith("_") or callable(live) or name in sets)
    ]
    model.datacollector = mesa.DataCollector({"safety": "psychological_safety"}, {name: name for name in names})
    for _ in range(24):
        model.step()
        model.agents.shuffle_do("step")
    assert differing(model.engine, finished) == []


def test_events_of_a_scenario_happen() -> None:
    text = (
        load("baseline").with_({"organization.members": 10, "days": 2}).to_toml()
        + '\n[[events]]\nday = 1\n[events.set]\n"visibility.scope" = "team"\n'
    )
    model = ArenaModel(from_toml(text), rng=1, ticks_per_step=8)
    assert model.engine.parameters.visibility.scope == "organization"
    model.step()
    assert model.engine.parameters.visibility.scope == "team"


# ---------------------------------------------------------------- what a model is asked for


def test_a_seed_is_drawn_and_kept() -> None:
    one, other = ArenaModel(**SMALL), ArenaModel(**SMALL)
    assert one.seed != other.seed
    again = ArenaModel(rng=one.seed, **SMALL)
    assert differing(one.engine, again.engine) == []
    assert differing(one.engine, other.engine) != []


@pytest.mark.parametrize("rng", [3, np.int64(3), "3", " 3 "])
def test_a_whole_number_is_the_seed(rng: Any) -> None:
    assert ArenaModel(rng=rng, **SMALL).seed == 3
    assert ArenaModel(seed=rng, **SMALL).seed == 3


def test_of_a_generator_one_number_is_drawn() -> None:
    generator, same = np.random.default_rng(5), np.random.default_rng(5)
    seeds = [ArenaModel(rng=generator, **SMALL).seed for _ in range(2)]
    assert seeds[0] != seeds[1]
    assert [ArenaModel(rng=same, **SMALL).seed for _ in range(2)] == seeds
    assert ArenaModel(rng=[1, 2], **SMALL).seed == ArenaModel(rng=np.random.SeedSequence([1, 2]), **SMALL).seed


@pytest.mark.parametrize("rng", [-1, 2**63, 1.5, True, "one", "-1", object(), [-1]])
def test_what_cannot_be_a_seed_is_refused(rng: Any) -> None:
    with pytest.raises(InputError, match="rng"):
        ArenaModel(rng=rng, **SMALL)


def test_two_seeds_are_one_too_many() -> None:
    with pytest.raises(InputError, match="only rng"):
        ArenaModel(rng=1, seed=1)


def test_mesas_own_luck_is_seeded_too(scenario: Scenario) -> None:
    orders = [ArenaModel(scenario, rng=7).agents.shuffle().get("row") for _ in range(2)]
    assert orders[0] == orders[1] != list(range(40))


def test_every_parameter_has_a_keyword_of_its_own() -> None:
    plain = [name for name in registry() if "<n>" not in name]
    assert sorted(keywords().values()) == sorted(plain)
    assert len(keywords()) == len(plain)
    own = set(inspect.signature(ArenaModel).parameters) | {"seed"}
    assert not own & keywords().keys()
    for name in registry():
        assert dotted(name.replace("<n>", "0").replace(".", "_")) == name.replace("<n>", "0")


def test_keywords_change_parameters() -> None:
    model = ArenaModel(
        visibility_scope="team",
        leadership_executives_openness=0.9,
        population_risk_sensitivity_mean=0.6,
        population_safety_level_step=0.01,
        issues_2_salience=3,
        **SMALL,
        **{"visibility.identity": "name"},
    )
    parameters = model.settings.parameters
    assert (parameters.days, len(model.agents)) == (3, 40)
    assert (parameters.visibility.scope, parameters.visibility.identity) == ("team", "name")
    assert parameters.leadership.executives.openness == 0.9
    assert parameters.population.risk_sensitivity.mean == 0.6
    assert parameters.population.safety_level_step == 0.01
    assert parameters.issues[2].salience == 3
    assert model.engine.parameters == parameters


@pytest.mark.parametrize(
    ("keyword", "likely"),
    [
        ("visibilty_scope", "visibility_scope"),
        ("scope", "visibility_scope"),
        ("leadership_executive_openness", "leadership_executives_openness"),
        ("issues_0_saliense", "issues_0_salience"),
        ("tick_per_step", "ticks_per_step"),
        ("behaviors", "behaviours"),
        ("zzzzzz", None),
    ],
)
def test_an_unknown_keyword_is_refused_naming_the_nearest(keyword: str, likely: str | None) -> None:
    with pytest.raises(InputError, match=f"no parameter '{keyword}'") as caught:
        ArenaModel(**{keyword: 1})
    assert caught.value.nearest == likely


@pytest.mark.parametrize(
    "wrong",
    [
        {"visibility_scope": "galaxy"},
        {"days": 0},
        {"issues_9_salience": 1},
        {"leadership_executives_openness": 2},
        {"ticks_per_step": 0},
        {"ticks_per_step": 1.5},
        {"ticks_per_step": True},
        {"scenario": 3},
        {"scenario": "no_such_scenario"},
        {"organization": 3},
        {"visibility_scope": "team", "visibility.scope": "department"},
        {"behaviours": ["m1"]},
        {"members": 3},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        ArenaModel(**wrong)


def test_a_scenario_is_given_by_itself_by_name_or_by_path(tmp_path: Path, scenario: Scenario) -> None:
    assert ArenaModel(scenario, rng=1).settings == scenario
    assert ArenaModel("baseline", **SMALL).settings.name == "baseline"
    assert ArenaModel(**SMALL).settings.name == "baseline"
    (tmp_path / "mine.toml").write_text('title = "Mine"\n[organization]\nmembers = 12\n', encoding="utf-8")
    model = ArenaModel(tmp_path / "mine.toml", rng=1)
    assert (model.settings.title, len(model.agents)) == ("Mine", 12)


def test_mesas_scenario_is_left_empty(model: ArenaModel) -> None:
    assert model.scenario is None
    model.scenario = object()  # as Mesa 3.5 does in its own __init__
    assert model.scenario is None


def test_an_organization_is_given_by_itself_or_by_path(tmp_path: Path, scenario: Scenario) -> None:
    people = make_organization(scenario, 3)
    assert ArenaModel(scenario, rng=1, organization=people).engine.organization is people
    write(people, tmp_path / "people.csv")
    model = ArenaModel(scenario, rng=1, organization=str(tmp_path / "people.csv"))
    assert [member.name for member in model.agents] == list(people.names)
    with pytest.raises(InputError, match=r"organization\.members"):
        ArenaModel(organization=people, organization_members=20)


# ---------------------------------------------------------------- members


def test_members_show_the_rows_of_the_world(model: ArenaModel) -> None:
    model.step()
    world, people = model.engine.world, model.engine.organization
    for row, member in enumerate(model.agents):
        assert (member.row, member.unique_id, member.id) == (row, row + 1, people.ids[row])
        assert (member.name, member.title) == (people.names[row], people.titles[row])
        assert (member.role, member.level) == (Role(world.members["role"][row]), world.members["level"][row])
        assert member.department == people.departments[people.department[row]]
        assert member.location == people.locations[people.location[row]]
        for name, *_ in BELIEF_FIELDS:
            assert getattr(member, name) == world.beliefs[name][row], name
        both = world.beliefs["safety_line_manager"][row], world.beliefs["safety_executives"][row]
        assert member.psychological_safety == sum(both) / 2
        assert type(member.visits) is int
        assert member.visits == world.members["visits"][row]
        for number, issue in enumerate(model.settings.parameters.issues):
            for name in ("stance", "concern", "climate"):
                assert getattr(member, name)(issue.name) == world.positions[row, number][name]
                assert getattr(member, name)(number) == world.positions[row, number][name]


def test_attributes_are_live(model: ArenaModel) -> None:
    member = model.member(busiest(run(model.settings, seed=7), 1)[0])
    before = member.visits, member.engagement
    to_the_end(model)
    assert member.visits > before[0]
    assert member.engagement != before[1]


def test_every_belief_is_an_attribute_that_says_what_it_means() -> None:
    meanings = {name: meaning for name, *_, meaning in (*MEMBER_FIELDS, *BELIEF_FIELDS)}
    live = {name: getattr(Member, name) for name in dir(Member) if type(getattr(Member, name)).__name__ == "Live"}
    assert {name for name, *_ in BELIEF_FIELDS} <= live.keys()
    assert all(live[name].__doc__ == meanings[name] for name in live)
    assert "executives" in Member.psychological_safety.__doc__


def test_members_know_each_other(model: ArenaModel) -> None:
    people = model.engine.organization
    top = model.member("ceo")
    assert (top.manager, len(top.team), top.row) == (None, 0, people.top)
    for member in model.agents:
        if member.manager is not None:
            assert member in member.manager.reports
            assert member in member.team
            assert member.team.get("row") == member.manager.reports.get("row")
        for tie in member.ties:
            assert member in tie.ties
    assert sum(len(member.reports) for member in model.agents) == len(model.agents) - 1
    assert any(len(member.ties) for member in model.agents)


def test_a_member_is_asked_for_by_id_or_row(model: ArenaModel) -> None:
    assert model.member("m12") is model.member(12) is model.member(np.int32(12)) is model.agents[12]
    assert "m12" in repr(model.member(12))
    for wrong in ("m99", 40, -1, 1.5):
        with pytest.raises(InputError):
            model.member(wrong)  # type: ignore[arg-type]
    for issue in ("Workload and stafing", 4, -1, True, 0.0):
        with pytest.raises(InputError) as caught:
            model.member(12).stance(issue)  # type: ignore[arg-type]
        assert caught.value.nearest == ("Workload and staffing" if issue == "Workload and stafing" else None)


def test_no_member_is_made_before_one_is_asked_for(model: ArenaModel) -> None:
    assert len(model.agents) == 40
    assert model.agent_types == [Member]
    mean = model.agents.agg("psychological_safety", np.mean)
    assert mean == pytest.approx(model.engine.world.beliefs["safety_executives"].mean(), abs=0.1)
    model.agents.get(["posts", "engagement"])
    assert model._made == {}
    assert len(model.agents.select(at_most=3)) == 3
    assert len(model._made) == 3
    assert len(list(model.agents)) == len(model._made) == 40


def test_agents_do_what_mesas_agent_sets_do(model: ArenaModel) -> None:
    model.step()
    agents, everyone = model.agents, AgentSet(list(model.agents), model.random)
    assert isinstance(agents, AgentSet)
    for names in ("engagement", "psychological_safety", "role", ["posts", "engagement"], ["id", "posts"]):
        assert agents.get(names) == everyone.get(names)
    assert agents.get("nothing", handle_missing="default", default_value=4) == [4] * 40
    assert agents.agg("engagement", [min, max]) == everyone.agg("engagement", [min, max])
    assert [*agents] == [*everyone] == [*agents.sort("row", ascending=True)] == [*agents.select()]
    managers = agents.select(lambda member: member.role == Role.line_manager)
    assert managers.get("role") == [Role.line_manager] * len(managers)
    assert len(agents.select(at_most=0.5)) == 20
    assert len(agents.select(agent_type=mesa.Agent)) == 40
    assert agents.groupby("role").count() == everyone.groupby("role").count()
    assert agents.groupby("department", result_type="list").agg("posts", sum)
    assert agents.map("stance", 0) == [member.stance(0) for member in agents]
    seen: list[int] = []
    assert agents.do(lambda member: seen.append(member.row)) is agents
    assert seen == list(range(40))
    agents.shuffle_do(lambda member: seen.append(member.row))
    assert seen[40:] != seen[:40] == sorted(seen[40:])
    assert agents[3].row == 3
    assert [member.row for member in agents[-2:]] == [38, 39]
    assert agents[3] in agents
    assert ArenaModel(model.settings, rng=7).agents[3] not in agents
    assert len(copy.copy(agents)) == len(agents & managers) + 40 - len(managers) == 40
    assert [*model.agents_by_type] == [Member]
    agents.set("engagement", 0.25)
    assert set(model.engine.world.beliefs["engagement"]) == {0.25}


def test_members_neither_join_nor_leave(model: ArenaModel) -> None:
    member = model.member(3)
    for refused in (
        member.remove,
        lambda: model.agents.remove(member),
        lambda: model.agents.discard(member),
        lambda: model.agents.add(member),
        lambda: Member(model, 3),
        lambda: mesa.Agent(model),
        lambda: model.deregister_agent(member),
    ):
        with pytest.raises(TypeError):
            refused()
    for refused in (
        model.agents.shuffle,
        model.agents.select,
        lambda inplace: model.agents.sort("row", inplace=inplace),
    ):
        with pytest.raises(ValueError, match="inplace"):
            refused(inplace=True)
    model.remove_all_agents()
    assert len(model.agents) == 40


# ---------------------------------------------------------------- setting what members believe


def test_beliefs_and_traits_can_be_set_within_their_bounds(model: ArenaModel) -> None:
    member, world = model.member("m12"), model.engine.world
    member.voice_efficacy = 1
    member.psychological_safety = np.float32(0.25)
    member.risk_sensitivity = 0.0
    member.attention = 7
    assert world.beliefs[12]["voice_efficacy"] == world.start[12]["voice_efficacy"] == 1.0
    assert (member.safety_line_manager, member.safety_executives) == (0.25, 0.25)
    assert (world.members[12]["risk_sensitivity"], world.members[12]["attention"]) == (0.0, 7)
    for name, wrong in {
        "voice_efficacy": 1.1,
        "engagement": -0.1,
        "identification": float("nan"),
        "psychological_safety": "high",
        "risk_sensitivity": None,
        "voice_propensity": True,
        "attention": 31,
        "base_visits": -1.0,
        "habit": 11,
    }.items():
        with pytest.raises(InputError, match=name):
            setattr(member, name, wrong)
    with pytest.raises(InputError, match="whole number"):
        member.attention = 7.5


def test_what_is_set_later_is_no_new_start(model: ArenaModel) -> None:
    model.step()
    member, start = model.member(12), model.engine.world.start[12].copy()
    member.voice_efficacy = 1.0
    member.hold(0, stance=-1.0)
    assert model.engine.world.start[12] == start
    assert model.engine.world.positions[12, 0]["start_stance"] != -1.0
    model.step()
    assert member.voice_efficacy < 1.0  # forgetting has set in


def test_positions_can_be_set(model: ArenaModel) -> None:
    member = model.member(12)
    member.hold("Workload and staffing", stance=-1, concern=1.0, climate=0.5)
    assert (member.stance(2), member.concern(2), member.climate(2)) == (-1.0, 1.0, 0.5)
    assert model.engine.world.positions[12, 2]["start_stance"] == -1.0
    for wrong in ({"stance": -1.1}, {"concern": -0.1}, {"climate": "high"}):
        with pytest.raises(InputError):
            member.hold(2, **wrong)


def test_what_happened_cannot_be_set_and_nothing_is_misspelt(model: ArenaModel) -> None:
    member = model.member(12)
    for name in ("posts", "visits", "level", "name", "role"):
        with pytest.raises(AttributeError):
            setattr(member, name, 3)
    with pytest.raises(InputError) as caught:
        member.voice_eficacy = 0.3
    assert caught.value.nearest == "voice_efficacy"
    member.pos = (1, 2)  # Mesa's own


def test_setting_beliefs_changes_the_course_of_things(scenario: Scenario) -> None:
    spoken = []
    for value in (0.0, 1.0):
        model = ArenaModel(scenario, rng=7, ticks_per_step=8)
        model.agents.set("psychological_safety", value).set("voice_propensity", value)
        spoken.append(to_the_end(model).p_speak)
    assert spoken[0] < spoken[1]


# ---------------------------------------------------------------- Mesa's tools


def test_the_datacollector_collects_every_measure_by_itself(model: ArenaModel) -> None:
    to_the_end(model)
    table = model.datacollector.get_model_vars_dataframe()
    assert list(table.columns) == ["seed", "tick", *MEASURES]
    assert table["tick"].tolist() == [8, 16, 24]
    assert table["seed"].tolist() == [7, 7, 7]
    assert table["silence_rate"].iloc[-1] == model.measures["silence_rate"]
    assert table["posts"].is_monotonic_increasing


def test_measures_are_attributes_of_the_model(model: ArenaModel) -> None:
    assert np.isnan(model.silence_rate)  # nobody had anything to say yet
    assert model.measures["silence_rate"] is None
    model.step()
    assert model.posts == model.measures["posts"] > 0
    with pytest.raises(AttributeError, match="silense"):
        _ = model.silense
    assert not hasattr(model, "_silense")


def test_reporters_of_ones_own(scenario: Scenario) -> None:
    model = ArenaModel(scenario, rng=7, ticks_per_step=8)
    model.datacollector = mesa.DataCollector(
        model_reporters={"silence": "silence_rate", "managers": lambda m: m.agents.agg("posts", sum)},
        agent_reporters={"safety": "psychological_safety", "who": "id"},
    )
    to_the_end(model)
    table = model.datacollector.get_agent_vars_dataframe()
    last = table.xs(3, level="Step")
    assert last.index.tolist() == list(range(1, 41))
    assert last["safety"].tolist() == model.agents.get("psychological_safety")
    assert last["who"].tolist() == [f"m{row}" for row in range(40)]
    assert len(model.datacollector.get_model_vars_dataframe()) == 3


def test_batch_run_takes_it_unchanged(scenario: Scenario) -> None:
    parameters = {
        "scenario": scenario,
        "visibility_scope": ["team", "organization"],
        "seed": [1, 7],
        "ticks_per_step": 8,
    }
    rows = mesa.batch_run(ArenaModel, parameters, display_progress=False)
    assert [(row["visibility_scope"], row["seed"]) for row in rows] == [
        ("team", 1),
        ("team", 7),
        ("organization", 1),
        ("organization", 7),
    ]
    for row in rows:
        engine = run(scenario.with_({"visibility.scope": row["visibility_scope"]}), seed=row["seed"])
        expected = final(engine.world, engine.organization)
        assert {name: row[name] for name in MEASURES if expected[name] is not None} == {
            name: value for name, value in expected.items() if value is not None
        }


def test_batch_run_seeds_as_mesa_wants_them() -> None:
    """Mesa 3.5 has an argument for them (and ignores an `rng` among the parameters), Mesa 3.3 has only the latter."""
    parameters = {"organization_members": 10, "days": 1, "ticks_per_step": 8}
    if MESA >= (3, 5):
        rows = mesa.batch_run(ArenaModel, parameters, rng=[1, 2], display_progress=False)
    else:
        rows = mesa.batch_run(ArenaModel, {**parameters, "rng": [1, 2]}, display_progress=False)
    assert [row["seed"] for row in rows] == [1, 2]


@pytest.mark.skipif(MESA >= (3, 5), reason="Mesa 3.5 no longer has these quirks")
def test_quirks_of_batch_run_that_the_document_warns_of() -> None:
    parameters = {"organization_members": 10, "days": 1, "rng": 1}
    rows = mesa.batch_run(Watched, parameters, iterations=3, max_steps=3, display_progress=False)
    runs = [[row["wanted"] for row in rows if row["iteration"] == n] for n in range(3)]
    assert runs[0] == runs[1] == runs[2]  # iterations do not change a seed that is given
    assert rows[-1]["tick"] == 4  # one step more than max_steps
    assert rows[-1]["wanted"] == 3  # rows of agents are those of the step before


class Watched(ArenaModel):
    """A model whose members report the hour."""

    def __init__(self, scenario: Any = None, rng: Any = None, **kwargs: Any) -> None:
        super().__init__(scenario, rng, **kwargs)
        self.datacollector = mesa.DataCollector({"tick": "tick"}, {"wanted": lambda member: member.model.tick})


def test_a_subclass_may_stop_by_itself(scenario: Scenario) -> None:
    class Short(ArenaModel):
        def step(self) -> None:
            super().step()
            if self.posts > 0:
                self.running = False

    model = Short(scenario, rng=7)
    model.run_model()
    assert 0 < model.tick < 24


# ---------------------------------------------------------------- members whom Python decides for


def postpones(moment: Moment, coefficients: Any) -> Strategy:
    return Strategy.postpone


def test_a_behaviour_decides_for_its_member_alone(scenario: Scenario, finished: Engine) -> None:
    who, other, _ = busiest(finished)
    model = to_the_end(ArenaModel(scenario, rng=7, behaviours={who: lambda moment, coefficients: Strategy.withhold}))
    member = model.member(who)
    assert member.occasions == member.withheld > 0
    assert model.engine.world.members["scripted"].sum() == 1
    assert model.member(other).spoken > 0
    ledger = model.engine.world.occasions[: model.engine.world.clock[Clock.occasions]]
    assert set(ledger["p_spoken"][ledger["member"] == member.row]) == {0.0}


def test_the_rules_called_from_python_leave_the_run_as_it_was(scenario: Scenario, finished: Engine) -> None:
    behaviours: dict[str, Behaviour] = dict.fromkeys(busiest(finished, 5), by_the_rules)
    model = to_the_end(ArenaModel(scenario, rng=7, behaviours=behaviours))
    assert differing(model.engine, finished) == ["members.scripted"]


class Sceptic(Member):
    """Never believes that anybody reads, and counts how often there was something to say."""

    asked = 0

    def decide(self, moment: Moment, coefficients: Any, luck: Luck) -> Choice:
        self.asked += 1
        return by_the_rules(moment._replace(manager_reads=0.0, executives_read=0.0), coefficients, luck)


class Optimist(Member):
    def decide(self, moment: Moment, coefficients: Any) -> Strategy:
        return Strategy.plain if self.voice_efficacy > 0.0 else Strategy.withhold


def test_a_subclass_of_member_decides_for_its_member(scenario: Scenario, finished: Engine) -> None:
    one, other, third = busiest(finished)
    model = to_the_end(
        ArenaModel(scenario, rng=7, members={one: Sceptic, other: Optimist}, behaviours={third: postpones})
    )
    sceptic, optimist = model.member(one), model.member(other)
    assert isinstance(sceptic, Sceptic)
    assert sceptic.asked == sceptic.occasions > 0
    assert optimist.spoken == optimist.occasions > 0
    assert model.member(third).spoken == 0
    assert set(model.agent_types) == {Member, Sceptic, Optimist}
    assert [*model.agents_by_type[Sceptic]] == [sceptic]
    assert len(model.agents_by_type[Member]) == 38
    assert model.agents.get("posts") == model.engine.world.members["posts"].tolist()


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        (lambda moment, coefficients: 3, "type int"),
        (lambda moment, coefficients: "withhold", "type str"),
        (lambda moment, coefficients: None, "type NoneType"),
        (lambda moment, coefficients: Strategy.none, "no strategy"),
        (lambda moment, coefficients: Strategy.anonymous, "anonymous messages are not allowed"),
        (lambda moment, coefficients: Choice(9, *[0.1] * 10), "no strategy"),
        (lambda moment, coefficients: Choice(0, float("nan"), *[0.1] * 9), "p_spoken"),
        (lambda moment, coefficients: Choice(0, 1.5, *[0.1] * 9), "p_spoken"),
    ],
)
def test_what_cannot_be_done_is_refused_naming_the_member(
    scenario: Scenario, finished: Engine, behaviour: Behaviour, message: str
) -> None:
    who = busiest(finished)[0]
    named = scenario.with_({"visibility.anonymous_posts": False})
    model = ArenaModel(named, rng=7, ticks_per_step=24, behaviours={who: behaviour})
    with pytest.raises(InputError, match=f"member {who} returned .*{message}"):
        to_the_end(model)
    assert not model.running
    with pytest.raises(RuntimeError, match="a new model"):
        model.step()


def test_a_comment_has_no_narrower_audience(scenario: Scenario, finished: Engine) -> None:
    def narrows(moment: Moment, coefficients: Any) -> Strategy:
        return Strategy.narrow if moment.narrow_open or moment.is_comment else Strategy.withhold

    ledger = finished.world.occasions[: finished.world.clock[Clock.occasions]]
    row = int(ledger["member"][ledger["form"] == 1][0])
    model = ArenaModel(scenario, rng=7, behaviours={finished.organization.ids[row]: narrows})
    with pytest.raises(InputError, match="no narrower audience"):
        to_the_end(model)


def test_an_error_in_a_behaviour_tells_whose_it_was(scenario: Scenario, finished: Engine) -> None:
    who = busiest(finished)[0]
    model = ArenaModel(scenario, rng=7, behaviours={who: lambda moment, coefficients: moment.courage})
    with pytest.raises(AttributeError, match="courage") as caught:
        to_the_end(model)
    assert caught.value.__notes__ == [f"This happened in the behaviour of member {who}."]


def test_after_an_error_a_model_does_not_go_on(model: ArenaModel) -> None:
    model.datacollector = mesa.DataCollector({"nothing": lambda model: model.nothing})
    with pytest.raises((AttributeError, RuntimeError), match="nothing"):
        model.step()
    assert not model.running
    with pytest.raises(RuntimeError, match="a new model"):
        model.step()


def test_luck_is_handed_to_whoever_takes_it(scenario: Scenario, finished: Engine) -> None:
    seen: list[Any] = []

    def with_luck(moment: Moment, coefficients: Any, luck: Luck | None = None) -> Strategy:
        seen.append(luck)
        return Strategy.withhold

    def with_threshold(moment: Moment, coefficients: Any, threshold: float = 0.5) -> Strategy:
        seen.append(threshold)
        return Strategy.withhold

    one, other, _ = busiest(finished)
    to_the_end(ArenaModel(scenario, rng=7, behaviours={one: with_luck, other: with_threshold}))
    assert {type(each) for each in seen} == {Luck, float}


@pytest.mark.parametrize(
    "behaviour", [3, "withhold", Strategy.withhold, max, lambda: Strategy.plain, lambda a: a, lambda a, b, c, d: a]
)
def test_what_is_no_behaviour_is_refused_at_once(behaviour: Any) -> None:
    with pytest.raises(InputError, match="m1"):
        ArenaModel(behaviours={"m1": behaviour}, **SMALL)


def test_who_is_no_member_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="m99"):
        ArenaModel(behaviours={"m99": postpones}, **SMALL)
    with pytest.raises(InputError, match="m99"):
        ArenaModel(members={"m99": Optimist}, **SMALL)
    with pytest.raises(InputError, match="two behaviours"):
        ArenaModel(behaviours={"m1": postpones}, members={"m1": Optimist}, **SMALL)
    for wrong in (Member, mesa.Agent, postpones):
        with pytest.raises(InputError, match="subclass of Member"):
            ArenaModel(members={"m1": wrong}, **SMALL)  # type: ignore[dict-item]


# ---------------------------------------------------------------- models come and go


def test_a_model_is_forgotten_with_its_members(scenario: Scenario, finished: Engine) -> None:
    one, other, _ = busiest(finished)
    models = []
    for _ in range(2):
        model = ArenaModel(scenario, rng=7, members={one: Sceptic}, behaviours={other: postpones})
        model.step()
        assert len(list(model.agents)) == 40
        models += [weakref.ref(model), weakref.ref(model.engine), weakref.ref(model.member(0))]
    del model
    gc.collect()
    assert [each() for each in models] == [None] * 6


def test_a_model_can_be_kept_and_taken_up(scenario: Scenario, finished: Engine) -> None:
    model = ArenaModel(scenario, rng=7, ticks_per_step=8, members={"m30": Optimist})
    model.step()
    members = list(model.agents)
    members[3].pos = (1, 2)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert other.member(3).pos == (1, 2)
        assert (other.seed, other.tick, isinstance(other.member("m30"), Optimist)) == (7, 8, True)
        other.step()
        assert (other.tick, other.steps, model.tick) == (16, 2, 8)
        to_the_end(other)
        assert other.member(3).model is other is not model
        assert other.member(3) is other.agents[3]
    expected = run(scenario, seed=7, behaviours={30: lambda moment, coefficients, luck: Strategy.plain})
    assert differing(other.engine, expected) == []


def test_the_result_is_a_run_that_rests(model: ArenaModel) -> None:
    model.step()
    result = model.result()
    assert result.measures == model.measures
    before = result.members["visits"].to_list()
    to_the_end(model)
    assert result.members["visits"].to_list() == before != model.agents.get("visits")
    assert model.result().measures == model.measures != result.measures


# ---------------------------------------------------------------- SolaraViz


def rendered(page: Any) -> Any:
    """Return a page as a browser would get it: the controls stand in the layout's side bar."""
    import solara

    _, context = solara.render(solara.AppLayout(children=[page]), handle_error=False)
    return context


class Recorded(ArenaModel):
    """A model that remembers the models that were made."""

    made: list[ArenaModel] = []  # noqa: RUF012

    def __init__(self, scenario: Any = None, rng: Any = None, **kwargs: Any) -> None:
        super().__init__(scenario, rng, **kwargs)
        self.made.append(self)


def test_solara_viz_steps_it_and_resets_it() -> None:
    import ipyvuetify
    from mesa.visualization import Slider, SolaraViz, make_plot_component

    Recorded.made.clear()
    params = {
        "scenario": "baseline",
        "rng": {"type": "InputText", "value": 7, "label": "seed"},
        "organization_members": 40,
        "days": 3,
        "ticks_per_step": 8,
        "visibility_scope": {"type": "Select", "value": "team", "values": ["team", "organization"]},
        "leadership_executives_openness": Slider("openness", 0.5, 0.0, 1.0, 0.1),
    }
    model = Recorded(rng=1, ticks_per_step=8, **SMALL)
    page = rendered(SolaraViz(model, components=[make_plot_component("engagement")], model_params=params))
    try:
        for button in ("Step", "Reset", "Step", "Step"):
            page.find(ipyvuetify.Btn, children=[button]).widget.click()
    finally:
        page.close()
    first, second = Recorded.made
    assert (first.seed, first.tick, second.seed, second.tick) == (1, 8, 7, 16)
    assert second.settings.parameters.visibility.scope == "team"
    assert second.scenario is None
    Recorded.made.clear()


def test_the_document_tells_the_truth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    space: dict[str, Any] = {"__name__": "mesa_example"}
    for block in blocks:
        exec(compile(block, str(DOCUMENT), "exec"), space)
    rendered(space["page"]).close()
