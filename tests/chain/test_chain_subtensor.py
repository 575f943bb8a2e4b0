"""The subnet modules: registration, stake, weights, serving, epochs, and what each refuses."""

import pytest

from chain.keys import Keypair
from chain.runtime import balances
from chain.runtime.dispatch import Context, Root, Signed
from chain.runtime.errors import BadOrigin
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.runtime import RUNTIME
from chain.runtime.subtensor import errors, founding, registration, serving, staking, storage, subnets, weights
from chain.runtime.subtensor.events import NeuronRegistered, StakeAdded, WeightsSet
from chain.state.overlay import MemoryState, State

ALICE, BOB, CHARLIE = (Keypair.from_uri(uri).public_key for uri in ("//Alice", "//Bob", "//Charlie"))
TAO = 10**9


class Ledger:
    """A chain without blocks: calls and hooks on one state."""

    def __init__(self, **options):
        self.state = State(MemoryState(build_genesis(dev_spec(**options))))
        self.number = 0

    def next_block(self, count=1):
        for _ in range(count):
            self.number += 1
            ctx = Context(self.state, Root(), self.number, 0)
            for hook in RUNTIME.on_initialize:
                if hook.__module__.startswith("chain.runtime.subtensor"):
                    hook(ctx)
            for hook in RUNTIME.on_finalize:
                if hook.__module__.startswith("chain.runtime.subtensor"):
                    hook(ctx)

    def send(self, account, call, *args):
        call.with_args(*args).dispatch(Context(self.state, Signed(account), self.number, 0))

    def events(self, kind):
        return [event for event in self.state.events if isinstance(event, kind)]

    def free(self, account):
        return balances.get_free(self.state, account)


@pytest.fixture
def ledger():
    made = Ledger()
    made.next_block()
    return made


def hotkey(name):
    return Keypair.from_uri(f"//{name}//hot").public_key


def seat(ledger, owner, name):
    ledger.send(owner, registration.burned_register, 1, hotkey(name))
    return storage.UIDS.get(ledger.state, 1, hotkey(name))


def test_registration_costs_the_price_and_raises_it(ledger):
    price, before = storage.BURN.get(ledger.state, 1), ledger.free(BOB)
    assert seat(ledger, BOB, "bob") == 1
    assert before - ledger.free(BOB) == price
    assert storage.BURN.get(ledger.state, 1) == price * 126 // 100
    assert ledger.events(NeuronRegistered)[-1] == NeuronRegistered(1, 1, hotkey("bob"))
    assert storage.OWNER.get(ledger.state, hotkey("bob")) == BOB


def test_the_old_register_call_takes_the_same_way(ledger):
    ledger.send(BOB, registration.register, 1, 0, 0, b"", hotkey("bob"), BOB)
    assert storage.KEYS.get(ledger.state, 1, 1) == hotkey("bob")


def test_the_price_halves_over_its_half_life(ledger):
    seat(ledger, BOB, "bob")
    price = storage.BURN.get(ledger.state, 1)
    ledger.next_block(20)
    assert price // 2 - 25 <= storage.BURN.get(ledger.state, 1) <= price // 2


def test_registration_is_refused_in_the_order_of_the_rules(ledger):
    poor = Keypair.from_uri("//Poor").public_key
    seat(ledger, BOB, "bob")
    for account, netuid, key, error in [
        (BOB, 0, hotkey("x"), errors.RegistrationNotPermittedOnRootSubnet),
        (BOB, 9, hotkey("x"), errors.SubnetNotExists),
        (BOB, 1, hotkey("bob"), errors.HotKeyAlreadyRegisteredInSubNet),
        (poor, 1, hotkey("x"), errors.NotEnoughBalanceToStake),
    ]:
        before = dict(ledger.state.changes)
        with pytest.raises(error):
            ledger.send(account, registration.burned_register, netuid, key)
        assert ledger.state.changes == before
    storage.NETWORK_REGISTRATION_ALLOWED.put(ledger.state, 1, False)
    with pytest.raises(errors.SubNetRegistrationDisabled):
        seat(ledger, BOB, "x")


