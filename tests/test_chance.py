"""Luck: uniform, uncorrelated, the same however it is drawn, and switchable to a reference generator."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim import chance
from sim.chance import Purpose
from sim.keys import identity
from sim.sources import CHANCE

ROOT = Path(__file__).resolve().parents[1]
U64 = st.integers(0, 2**64 - 1)
N = 100_000
MEMBERS = np.array([identity(f"member {row}") for row in range(N)], dtype=np.uint64)
RUNNING = np.arange(N, dtype=np.uint64)


def _along(axis: str) -> np.ndarray:
    """Return N draws whose keys differ only along one axis, by the smallest step."""
    who = MEMBERS[:1]
    steps: dict[str, Callable[[int], np.ndarray]] = {
        "seed": lambda i: chance.uniforms(i, Purpose.VISIT, 0, who),
        "tick": lambda i: chance.uniforms(1, Purpose.VISIT, i, who),
        "item": lambda i: chance.uniforms(1, Purpose.VISIT, 0, who, i),
        "purpose": lambda i: chance.uniforms(1, i, 0, who),
    }
    if axis == "member":
        return chance.uniforms(1, Purpose.VISIT, 0, MEMBERS)
    if axis == "running member":
        return chance.uniforms(1, Purpose.VISIT, 0, RUNNING)
    return np.concatenate([steps[axis](i) for i in range(N // 5)])


AXES = ("seed", "tick", "item", "purpose", "member", "running member")


@pytest.mark.parametrize("axis", AXES)
def test_draws_are_uniform_along_each_axis(axis: str) -> None:
    drawn = _along(axis)
    assert stats.kstest(drawn, "uniform").pvalue > 1e-4
    assert stats.chisquare(np.bincount((drawn * 256).astype(int), minlength=256)).pvalue > 1e-4
    low_bits = (drawn * 2**53).astype(np.uint64) & np.uint64(255)
    assert stats.chisquare(np.bincount(low_bits.astype(int), minlength=256)).pvalue > 1e-4


@pytest.mark.parametrize("lag", [1, 2, 7])
@pytest.mark.parametrize("axis", AXES)
def test_neighbouring_draws_are_uncorrelated(axis: str, lag: int) -> None:
    drawn = _along(axis)
    assert stats.pearsonr(drawn[:-lag], drawn[lag:]).pvalue > 1e-4
    cells = (drawn[:-lag] * 16).astype(int) * 16 + (drawn[lag:] * 16).astype(int)
    assert stats.chisquare(np.bincount(cells, minlength=256)).pvalue > 1e-5


@pytest.mark.parametrize(
    "other",
    [(2, Purpose.VISIT, 0, 0), (1, Purpose.OCCASION_COUNT, 0, 0), (1, Purpose.VISIT, 1, 0), (1, Purpose.VISIT, 0, 1)],
    ids=["seed", "purpose", "tick", "item"],
)
def test_members_draws_are_uncorrelated_between_neighbouring_streams(other: tuple[int, int, int, int]) -> None:
    seed, purpose, tick, item = other
    first = chance.uniforms(1, Purpose.VISIT, 0, RUNNING)
    second = chance.uniforms(seed, purpose, tick, RUNNING, item)
    assert stats.pearsonr(first, second).pvalue > 1e-4
    cells = (first * 16).astype(int) * 16 + (second * 16).astype(int)
    assert stats.chisquare(np.bincount(cells, minlength=256)).pvalue > 1e-4


def test_swapped_keys_have_other_luck() -> None:
    """Sums of keys would give tick 3 of seed 5 the luck of tick 5 of seed 3."""
    small = range(40)
    streams = {int(chance.stream_of(seed, purpose, tick)) for seed in small for purpose in small for tick in small}
    assert len(streams) == 40**3
    drawn = {chance.uniform(chance.stream_of(1, 1, 1), np.uint64(who), item) for who in small for item in small}
    assert len(drawn) == 40**2


def test_every_bit_of_a_key_changes_half_of_the_result() -> None:
    for position in range(64):
        flipped = [
            bin(int(chance.mix(np.uint64(i))) ^ int(chance.mix(np.uint64(i ^ 1 << position)))).count("1")
            for i in range(1, 65)
        ]
        assert 24 < np.mean(flipped) < 40


@settings(deadline=None)  # the first call compiles
@given(seed=U64, tick=st.integers(0, 2**31), who=st.lists(U64, min_size=1, max_size=5), item=st.integers(0, 2**40))
def test_drawn_together_is_drawn_one_by_one(seed: int, tick: int, who: list[int], item: int) -> None:
    keys = np.array(who, dtype=np.uint64)
    together = chance.uniforms(seed, Purpose.TRAIT, tick, keys, item)
    stream = chance.stream_of(seed, Purpose.TRAIT, tick)
    assert together.tolist() == [chance.uniform(stream, each, item) for each in keys]


@settings(deadline=None)  # the first call compiles
@given(stream=U64, who=U64, item=U64)
def test_draws_lie_where_they_should(stream: int, who: int, item: int) -> None:
    key, member, number = np.uint64(stream), np.uint64(who), np.uint64(item)
    assert 0.0 <= chance.uniform(key, member, number) < 1.0
    assert 0.0 < chance.uniform_open(key, member, number) < 1.0
    assert -4.0 < chance.gumbel(key, member, number) < 40.0


def test_the_extreme_draws_stay_inside() -> None:
    """The largest 53 bits plus one half would round to 1; the open draw uses 52."""
    assert (float(2**53 - 1) + 0.5) * 2.0**-53 == 1.0
    assert (float(2**52 - 1) + 0.5) * 2.0**-52 < 1.0


def test_gumbel_draws_have_the_gumbel_distribution() -> None:
    stream = chance.stream_of(3, Purpose.STRATEGY, 0)
    drawn = np.array([chance.gumbel(stream, who, 0) for who in MEMBERS[:20_000]])
    assert stats.kstest(drawn, "gumbel_r").pvalue > 1e-3


def test_the_largest_of_noisy_utilities_is_a_logit() -> None:
    utilities = np.array([0.0, 0.5, -1.0, 1.2])
    stream = chance.stream_of(4, Purpose.STRATEGY, 0)
    noise = np.array([[chance.gumbel(stream, who, item) for item in range(4)] for who in MEMBERS[:10_000]])
    chosen = np.bincount((utilities + noise).argmax(axis=1), minlength=4)
    expected = np.exp(utilities) / np.exp(utilities).sum() * 10_000
    assert stats.chisquare(chosen, expected).pvalue > 1e-3


def test_pairs_are_ordered_and_do_not_collide() -> None:
    keys = [np.uint64(i) for i in range(150)]
    pairs = {int(chance.pair(a, b)) for a in keys for b in keys}
    assert len(pairs) == 150**2
    assert chance.pair(keys[1], keys[2]) != chance.pair(keys[2], keys[1])


def test_identity_is_blake2b_of_the_text() -> None:
    assert identity("Åse") == int.from_bytes(hashlib.blake2b("Åse".encode(), digest_size=8).digest(), "little")
    assert isinstance(identity(""), np.uint64)
    assert np.unique(MEMBERS).size == N


def test_purposes_keep_their_numbers() -> None:
    """A renumbered purpose would give recorded runs other luck: only ever add a line here."""
    assert {purpose.name: purpose.value for purpose in Purpose} == {
        "SEED": 1, "TRAIT": 2, "BELIEF": 3, "STANCE": 4, "CONCERN": 5, "EXPERTISE": 6, "TIE": 7,
        "VISIT": 16, "OCCASION_COUNT": 17, "OCCASION_ISSUE": 18, "KIND_OF_MESSAGE": 19, "STRATEGY": 20, "NEST": 21,
        "SECOND_OPINION": 22, "REACTION": 23, "REACTION_COUNT": 24,
        "RESPONSE": 32, "RESPONSE_KIND": 33, "FOLLOW_THROUGH": 34, "BUDGET": 35, "ANNOUNCEMENT": 36,
        "SELF_DISCLOSURE": 37, "AMPLIFICATION": 38, "ORPHAN_ANSWER": 39, "REFRAME": 40,
        "ADDRESSEE": 41, "GOSSIP": 42, "TEAM_TALK": 43,
    }  # fmt: skip


def _splitmix64(state: int) -> int:
    """Return the next number of the published generator, in Python's own integers."""
    mask = 2**64 - 1
    state = (state + 0x9E3779B97F4A7C15) & mask
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
    state = (state ^ state >> 27) * 0x94D049BB133111EB & mask
    return state ^ state >> 31


