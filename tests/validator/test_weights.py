from dataclasses import replace

import pytest

from chain.metagraph import Metagraph, Neuron
from validator.ledger import View
from validator.rules import Rules, Way, find_fault, find_objection, is_due

ME = "me"
RULES = Rules(rate_limit_blocks=5)
FAIR = [(1, 65535), (2, 100)]


def neuron(uid: int, hotkey: str, **changes) -> Neuron:
    base = Neuron(uid, hotkey, "cold", 10, False, True, None, 0.0, 0.0, 0.0, 0.0, 0, 0, 1)
    return replace(base, **changes)


def view(*, since_step: int = 15, block: int = 100, **mine) -> View:
    neurons = (neuron(0, ME, **{"validator_permit": True, "last_update": 90, **mine}), neuron(1, "a"), neuron(2, "b"))
    return View(Metagraph(1, block, "0x", 20, since_step, "owner", neurons), {}, 4)


def test_fair_weights_meet_no_objection():
    assert find_objection(view(), ME, RULES, FAIR) is None


@pytest.mark.parametrize(
    ("seen", "rules", "weights", "objection"),
    [
        (view(), RULES, [], "no miner has earned"),
        (view(last_update=98), replace(RULES, way=Way.HASHED), FAIR, "CommittingWeightsTooFast"),
        (view(last_update=98), RULES, FAIR, "SettingWeightsTooFast"),
        (view(validator_permit=False), RULES, FAIR, "NeuronNoValidatorPermit"),
        (view(), RULES, [(1, 5), (1, 6)], "DuplicateUids"),
        (view(), RULES, [(7, 5)], "UidVecContainInvalidOne"),
        (view(), replace(RULES, min_allowed=3), FAIR, "WeightVecLengthIsLow"),
        (view(), replace(RULES, max_weight=40_000), FAIR, "MaxWeightExceeded"),
    ],
)
def test_what_the_chain_would_refuse_is_known_before(seen, rules, weights, objection):
    assert objection in str(find_objection(seen, ME, rules, weights))


def test_stranger_is_told_that_it_is_not_registered():
    assert find_objection(view(), "stranger", RULES, FAIR) == "HotKeyNotRegisteredInSubNet"


def test_owner_and_self_weight_need_no_permit():
    seen = view(validator_permit=False)
    assert find_objection(seen, ME, RULES, [(0, 65535)]) is None
    owned = replace(seen, metagraph=replace(seen.metagraph, owner_hotkey=ME))
    assert find_objection(owned, ME, RULES, FAIR) is None


def test_weights_are_due_once_in_the_second_half_of_an_epoch():
    assert not is_due(view(since_step=9), None)
    assert is_due(view(since_step=10), None)
    assert not is_due(view(since_step=10), 90)
    assert is_due(view(since_step=11, block=121), 90)


def test_reveal_is_not_held_back_by_the_rate_limit():
    assert find_fault(view(last_update=99), ME, RULES, FAIR) is None
    assert find_fault(view(validator_permit=False), ME, RULES, FAIR) == "NeuronNoValidatorPermit"
    assert find_fault(view(), "stranger", RULES, FAIR) == "HotKeyNotRegisteredInSubNet"