def test_nobody_registers_a_hotkey_of_somebody_else(ledger):
    ledger.send(CHARLIE, founding.register_network, hotkey("charlie"))
    with pytest.raises(errors.NonAssociatedColdKey):
        seat(ledger, BOB, "charlie")


def test_a_full_subnet_replaces_the_weakest_that_is_not_immune(ledger):
    storage.MAX_ALLOWED_UIDS.put(ledger.state, 1, 3)
    seat(ledger, BOB, "one")
    seat(ledger, BOB, "two")
    storage.EMISSION.put(ledger.state, 1, [0, 5, 9])
    storage.BONDS.put(ledger.state, 1, 2, [(1, 7)])
    storage.WEIGHTS.put(ledger.state, 1, 2, [(1, 7), (2, 8)])
    ledger.number += 200
    assert seat(ledger, BOB, "three") == 1
    assert storage.UIDS.get(ledger.state, 1, hotkey("one")) is None
    assert storage.WEIGHTS.get(ledger.state, 1, 2) == [(1, 0), (2, 8)]
    assert storage.BONDS.get(ledger.state, 1, 2) == [(1, 7)]
    assert storage.LAST_UPDATE.get(ledger.state, 1)[1] == ledger.number


def test_the_owner_is_never_replaced_and_the_immune_only_without_others(ledger):
    storage.MAX_ALLOWED_UIDS.put(ledger.state, 1, 2)
    seat(ledger, BOB, "one")
    assert seat(ledger, BOB, "two") == 1
    storage.MAX_ALLOWED_UIDS.put(ledger.state, 1, 1)
    storage.SUBNETWORK_N.put(ledger.state, 1, 1)
    with pytest.raises(errors.NoNeuronIdAvailable):
        seat(ledger, BOB, "three")


def test_stake_goes_in_and_comes_back_to_the_rao(ledger):
    seat(ledger, BOB, "bob")
    before = ledger.free(CHARLIE)
    ledger.send(CHARLIE, staking.add_stake, hotkey("bob"), 1, 7 * TAO)
    assert ledger.events(StakeAdded)[-1] == StakeAdded(CHARLIE, hotkey("bob"), 7 * TAO, 7 * TAO, 1, 0)
    assert storage.TOTAL_HOTKEY_ALPHA.get(ledger.state, hotkey("bob"), 1) == 7 * TAO
    ledger.send(CHARLIE, staking.remove_stake, hotkey("bob"), 1, 2**64 - 1)
    assert ledger.free(CHARLIE) == before
    assert not storage.TOTAL_HOTKEY_SHARES.contains(ledger.state, hotkey("bob"), 1)


def test_staking_is_refused_in_the_order_of_the_rules(ledger):
    seat(ledger, BOB, "bob")
    ledger.send(CHARLIE, founding.register_network, hotkey("charlie"))
    poor = Keypair.from_uri("//Poor").public_key
    for account, call, args, error in [
        (BOB, staking.add_stake, (hotkey("bob"), 9, TAO), errors.SubnetNotExists),
        (BOB, staking.add_stake, (hotkey("bob"), 2, TAO), errors.SubtokenDisabled),
        (BOB, staking.add_stake, (hotkey("bob"), 1, 1_999_999), errors.AmountTooLow),
        (poor, staking.add_stake, (hotkey("bob"), 1, TAO), errors.NotEnoughBalanceToStake),
        (BOB, staking.add_stake, (hotkey("nobody"), 1, TAO), errors.HotKeyAccountNotExists),
        (BOB, staking.remove_stake, (hotkey("bob"), 1, TAO), errors.AmountTooLow),
    ]:
        before = dict(ledger.state.changes)
        with pytest.raises(error):
            ledger.send(account, call, *args)
        assert ledger.state.changes == before


def test_a_small_rest_of_a_nomination_is_paid_out_too(ledger):
    seat(ledger, BOB, "bob")
    storage.NOMINATOR_MIN_REQUIRED_STAKE.put(ledger.state, TAO)
    before = ledger.free(CHARLIE)
    ledger.send(CHARLIE, staking.add_stake, hotkey("bob"), 1, 2 * TAO)
    ledger.send(CHARLIE, staking.remove_stake, hotkey("bob"), 1, TAO + 5)
    assert ledger.free(CHARLIE) == before