def test_mix_matches_the_published_splitmix64() -> None:
    golden = 0x9E3779B97F4A7C15
    state, found = 1234567, []
    for _ in range(5):
        state = (state + golden) % 2**64
        found.append(int(chance.mix(np.uint64(state))))
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert found == published


@pytest.mark.skipif(CHANCE != "splitmix64", reason="is about the default generator, splitmix64")
@settings(deadline=None)  # the first call compiles
@given(seed=U64, purpose=st.integers(1, max(Purpose)), tick=st.integers(0, 2**40), who=U64, item=st.integers(0, 2**40))
def test_a_draw_is_the_chain_of_its_keys(seed: int, purpose: int, tick: int, who: int, item: int) -> None:
    state = _splitmix64(seed)
    for link in (purpose, tick, who, item):
        state = _splitmix64(state ^ link)
    last = _splitmix64((state - 0x9E3779B97F4A7C15) % 2**64)
    stream = chance.stream_of(seed, purpose, tick)
    assert chance.uniform(stream, np.uint64(who), item) == (last >> 11) / 2**53


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_matches_the_published_vectors(
    counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]
) -> None:
    """The vectors are those of Random123's `kat_vectors` for philox4x32-10."""
    assert tuple(int(word) for word in chance.philox(*(np.uint64(part) for part in counter + key))) == words


