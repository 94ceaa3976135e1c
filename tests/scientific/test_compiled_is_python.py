"""Every rule is written once: the machine code of numba gives the bits that its plain Python body gives.

The plain bodies run in a child process with NUMBA_DISABLE_JIT=1, which runs this file as a program.
"""

from __future__ import annotations

import inspect
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import livelier, run, state

import sim
from sim import kernel
from sim.compiled import PLAIN
from sim.parameters import Coefficients, coefficients, registry
from sim.rules.voice import CLOSED, Utilities
from sim.scenario import load
from sim.terms import Asking, Choice, Glance, IssueKind, Luck, Moment, Orientation, Relief, Response, Scope, Theory

ROOT = Path(sim.__file__).resolve().parents[1]
TESTS = Path(__file__).resolve().parents[1]
MODULES = tuple(sorted(path.stem for path in (ROOT / "sim" / "rules").glob("[a-z]*.py")))
POINTS = 1500
WORLDS = 12  # sets of numbers

Numbers = np.random.Generator
Rule = Callable[..., Any]


# ---------------------------------------------------------------- the same questions in both processes


def _public_rules() -> dict[str, Rule]:
    """Return every public function of the rules, and the kernel's two that only call one, by name."""
    found: dict[str, Rule] = {"kernel.speak": kernel.speak, "kernel.appraise": kernel.appraise}
    for name in MODULES:
        module = import_module(f"sim.rules.{name}")
        for word, thing in vars(module).items():
            function = getattr(thing, "py_func", thing)
            if inspect.isfunction(function) and function.__module__ == module.__name__ and not word.startswith("_"):
                found[f"{name}.{word}"] = thing
    return found


RULES = _public_rules()


def _some_coefficients(luck: Numbers) -> list[Coefficients]:
    """Return the default numbers for each theory, then numbers anywhere within a factor of two of them."""
    default = coefficients(load("baseline").parameters)
    found = [default._replace(theory=int(theory)) for theory in Theory]
    while len(found) < WORLDS:
        changes = {}
        for name in ("voice", "silence", "reaction", "learning", "attendance", "leading"):
            values = getattr(default, name)._asdict()
            for field, value in values.items():
                parameter = registry()[f"{name}.{field}"]
                values[field] = float(np.clip(value * luck.uniform(0.5, 2.0), parameter.low, parameter.high))
            changes[name] = type(getattr(default, name))(**values)
        found.append(default._replace(nightmare_reader=luck.random(), **changes))
    return found


def _moment(luck: Numbers) -> Moment:
    drawn = Moment(*luck.random(len(Moment._fields)).tolist())
    flags = {name: float(luck.integers(2)) for name in ("narrow_open", "anonymous_open", "is_comment")}
    critical = drawn.criticality if luck.random() < 0.7 else 0.0
    sizes = {"audience": drawn.audience**3, "narrow_audience": drawn.narrow_audience**4}
    return drawn._replace(stance=2.0 * drawn.stance - 1.0, criticality=critical, **flags, **sizes)


def _worth(luck: Numbers) -> Utilities:
    return Utilities(*(CLOSED if luck.random() < 0.2 else luck.normal(0.0, 3.0) for _ in Utilities._fields[:-1]), 0.0)


def _glance(luck: Numbers) -> Glance:
    flags = {name: float(luck.integers(2)) for name in ("question", "tie", "superior", "alone", "mine")}
    return Glance(*luck.random(len(Glance._fields)).tolist())._replace(**flags)


WHOLE = {"scope": len(Scope), "identity": 4, "response": len(Response), "issue_kind": len(IssueKind)}
SIGNED = ("stance", "heard", "leaning", "log_odds", "drawn", "habit")
COUNTS = ("supporters", "reactions", "readers_possible", "items", "feedback")


