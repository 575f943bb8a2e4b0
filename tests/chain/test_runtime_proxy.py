"""Proxies, pure accounts, multisigs and the utility calls: who may act for whom, and what it costs them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.runtime import admin, admin_structure, balances, multisig, proxy, sudo, system, utility
from chain.runtime.api import ApiContext
from chain.runtime.dispatch import RUNTIME_CALL, Call, Context, Root, Signed
from chain.runtime.errors import BadOrigin, CannotLookup, DispatchError, NotExpendable
from chain.runtime.multisig import Timepoint
from chain.runtime.proxy import announcements, delegation, filters, kinds, pure
from chain.runtime.proxy import storage as proxies
from chain.runtime.proxy.kinds import ProxyType
from chain.runtime.runtime import RUNTIME
from chain.runtime.subtensor import coldkey_swaps, hotkey_swaps, registration, staking
from chain.runtime.types import Id, Weight
from chain.state.overlay import MemoryState, State

ALICE, BOB, CAROL, DAVE = (Keypair.from_uri(f"//{name}").public_key for name in ("Alice", "Bob", "Carol", "Dave"))
FUNDS = 10**12
MUCH = Weight(10**12, 10**9)


class Ledger:
    """Calls one after the other, in one block."""

    def __init__(self):
        self.state = State(MemoryState())
        for account in (ALICE, BOB, CAROL):
            balances.deposit(Context(self.state, Root(), 1, 0), account, FUNDS)
        self.block, self.index = 1, 0

    def send(self, who, declaration, *args):
        self.index += 1
        context = Context(self.state, Signed(who) if who else Root(), self.block, 0, extrinsic_index=self.index)
        before = len(self.state.events)
        declaration.with_args(*args).dispatch(context)
        return self.state.events[before:]

    def account(self, who):
        return system.ACCOUNT.get(self.state, who).data


@pytest.fixture
def ledger():
    return Ledger()


def transfer(target=DAVE, value=10**9) -> Call:
    return balances.transfer_keep_alive.with_args(Id(target), value)


def fails_with(error, ledger, who, declaration, *args):
    before = dict(ledger.state.changes)
    with pytest.raises(error):
        ledger.send(who, declaration, *args)
    assert dict(ledger.state.changes) == before


def test_proxy_spends_for_who_named_it_and_only_while_it_is_named(ledger):
    ledger.send(ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, 0)
    assert ledger.account(ALICE).reserved == 93_000_000
    assert ledger.send(BOB, delegation.proxy, Id(ALICE), None, transfer())[-1] == proxies.ProxyExecuted(None)
    assert ledger.account(DAVE).free == 10**9
    ledger.send(ALICE, delegation.remove_proxy, Id(BOB), ProxyType.Any, 0)
    assert ledger.account(ALICE).reserved == 0
    fails_with(proxies.NotProxy, ledger, BOB, delegation.proxy, Id(ALICE), None, transfer())


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (ProxyType.Any, True),
        (ProxyType.Transfer, True),
        (ProxyType.SmallTransfer, False),
        (ProxyType.NonTransfer, False),
        (ProxyType.Staking, False),
        (ProxyType.Governance, False),
    ],
)
def test_kind_of_a_proxy_limits_what_it_does_even_inside_a_batch(ledger, kind, allowed):
    ledger.send(ALICE, delegation.add_proxy, Id(BOB), kind, 0)
    executed = ledger.send(BOB, delegation.proxy, Id(ALICE), None, transfer())[-1]
    assert (executed.result is None) is allowed
    ledger.send(BOB, delegation.proxy, Id(ALICE), None, utility.batch.with_args([transfer()]))
    assert ledger.account(DAVE).free == (2 if kind is ProxyType.Any else int(allowed)) * 10**9


def test_small_transfers_pass_a_proxy_for_small_transfers(ledger):
    assert kinds.is_allowed(ProxyType.SmallTransfer, transfer(value=499_999_999))
    assert not kinds.is_allowed(ProxyType.SmallTransfer, transfer(value=500_000_000))
    assert kinds.is_allowed(ProxyType.Staking, staking.add_stake.with_args(BOB, 1, 5))
    assert not kinds.is_allowed(ProxyType.NonCritical, sudo.sudo.with_args(transfer()))


def test_kinds_allow_what_the_public_chain_lets_them(ledger):
    swap = hotkey_swaps.swap_hotkey_v2.with_args(BOB, CAROL, None, False)
    assert kinds.is_allowed(ProxyType.SwapHotkey, swap)
    assert not kinds.is_allowed(ProxyType.NonFungible, swap)
    assert kinds.is_allowed(ProxyType.Registration, registration.register_limit.with_args(1, BOB, 5))
    handover = admin_structure.sudo_set_sn_owner_hotkey.with_args(1, BOB)
    assert not kinds.is_allowed(ProxyType.Owner, handover)
    assert not kinds.is_allowed(ProxyType.SubnetLeaseBeneficiary, handover)
    assert kinds.is_allowed(ProxyType.Owner, admin.sudo_set_kappa.with_args(1, 5))
    disputed = coldkey_swaps.dispute_coldkey_swap.with_args()
    for kind in (ProxyType.NonTransfer, ProxyType.NonFungible, ProxyType.NonCritical):
        assert not kinds.is_allowed(kind, disputed)
    code = sudo.sudo_unchecked_weight.with_args(transfer(), Weight(0, 0))
    assert not kinds.is_allowed(ProxyType.SudoUncheckedSetCode, code)


def test_clients_are_told_what_each_kind_allows(ledger):
    types = filters.get_proxy_types(ApiContext(ledger.state, RUNTIME))
    assert [(kind.name, kind.index) for kind in types][:2] == [(b"Any", 0), (b"Owner", 1)]
    assert [kind.name for kind in types if kind.deprecated] == [
        b"Senate",
        b"Triumvirate",
        b"Governance",
        b"RootWeights",
    ]
    (small,) = filters.get_proxy_filter(ApiContext(ledger.state, RUNTIME), int(ProxyType.SmallTransfer))
    assert small.calls[0] == filters.CallInfo(
        b"Balances", 5, b"transfer_keep_alive", 3, filters.ParamLessThan(b"value", 500_000_000)
    )
    (owner,) = filters.get_proxy_filter(ApiContext(ledger.state, RUNTIME), int(ProxyType.Owner))
    assert owner.calls[0] == filters.CallInfo(b"AdminUtils", 19, None, None, None)
    assert len(RUNTIME.call_api(ledger.state, "ProxyFilterRuntimeApi_get_proxy_filter", b"\0")) > 1_000


def test_batches_hold_no_batches_unless_root_sends_them(ledger):
    nested = utility.batch.with_args([utility.batch_all.with_args([transfer()])])
    fails_with(system.CallFiltered, ledger, ALICE, utility.force_batch, [nested])
    ledger.send(None, nested.declaration, *nested.args)


def test_weak_proxy_cannot_name_a_stronger_one(ledger):
    ledger.send(ALICE, delegation.add_proxy, Id(BOB), ProxyType.NonTransfer, 0)
    stronger = delegation.add_proxy.with_args(Id(CAROL), ProxyType.Any, 0)
    (executed,) = ledger.send(BOB, delegation.proxy, Id(ALICE), None, stronger)
    assert executed.result.error.error[0] == system.CallFiltered.index
    same = delegation.add_proxy.with_args(Id(CAROL), ProxyType.NonTransfer, 0)
    assert ledger.send(BOB, delegation.proxy, Id(ALICE), None, same)[-1] == proxies.ProxyExecuted(None)
    assert len(proxies.PROXIES.get(ledger.state, ALICE)[0]) == 2


def test_list_of_proxies_refuses_oneself_repetitions_and_too_many(ledger):
    fails_with(proxies.NoSelfProxy, ledger, ALICE, delegation.add_proxy, Id(ALICE), ProxyType.Any, 0)
    ledger.send(ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, 0)
    fails_with(proxies.Duplicate, ledger, ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, 0)
    fails_with(proxies.NotFound, ledger, ALICE, delegation.remove_proxy, Id(BOB), ProxyType.Any, 1)
    for delay in range(1, proxies.MAX_PROXIES):
        ledger.send(ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, delay)
    fails_with(proxies.TooMany, ledger, ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, 99)
    ledger.send(ALICE, delegation.remove_proxies)
    assert ledger.account(ALICE).reserved == 0
    assert ledger.account(ALICE).free == FUNDS


def test_delayed_proxy_acts_only_some_blocks_after_it_announced(ledger):
    ledger.send(ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, 5)
    call_hash = blake2_256(RUNTIME_CALL.encode(transfer()))
    fails_with(proxies.Unannounced, ledger, BOB, delegation.proxy, Id(ALICE), None, transfer())
    ledger.send(BOB, announcements.announce, Id(ALICE), call_hash)
    assert ledger.account(BOB).reserved == 104_000_000
    ledger.block = 5
    late = (Id(BOB), Id(ALICE), None, transfer())
    fails_with(proxies.Unannounced, ledger, CAROL, announcements.proxy_announced, *late)
    ledger.block = 6
    ledger.send(CAROL, announcements.proxy_announced, *late)
    assert ledger.account(DAVE).free == 10**9
    assert ledger.account(BOB).reserved == 0


def test_announcements_are_withdrawn_or_rejected(ledger):
    ledger.send(ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, 5)
    call_hash = bytes(32)
    fails_with(proxies.NotProxy, ledger, CAROL, announcements.announce, Id(ALICE), call_hash)
    for who, withdraw, other in (
        (BOB, announcements.remove_announcement, ALICE),
        (ALICE, announcements.reject_announcement, BOB),
    ):
        ledger.send(BOB, announcements.announce, Id(ALICE), call_hash)
        ledger.send(who, withdraw, Id(other), call_hash)
        fails_with(proxies.NotFound, ledger, who, withdraw, Id(other), call_hash)
    assert ledger.account(BOB).reserved == 0


def test_pure_account_acts_through_its_spawner_and_dies_by_itself(ledger):
    (_, created) = ledger.send(ALICE, pure.create_pure, ProxyType.Any, 0, 7)
    height, place = ledger.block, ledger.index
    ledger.send(ALICE, balances.transfer_keep_alive, Id(created.pure), 10**10)
    ledger.send(ALICE, delegation.proxy, Id(created.pure), None, transfer())
    assert ledger.account(DAVE).free == 10**9
    kill = pure.kill_pure.with_args(Id(ALICE), ProxyType.Any, 7, height, place)
    fails_with(proxies.NoPermission, ledger, BOB, kill.declaration, *kill.args)
    ledger.send(ALICE, delegation.proxy, Id(created.pure), None, kill)
    assert not proxies.PROXIES.contains(ledger.state, created.pure)
    assert ledger.account(ALICE).reserved == 0


def test_deposits_are_what_they_cost_so_poking_changes_nothing(ledger):
    ledger.send(ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, 0)
    assert ledger.send(ALICE, announcements.poke_deposit) == []


def test_account_with_a_deposit_cannot_be_emptied(ledger):
    ledger.send(ALICE, delegation.add_proxy, Id(BOB), ProxyType.Any, 0)
    free = ledger.account(ALICE).free
    fails_with(NotExpendable, ledger, ALICE, balances.transfer_allow_death, Id(DAVE), free)
    fails_with(balances.InsufficientBalance, ledger, DAVE, delegation.add_proxy, Id(BOB), ProxyType.Any, 0)


def members(who):
    return [account for account in sorted((ALICE, BOB, CAROL)) if account != who]


def test_multisig_acts_when_enough_members_agree(ledger):
    account = multisig.derive_account(sorted((ALICE, BOB, CAROL)), 2)
    ledger.send(ALICE, balances.transfer_keep_alive, Id(account), 10**10)
    ledger.send(ALICE, multisig.as_multi, 2, members(ALICE), None, transfer(), MUCH)
    when = Timepoint(ledger.block, ledger.index)
    assert ledger.account(ALICE).reserved == 196_000_000
    assert ledger.account(DAVE).free == 0
    executed = ledger.send(BOB, multisig.as_multi, 2, members(BOB), when, transfer(), MUCH)[-1]
    assert executed.result is None
    assert ledger.account(DAVE).free == 10**9
    assert ledger.account(ALICE).reserved == 0


def test_multisig_goes_by_hash_and_timepoint(ledger):
    call_hash = blake2_256(RUNTIME_CALL.encode(transfer()))
    approve, opened = multisig.approve_as_multi, (3, members(ALICE), None, call_hash, MUCH)
    ledger.send(ALICE, approve, *opened)
    when = Timepoint(ledger.block, ledger.index)
    wrong = Timepoint(9, 9)
    fails_with(multisig.NoTimepoint, ledger, BOB, approve, 3, members(BOB), None, call_hash, MUCH)
    fails_with(multisig.WrongTimepoint, ledger, BOB, approve, 3, members(BOB), wrong, call_hash, MUCH)
    fails_with(multisig.AlreadyApproved, ledger, ALICE, approve, 3, members(ALICE), when, call_hash, MUCH)
    fails_with(multisig.UnexpectedTimepoint, ledger, BOB, approve, 2, members(BOB), when, call_hash, MUCH)
    ledger.send(BOB, approve, 3, members(BOB), when, call_hash, MUCH)
    low = (3, members(CAROL), when, transfer(), Weight(1, 1))
    fails_with(multisig.MaxWeightTooLow, ledger, CAROL, multisig.as_multi, *low)
    fails_with(multisig.NotOwner, ledger, BOB, multisig.cancel_as_multi, 3, members(BOB), when, call_hash)
    ledger.send(ALICE, multisig.poke_deposit, 3, members(ALICE), call_hash)
    ledger.send(ALICE, multisig.cancel_as_multi, 3, members(ALICE), when, call_hash)
    fails_with(multisig.NotFound, ledger, ALICE, multisig.cancel_as_multi, 3, members(ALICE), when, call_hash)
    assert ledger.account(ALICE).reserved == 0


@pytest.mark.parametrize(
    ("threshold", "others", "error"),
    [
        (1, [BOB], multisig.MinimumThreshold),
        (2, [], multisig.TooFewSignatories),
        (2, [bytes([index]) * 32 for index in range(100)], multisig.TooManySignatories),
        (2, sorted((BOB, CAROL), reverse=True), multisig.SignatoriesOutOfOrder),
        (2, sorted((ALICE, CAROL)), multisig.SenderInSignatories),
    ],
)
def test_wrong_lists_of_members_are_refused(ledger, threshold, others, error):
    fails_with(error, ledger, ALICE, multisig.as_multi, threshold, others, None, transfer(), MUCH)


def test_one_of_many_acts_at_once(ledger):
    account = multisig.derive_account(sorted((ALICE, BOB)), 1)
    ledger.send(ALICE, balances.transfer_keep_alive, Id(account), 10**10)
    ledger.send(BOB, multisig.as_multi_threshold_1, [ALICE], transfer())
    assert ledger.account(DAVE).free == 10**9


def test_pseudonyms_belong_to_their_account(ledger):
    account = utility.derive_account(ALICE, 3)
    ledger.send(ALICE, balances.transfer_keep_alive, Id(account), 10**10)
    ledger.send(ALICE, utility.as_derivative, 3, transfer())
    assert ledger.account(DAVE).free == 10**9
    assert ledger.account(account).free == 9 * 10**9


def test_fallback_runs_only_when_the_main_call_fails(ledger):
    (*_, success) = ledger.send(ALICE, utility.if_else, transfer(), transfer(BOB))
    assert success == utility.IfElseMainSuccess()
    (*_, called) = ledger.send(ALICE, utility.if_else, transfer(value=10**18), transfer(value=5))
    assert isinstance(called, utility.IfElseFallbackCalled)
    assert ledger.account(DAVE).free == 10**9 + 5
    assert ledger.account(BOB).free == FUNDS


def test_root_calls_as_anybody(ledger):
    alice = utility.SystemOrigin(utility.RawSigned(ALICE))
    assert ledger.send(None, utility.dispatch_as, alice, transfer())[-1] == utility.DispatchedAs(None)
    assert ledger.send(None, utility.dispatch_as, alice, transfer(value=10**18))[-1].result is not None
    ledger.send(None, utility.dispatch_as_fallible, alice, transfer())
    assert ledger.account(DAVE).free == 2 * 10**9
    with pytest.raises(DispatchError):
        ledger.send(None, utility.dispatch_as_fallible, alice, transfer(value=10**18))
    nobody = utility.SystemOrigin(utility.RawAuthorized())
    fails_with(BadOrigin, ledger, None, utility.dispatch_as, nobody, transfer())
    fails_with(BadOrigin, ledger, ALICE, utility.dispatch_as, alice, transfer())
    fails_with(BadOrigin, ledger, ALICE, utility.with_weight, transfer(), MUCH)


def test_addresses_without_an_account_name_no_proxy(ledger):
    from chain.runtime.types import Raw

    fails_with(CannotLookup, ledger, ALICE, delegation.add_proxy, Raw(b"x"), ProxyType.Any, 0)


@given(st.sampled_from(list(ProxyType)), st.sampled_from(list(ProxyType)))
def test_a_stronger_kind_allows_all_that_a_weaker_one_does(kind, other):
    if not kinds.is_superset(kind, other):
        return
    for declaration in (balances.transfer_keep_alive, staking.add_stake, balances.burn):
        value = Id(DAVE) if declaration is not staking.add_stake else DAVE
        call = Call(declaration, (value, 1, 1))
        assert kinds.is_allowed(kind, call) or not kinds.is_allowed(other, call)


def test_every_proxied_name_is_one_of_the_dialect():
    names = set(RUNTIME.call_type.names.values())
    assert "Proxy.proxy_announced" in names
    assert "Multisig.as_multi" in names
    assert kinds.name_of(transfer()) == "Balances.transfer_keep_alive"
    assert proxy.MODULES