def test_weights_are_stored_upscaled_in_the_order_given(ledger):
    seat(ledger, BOB, "bob")
    storage.VALIDATOR_PERMIT.put(ledger.state, 1, [False, True])
    ledger.next_block()
    ledger.send(hotkey("bob"), weights.set_mechanism_weights, 1, 0, [1, 0], [1, 2], 0)
    assert storage.WEIGHTS.get(ledger.state, 1, 1) == [(1, 32768), (0, 65535)]
    assert ledger.events(WeightsSet)[-1] == WeightsSet(1, 1)


def test_weights_are_refused_in_the_order_of_the_rules(ledger):
    seat(ledger, BOB, "bob")
    state, bob = ledger.state, hotkey("bob")

    def refused(error, *args, account=bob):
        before = dict(state.changes)
        with pytest.raises(error):
            ledger.send(account, weights.set_mechanism_weights, *args)
        assert state.changes == before

    refused(errors.CommitRevealEnabled, 9, 0, [0], [1], 0)
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(state, 0, False)
    refused(errors.CanNotSetRootNetworkWeights, 0, 0, [0], [1], 0)
    refused(errors.WeightVecNotEqualSize, 1, 0, [0], [], 0)
    refused(errors.MechanismDoesNotExist, 1, 1, [0], [1], 0)
    refused(errors.UidsLengthExceedUidsInSubNet, 1, 0, [0, 1, 2], [1, 1, 1], 0)
    refused(errors.HotKeyNotRegisteredInSubNet, 1, 0, [0], [1], 0, account=BOB)
    storage.STAKE_THRESHOLD.put(state, 1)
    refused(errors.NotEnoughStakeToSetWeights, 1, 0, [0], [1], 0)
    storage.STAKE_THRESHOLD.put(state, 0)
    storage.WEIGHTS_VERSION_KEY.put(state, 1, 5)
    refused(errors.IncorrectWeightVersionKey, 1, 0, [0], [1], 4)
    refused(errors.SettingWeightsTooFast, 1, 0, [0], [1], 5)
    ledger.next_block()
    refused(errors.NeuronNoValidatorPermit, 1, 0, [0], [1], 5)
    storage.VALIDATOR_PERMIT.put(state, 1, [False, True])
    refused(errors.DuplicateUids, 1, 0, [0, 0], [1, 1], 5)
    refused(errors.UidVecContainInvalidOne, 1, 0, [2], [1], 5)
    storage.MIN_ALLOWED_WEIGHTS.put(state, 1, 2)
    refused(errors.WeightVecLengthIsLow, 1, 0, [0], [1], 5)
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(state, 1, True)
    refused(errors.CommitRevealEnabled, 1, 0, [0, 1], [1, 1], 5)


def test_loopback_axons_need_a_genesis_that_allows_them(ledger):
    from chain.runtime import hive

    seat(ledger, BOB, "bob")
    axon = (1, 1, (127 << 24) | 1, 9000, 4, 0, 0, 0)
    ledger.send(hotkey("bob"), serving.serve_axon, *axon)
    stored = storage.AXONS.get(ledger.state, 1, hotkey("bob"))
    assert stored is not None
    assert stored.port == 9000
    ledger.next_block()
    hive.LOOPBACK_AXONS.put(ledger.state, False)
    with pytest.raises(errors.InvalidIpAddress):
        ledger.send(hotkey("bob"), serving.serve_axon, *axon)