def _argument(name: str, rule: str, luck: Numbers, numbers: Coefficients) -> Any:
    """Return something that a rule could be given under this name."""
    if name == "luck" and rule.endswith("speak"):
        return Luck(*luck.gumbel(size=len(Luck._fields)).tolist())
    made: dict[str, Callable[[], Any]] = {
        "coefficients": lambda: numbers,
        "moment": lambda: _moment(luck),
        "relief": lambda: Relief(*luck.random(len(Relief._fields)).tolist()),
        "glance": lambda: _glance(luck),
        "asking": lambda: Asking(*(getattr(_glance(luck), name) for name in Asking._fields)),
        "ceiling": lambda: (float(luck.uniform(1.0, 2.0)), float(luck.uniform(0.0, 0.2))),
        "u": lambda: _worth(luck),
        "similarity": lambda: float(luck.uniform(0.05, 1.0)),
        "weights": lambda: numbers.reaction,
        "worth": lambda: luck.random(1 << 4) if rule == "choice.shapley" else luck.normal(0.0, 3.0),
        "half_life": lambda: float(luck.uniform(0.1, 50.0)) * float(rule != "wish.salience" or luck.random() < 0.9),
        "hours": lambda: int(luck.integers(-5, 200)),
        "orientation": lambda: int(luck.integers(len(Orientation) - 1)),
    }
    if name in made:
        return made[name]()
    if name in numbers._fields and isinstance(getattr(numbers, name), tuple):
        return getattr(numbers, name)
    if name in WHOLE:
        return int(luck.integers(WHOLE[name]))
    if name in SIGNED:
        return float(luck.uniform(-1.0, 1.0))
    if name in COUNTS:
        return float(luck.integers(40)) * float(luck.integers(2))
    edges = (0.0, 1.0, 0.5)
    return edges[luck.integers(3)] if luck.random() < 0.15 else float(luck.random())


def _flat(answer: Any) -> list[float]:
    return [float(part) for part in (answer if isinstance(answer, tuple | np.ndarray) else (answer,))]


def answers(name: str) -> bytes:
    """Return the bits of what a rule answers to its questions, which are the same in every process."""
    rule, luck = RULES[name], np.random.default_rng(sorted(RULES).index(name))
    asked = list(inspect.signature(getattr(rule, "py_func", rule)).parameters)
    numbers = _some_coefficients(luck)
    found = []
    for point in range(POINTS):
        given = [_argument(word, name, luck, numbers[point % WORLDS]) for word in asked]
        found.append(_flat(rule(*given)))
    return np.array(found, np.float64).tobytes()


def _answers_or_error(name: str) -> bytes:
    try:
        return answers(name)
    except Exception as error:
        return f"plain Python: {error!r}".encode()


def whole_runs() -> Iterator[dict[str, bytes]]:
    """Yield the worlds that some small runs end with."""
    lively = livelier(load("baseline").with_({"organization.members": 40}), days=3)
    yield state(run(lively, seed=1))
    leaders = {f"leadership.{who}.espoused_openness": 0.9 for who in ("line_managers", "executives")}
    leaders |= {f"leadership.{who}.self_disclosure": 1.0 for who in ("line_managers", "executives")}
    levers = {"visibility.ranking": "ties", "visibility.scope": "department", "communicators.amplification": 0.5}
    yield state(run(lively.with_(leaders | levers | {"organization.communicators_share": 0.1}), seed=2))
    yield state(run(load("baseline").with_({"organization.members": 30, "days": 8}), seed=3))


# ---------------------------------------------------------------- the two processes compared


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> dict[str, Any]:
    """What a child process answers in which nothing is compiled."""
    path = tmp_path_factory.mktemp("plain") / "answers"
    paths = [str(ROOT), str(TESTS), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "error", str(Path(__file__).resolve()), str(path)]
    said = subprocess.run(command, env=environment, cwd=TESTS, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[-3000:]
    found: dict[str, Any] = pickle.loads(path.read_bytes())
    return found


@pytest.mark.parametrize("name", RULES)
def test_a_compiled_rule_gives_the_bits_of_its_python_body(plain, name):
    assert not PLAIN
    assert not plain[name].startswith(b"plain Python:"), plain[name].decode()
    assert answers(name) == plain[name]


@pytest.mark.parametrize("name", ["choice.speak", "choice.why_silent", "voice.appraise", "reaction.react"])
def test_questions_lead_to_different_answers(name):
    found = np.frombuffer(answers(name)).reshape(POINTS, -1)
    assert len(np.unique(found, axis=0)) > (POINTS / 2 if name != "reaction.react" else 5)
    if name == "choice.speak":
        assert set(found[:, Choice._fields.index("strategy")]) == set(range(9))


def test_a_compiled_run_gives_the_bytes_of_a_run_in_plain_python(plain):
    for compiled, python in zip(whole_runs(), plain["runs"], strict=True):
        assert [name for name, content in compiled.items() if content != python[name]] == []
        assert compiled["messages.key"].count(b"\0") < len(compiled["messages.key"])


if __name__ == "__main__":
    assert PLAIN
    said = {name: _answers_or_error(name) for name in RULES} | {"runs": list(whole_runs())}
    Path(sys.argv[1]).write_bytes(pickle.dumps(said))