_SAMPLE = """
import hashlib, sys
import numpy as np
from sim import arithmetic, chance
from sim.compiled import PLAIN
from sim.keys import identity
from sim.sources import CHANCE, rules_digest
keys = np.array([identity(str(i)) for i in range(2000)], dtype=np.uint64)
stream = chance.stream_of(2**63 + 5, chance.Purpose.NEST, 77)
points = np.random.default_rng(1)
wide, narrow, positive = points.uniform(-708, 709, 4000), points.uniform(-8, 8, 4000), points.lognormal(0, 50, 4000)
drawn = [
    chance.uniforms(9, chance.Purpose.VISIT, 3, keys, 4),
    [chance.uniform(stream, each, 5) for each in keys],
    [chance.gumbel(stream, each, 5) for each in keys],
    [chance.uniform(stream, np.uint64(chance.pair(each, stream)), 0) for each in keys],
    [arithmetic.exp(x) for x in wide], [arithmetic.exp(x) for x in narrow], [arithmetic.log(x) for x in positive],
    [arithmetic.logistic(x) for x in narrow], [arithmetic.logit(arithmetic.logistic(x)) for x in narrow],
]
values = hashlib.sha256(b"".join(np.asarray(part, dtype=np.float64).tobytes() for part in drawn)).hexdigest()
print(CHANCE, bool(PLAIN), values, rules_digest(), np.mean(drawn[0]))
"""


def _sample(**environment: str) -> list[str]:
    settings = {name: value for name, value in os.environ.items() if name not in ("ISM_CHANCE", "NUMBA_DISABLE_JIT")}
    command = [sys.executable, "-W", "error", "-c", _SAMPLE]
    ran = subprocess.run(command, cwd=ROOT, env=settings | environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


@pytest.mark.parametrize("generator", ["splitmix64", "philox"])
def test_plain_python_and_compiled_code_agree_bit_for_bit(generator: str) -> None:
    compiled = _sample(ISM_CHANCE=generator)
    plain = _sample(ISM_CHANCE=generator, NUMBA_DISABLE_JIT="1")
    assert (compiled[:2], plain[:2]) == ([generator, "False"], [generator, "True"])
    assert compiled[2:] == plain[2:]


def test_philox_gives_other_luck_and_another_digest() -> None:
    by_chain, by_philox = (_sample(ISM_CHANCE=each, NUMBA_DISABLE_JIT="1") for each in ("splitmix64", "philox"))
    assert by_chain[2] != by_philox[2]
    assert by_chain[3] != by_philox[3]
    assert 0.48 < float(by_philox[4]) < 0.52


def test_an_unknown_generator_is_refused_by_name() -> None:
    command = [sys.executable, "-c", "import sim.chance"]
    environment = os.environ | {"ISM_CHANCE": "dice", "NUMBA_DISABLE_JIT": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "ISM_CHANCE is 'dice'" in ran.stderr
