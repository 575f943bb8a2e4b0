"""The epoch against vectors recorded from the real chain, and its corner rules."""

import copy
from pathlib import Path

import pytest

from chain.runtime.fixed import ONE, exponential, from_u16, to_u16, upscale_to_u16
from chain.runtime.yuma import EpochInputs, EpochParameters, compute
from chain.runtime.yuma.consensus import compute_consensus
from chain.runtime.yuma.masks import compute_permits
from chain.vectors import first_difference, read_documents, read_inputs

VECTORS = Path(__file__).parent.parent / "vectors" / "epoch" / "spec425.jsonl.gz"
DOCUMENTS = list(read_documents(VECTORS))


@pytest.mark.parametrize(("name", "document"), DOCUMENTS, ids=[name for name, _ in DOCUMENTS])
def test_epoch_equals_the_real_chain_in_every_output_and_trace(name, document):
    assert first_difference(document, compute) is None


def test_a_single_wrong_unit_is_reported_with_its_place():
    document = copy.deepcopy(DOCUMENTS[2][1])
    document["output"]["incentive"][3] += 1
    assert str(first_difference(document, compute)).startswith("output incentive[3]: expected")


def test_a_sequence_may_leave_bonds_and_permits_to_the_previous_epoch():
    inputs = dict(DOCUMENTS[-1][1]["epochs"][1]["input"])
    previous = compute(read_inputs(DOCUMENTS[-1][1]["epochs"][0]["input"]))
    del inputs["bonds"], inputs["validator_permit"]
    assert read_inputs(inputs, previous).bonds == [list(row) for row in previous.bonds]
    assert read_inputs(inputs, previous).validator_permit == previous.validator_permit


def _network(weights: dict[int, list[tuple[int, int]]], stake: list[int], **parameters: bool) -> EpochInputs:
    size = len(stake)
    return EpochInputs(
        block=100,
        tempo=10,
        rao_emission=1_000_000_000,
        stake=[value << 64 for value in stake],
        registered_at=[0] * size,
        last_update=[50] * size,
        validator_permit=[value > 0 for value in stake],
        weights=[weights.get(uid, []) for uid in range(size)],
        bonds=[[] for _ in range(size)],
        parameters=EpochParameters(last_mechanism_step_block=80, **parameters),
    )


def test_without_weights_stake_earns_everything():
    outputs = compute(_network({}, [10, 30, 0]))
    assert outputs.emission == (250_000_000, 750_000_000, 0)
    assert outputs.server_emission == (0, 0, 0)


def test_a_minority_cannot_pay_its_own_miner():
    weights = {0: [(2, 65535)], 1: [(3, 65535)]}
    outputs = compute(_network(weights, [60, 40, 0, 0]))
    assert outputs.incentive == (0, 0, 65535, 0)
    assert outputs.dividends[0] == 65535


def test_an_even_split_takes_the_larger_score():
    half = ONE // 2
    rows = [[(1, half)], [(1, ONE)]]
    assert compute_consensus(rows, [half, half], from_u16(32_767)) == [0, ONE]


def test_liquid_alpha_drops_bonds_that_the_new_row_omits():
    stake = [50, 50, 0, 0]
    rules = {"yuma3": True, "liquid_alpha": True}
    bonds = [[(2, 30000), (3, 30000)], [(2, 30000), (3, 30000)], [], []]
    weights = {0: [(2, 65535), (3, 0)], 1: [(2, 65535)]}
    given = _network(weights, stake, **rules)
    outputs = compute(EpochInputs(**{**given.__dict__, "bonds": bonds}))
    assert [uid for uid, _ in outputs.bonds[0]] == [2, 3]
    assert outputs.bonds[1] == ((2, 54922),)
    assert outputs.bonds[0][1] == (3, 6623)


def test_among_equal_stakes_the_higher_uid_gets_the_permit():
    assert compute_permits([5, 5, 5, 0], 2) == [False, True, True, False]
    assert compute_permits([0, 0, 7], 5) == [False, False, True]


def test_proportions_to_u16_round_down_and_clamp():
    assert to_u16(ONE) == 65535
    assert to_u16(ONE - 1) == 65534
    assert to_u16(2 * ONE) == 65535
    assert to_u16(-1) == 0


def test_exponential_clamps_its_argument():
    assert exponential(0) == ONE
    assert exponential(21 * ONE) == exponential(20 * ONE)
    assert exponential(-25 * ONE) == exponential(-20 * ONE)
    assert abs(exponential(ONE) / ONE - 2.718281) < 1e-6


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1], [65535]),
        ([0, 1], [0, 65535]),
        ([65534], [65535]),
        ([0, 1, 65534], [0, 1, 65535]),
        ([0, 1, 2, 3, 4, 65533, 65535], [0, 1, 2, 3, 4, 65533, 65535]),
        ([0, 0], [0, 0]),
        ([], []),
    ],
)
def test_weights_are_upscaled_to_the_largest_u16(given, expected):
    assert upscale_to_u16(given) == expected
