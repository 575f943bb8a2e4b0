"""The epoch on arrays equals the readable one, bit for bit."""

import random
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import epoch
from chain.epoch.arithmetic import divide, divide_stored, multiply, multiply_signed, reciprocal, scale
from chain.epoch.exponential import exponential
from chain.runtime import fixed, yuma
from chain.runtime.executive import BlockEnv, build_block
from chain.runtime.fixed import ONE
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.subtensor import storage
from chain.runtime.yuma import NO_COMMIT, EpochInputs, EpochOutputs, EpochParameters
from chain.runtime.yuma.packed import PackedRow
from chain.state.overlay import MemoryState

PROPORTIONS = st.one_of(st.integers(0, ONE), st.sampled_from([0, 1, ONE - 1, ONE]))


def draw_parameters(rng: random.Random, size: int) -> EpochParameters:
    return EpochParameters(
        kappa=rng.choice([0, 1, 20_000, 32_767, 32_768, 45_000, 65_535]),
        bonds_moving_average=rng.choice([0, 1, 500_000, 900_000, 975_000, 999_999, 1_000_000, 2_000_000]),
        bonds_penalty=rng.choice([0, 1, 32_767, 65_534, 65_535]),
        activity_cutoff_blocks=rng.choice([1, 40, 5_000]),
        max_allowed_validators=rng.choice([0, 1, size // 2, size, size + 5, 128]),
        stake_threshold=rng.choice([0, 0, 5, 10**9]),
        owner_uid=rng.choice([None, 0, size - 1]),
        yuma3=rng.random() < 0.7,
        liquid_alpha=rng.random() < 0.7,
        alpha_low=rng.choice([0, 6_553, 45_875, 60_000]),
        alpha_high=rng.choice([0, 19_660, 58_982, 65_535]),
        alpha_sigmoid_steepness=rng.choice([-32_768, -1_000, 0, 1, 1_000, 32_767]),
        commit_reveal=rng.random() < 0.5,
        last_mechanism_step_block=rng.choice([0, 60, 90]),
    )


def draw_row(rng: random.Random, size: int, style: str) -> list[tuple[int, int]]:
    uids = rng.sample(range(size), rng.randrange(size + 1)) if style != "dense" else list(range(size))
    if style != "unsorted":
        uids.sort()
    if rng.random() < 0.1:
        uids.append(size + 3)
    return [(uid, rng.choice([0, 1, 65_535, rng.randrange(65_536)])) for uid in uids]


def draw_rows(rng: random.Random, size: int) -> list[list[tuple[int, int]]]:
    styles = ["empty", "sorted", "unsorted", "dense"]
    return [draw_row(rng, size, style) if (style := rng.choice(styles)) != "empty" else [] for _ in range(size)]


def draw_network(seed: int, size: int) -> EpochInputs:
    rng = random.Random(seed)
    stakes = [0, 1 << 64, 7 << 64, rng.getrandbits(100), rng.getrandbits(70)]
    return EpochInputs(
        block=100,
        tempo=10,
        rao_emission=rng.choice([0, 1, 10**9, (1 << 64) - 1]),
        stake=[rng.choice(stakes) for _ in range(size)],
        registered_at=[rng.choice([0, 50, 61, 95]) for _ in range(size)],
        last_update=[rng.choice([0, 55, 61, 99, NO_COMMIT]) for _ in range(size)],
        validator_permit=[rng.random() < 0.7 for _ in range(size)],
        weights=draw_rows(rng, size),
        bonds=draw_rows(rng, size),
        parameters=draw_parameters(rng, size),
        earliest_commit=[rng.choice([10, 55, NO_COMMIT]) for _ in range(size)] if rng.random() < 0.8 else (),
    )


def assert_equal(inputs: EpochInputs) -> None:
    expected, actual = yuma.compute(inputs), epoch.compute(inputs)
    for field in fields(EpochOutputs):
        if field.name != "trace":
            assert getattr(actual, field.name) == getattr(expected, field.name), field.name
    assert actual.trace.vectors == expected.trace.vectors
    assert actual.trace.matrices.keys() == expected.trace.matrices.keys()
    for name, matrix in expected.trace.matrices.items():
        assert actual.trace.matrices[name] == matrix, name


@settings(max_examples=300)
@given(seed=st.integers(0, 2**64), size=st.integers(1, 12))
def test_any_small_network_gives_the_same_epoch(seed, size):
    assert_equal(draw_network(seed, size))


@pytest.mark.parametrize("seed", range(6))
def test_larger_networks_give_the_same_epoch(seed):
    assert_equal(draw_network(seed, 70))


@pytest.mark.parametrize("variant", [{}, {"yuma3": True}, {"yuma3": True, "liquid_alpha": True}])
def test_ten_epochs_in_a_row_stay_equal(variant):
    inputs = replace(draw_network(3, 20), parameters=EpochParameters(last_mechanism_step_block=62, **variant))
    for _ in range(10):
        assert_equal(inputs)
        outputs = epoch.compute(inputs)
        inputs = replace(inputs, bonds=outputs.bonds, validator_permit=outputs.validator_permit)


def test_rows_from_storage_give_the_same_epoch_as_lists():
    inputs = draw_network(7, 30)
    packed = replace(inputs, weights=[PackedRow.of(row) for row in inputs.weights])
    assert epoch.compute(packed).trace.vectors == yuma.compute(inputs).trace.vectors
    assert_equal(packed)


@pytest.mark.parametrize("yuma3", [False, True])
def test_networks_in_which_everyone_weighs_everyone_give_the_same_epoch(yuma3):
    rng, inputs = random.Random(5), draw_network(5, 12)

    def rows():
        return [[(uid, rng.choice((0, 1, rng.randrange(65_536), 65_535))) for uid in range(12)] for _ in range(12)]

    parameters = EpochParameters(yuma3=yuma3, last_mechanism_step_block=1)
    full = replace(inputs, weights=rows(), bonds=rows(), validator_permit=[True] * 12, parameters=parameters)
    assert_equal(full)
    assert_equal(replace(full, weights=[*full.weights[:11], full.weights[11][::-1]]))


def test_what_no_chain_can_store_is_left_to_the_reference():
    inputs = draw_network(1, 4)
    assert_equal(replace(inputs, weights=[[(1, 5), (1, 7)], [], [], []]))
    full = [(uid, 7) for uid in range(4)]
    assert_equal(replace(inputs, weights=[full, [*full, (0, 9)], full[1:], full], validator_permit=[True] * 4))
    assert_equal(EpochInputs(1, 1, 1, [], [], [], [], [], [], EpochParameters()))


@settings(max_examples=300)
@given(left=PROPORTIONS, right=PROPORTIONS, other=PROPORTIONS)
def test_products_and_quotients_are_exact(left, right, other):
    pair = np.array([left, other], dtype=np.uint64)
    assert multiply(pair, right).tolist() == [fixed.multiply(left, right), fixed.multiply(other, right)]
    divisor = np.array([max(left, right), max(left, other)], dtype=np.uint64)
    expected = [fixed.divide(number, int(whole)) for number, whole in zip((left, other), divisor, strict=True)]
    assert divide(pair, divisor).tolist() == expected


@settings(max_examples=300)
@given(number=st.integers(0, 65_535), divisor=st.integers(0, 1 << 28))
def test_quotients_of_stored_integers_are_exact(number, divisor):
    whole = max(number, divisor)
    around = [largest for largest in (number - 1, number, number + 1) if 0 <= largest <= min(whole, 65_535)]
    quotients = divide_stored(np.array(around, dtype=np.uint16), np.array(whole, dtype=np.uint64))
    assert quotients.tolist() == [fixed.divide(value, whole) for value in around]


def test_every_share_of_a_stored_bond_is_exact():
    stored = np.arange(65_536, dtype=np.uint16)
    for whole in (65_535, 65_536, 65_537, (1 << 28) - 1, 4_096 * 65_535):
        expected = [(value << 32) // whole for value in range(65_536)]
        assert divide_stored(stored, np.array(whole, dtype=np.uint64)).tolist() == expected


@settings(max_examples=300)
@given(left=st.integers(-(1 << 37), 1 << 37), right=st.integers(-(1 << 41), 1 << 41))
def test_signed_products_round_towards_minus_infinity(left, right):
    assert multiply_signed(np.array([left]), right).tolist() == [(left * right) >> 32]


@settings(max_examples=300)
@given(value=st.one_of(st.integers(-(1 << 40), 1 << 40), st.sampled_from([0, ONE, -ONE, 20 * ONE, -20 * ONE, 1, -1])))
def test_the_series_is_exact(value):
    assert exponential(np.array([value])).tolist() == [fixed.exponential(value)]


@given(denominator=st.one_of(st.integers(2, (1 << 64) - 1), st.integers(1, 63).map(lambda bits: 1 << bits)))
def test_reciprocals_are_exact(denominator):
    assert reciprocal(np.array([denominator], dtype=np.uint64)).tolist() == [(1 << 64) // denominator]


@given(share=PROPORTIONS, amount=st.integers(0, (1 << 64) - 1))
def test_amounts_in_rao_are_exact(share, amount):
    assert scale(np.array([share], dtype=np.uint64), amount).tolist() == [(share * amount) >> 32]


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 65_535))))
def test_packed_rows_are_the_pairs_they_hold(pairs):
    row = PackedRow.of(pairs)
    assert row == pairs == list(row)
    assert tuple(pairs) == row
    assert hash(row) == hash(tuple(pairs))
    assert len(row) == len(pairs)
    assert row[1:] == tuple(pairs[1:])
    assert row != [*pairs, (1, 2)]


def test_blocks_with_epochs_are_the_same_with_either_form():
    states = [MemoryState(build_genesis(dev_spec(tempo=3))) for _ in range(2)]
    for number in range(1, 11):
        blocks = []
        for state, compute in zip(states, (yuma.compute, epoch.compute), strict=True):
            env = BlockEnv(number, bytes(32), 1000 * number, bytes(32), compute_epoch=compute)
            blocks.append(build_block(state, env, []).changes)
            state.apply(blocks[-1])
        assert blocks[0] == blocks[1]
    assert storage.STAKE_WEIGHT.get(states[1], 1)