def test_axons_are_refused_in_the_order_of_the_rules(ledger):
    seat(ledger, BOB, "bob")
    ip = (10 << 24) | 1
    for account, args, error in [
        (BOB, (1, 1, ip, 0, 9, 0, 0, 0), errors.HotKeyNotRegisteredInNetwork),
        (hotkey("bob"), (1, 1, 2**32 - 1, 0, 9, 0, 0, 0), errors.InvalidIpType),
        (hotkey("bob"), (1, 1, 2**32 - 1, 0, 4, 0, 0, 0), errors.InvalidIpAddress),
        (hotkey("bob"), (1, 1, 2**128 - 1, 0, 6, 0, 0, 0), errors.InvalidIpAddress),
        (hotkey("bob"), (1, 1, ip, 0, 4, 0, 0, 0), errors.InvalidPort),
    ]:
        with pytest.raises(error):
            ledger.send(account, serving.serve_axon, *args)
    ledger.send(hotkey("bob"), serving.serve_axon, 1, 1, 0, 1, 4, 0, 0, 0)
    with pytest.raises(errors.ServingRateLimitExceeded):
        ledger.send(hotkey("bob"), serving.serve_axon, 1, 1, ip, 1, 4, 0, 0, 0)


def test_a_subnet_costs_twice_as_much_as_the_last_one_and_starts_when_its_owner_says(ledger):
    ledger.number = 10
    storage.NETWORK_RATE_LIMIT.put(ledger.state, 7_200)
    ledger.send(CHARLIE, founding.register_network, hotkey("charlie"))
    assert storage.SUBNET_TAO.get(ledger.state, 2) == 1_000 * TAO
    assert subnets.compute_lock_cost(ledger.state, 10) == 2_000 * TAO
    with pytest.raises(errors.NetworkTxRateLimitExceeded):
        ledger.send(BOB, founding.register_network, hotkey("b"))
    with pytest.raises(errors.SubtokenDisabled):
        ledger.send(CHARLIE, staking.add_stake, hotkey("charlie"), 2, TAO)
    with pytest.raises(BadOrigin):
        ledger.send(BOB, subnets.start_call, 2)
    ledger.send(CHARLIE, subnets.start_call, 2)
    assert storage.FIRST_EMISSION_BLOCK_NUMBER.get(ledger.state, 2) == 11
    with pytest.raises(errors.FirstEmissionBlockNumberAlreadySet):
        ledger.send(CHARLIE, subnets.start_call, 2)
    ledger.send(CHARLIE, staking.add_stake, hotkey("charlie"), 2, TAO)


def test_miners_and_validators_share_an_epoch_and_the_owner_gets_its_cut(ledger):
    seat(ledger, BOB, "validator")
    seat(ledger, CHARLIE, "miner")
    ledger.send(BOB, staking.add_stake, hotkey("validator"), 1, 1_000 * TAO)
    ledger.next_block(20)
    ledger.send(hotkey("validator"), weights.set_weights, 1, [2], [65535], 0)
    ledger.next_block(20)
    state = ledger.state
    assert storage.INCENTIVE.get(state, 1) == [0, 0, 65535]
    assert storage.DIVIDENDS.get(state, 1)[1] == 65535
    earned = 20 * (TAO - 179_995_422)
    assert abs(storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey("miner"), 1) - earned // 2) <= 40
    assert storage.TOTAL_HOTKEY_ALPHA.get(state, Keypair.from_uri("//Alice//hive").public_key, 1) >= 40 * 179_995_422
    assert storage.SUBNET_EPOCH_INDEX.get(state, 1) == 2


def test_what_the_owners_own_miners_earn_is_destroyed(ledger):
    from chain.runtime.balances import Rescinded
    from chain.runtime.subtensor.events import AlphaBurned

    seat(ledger, BOB, "validator")
    seat(ledger, ALICE, "owned")
    ledger.send(BOB, staking.add_stake, hotkey("validator"), 1, 1_000 * TAO)
    ledger.next_block(20)
    ledger.send(hotkey("validator"), weights.set_weights, 1, [2], [65535], 0)
    ledger.state.events.clear()
    ledger.next_block(20)
    (burned,) = ledger.events(AlphaBurned)
    assert burned.hotkey == hotkey("owned")
    assert ledger.events(Rescinded)[-1].amount == burned.amount
    assert storage.MINER_BURNED.get(ledger.state, 1) == 1 << 32
    assert storage.TOTAL_HOTKEY_ALPHA.get(ledger.state, hotkey("owned"), 1) == 0
