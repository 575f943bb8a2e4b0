"""Money: nothing comes into being or ceases to be without a record."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.runtime import balances, hive, supply
from chain.runtime.dispatch import Context, Root, Signed
from chain.runtime.errors import DispatchError
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.issuance import PENDING, count_flow, count_holdings
from chain.runtime.runtime import RUNTIME
from chain.runtime.subtensor import (
    children,
    claims,
    founding,
    registration,
    stake_storage,
    staking,
    storage,
    subnets,
    takes,
    weights,
)
from chain.runtime.subtensor.halving import compute_block_emission
from chain.runtime.subtensor.reserves import is_dynamic
from chain.runtime.subtensor.sharepool import SharePool
from chain.runtime.subtensor.stake import ROOT_NETUID, get_stake
from chain.runtime.subtensor.subnets import get_netuids
from chain.runtime.subtensor.types import Keep
from chain.runtime.types import ACCOUNT_ID, ALPHA, MECH_ID, NET_UID, Id
from chain.runtime.types import TAO as TAO_TYPE
from chain.scale.collections import BTreeSet
from chain.scale.composite import EnumType, Struct
from chain.scale.containers import Compact, Option, Vec
from chain.scale.products import Newtype, Tuple
from chain.scale.types import U64, erase
from chain.state.overlay import MemoryState, State

TAO = 10**9
COLDKEYS = [Keypair.from_uri(f"//{name}").public_key for name in ("Alice", "Bob", "Charlie", "Dave")]
HOTKEYS = [Keypair.from_uri(f"//hot{index}").public_key for index in range(5)]
GENESIS = build_genesis(dev_spec(tempo=5))

MONEYLESS = {
    "set_weights",
    "commit_timelocked_weights",
    "commit_timelocked_mechanism_weights",
    "commit_crv3_mechanism_weights",
}
MONEYED = {
    "sudo_set_nominator_min_required_stake",
    "sudo_trim_to_max_allowed_uids",
    "sudo_set_mechanism_count",
    "sudo_set_tempo",
    "sudo_set_sn_owner_hotkey",
}
CALLS = [
    declaration
    for pallet in RUNTIME.pallets
    for declaration in pallet.calls
    if (pallet.name in {"SubtensorModule", "Swap"} and declaration.name not in MONEYLESS)
    or (pallet.name == "AdminUtils" and declaration.name in MONEYED)
]

amounts = st.one_of(st.integers(0, 3_000_000), st.integers(0, 10**6 * TAO), st.just(2**64 - 1))
coldkeys = st.sampled_from(COLDKEYS)
hotkeys = st.sampled_from(HOTKEYS)
netuids = st.sampled_from([0, 1, 1, 1, 2])
u16s = st.integers(0, 65_535)
rows = st.lists(st.tuples(st.integers(0, 6), u16s), max_size=5)


def any_call():
    """Every call of the subnet modules; on accounts, subnets and amounts that mean something."""
    return st.sampled_from(CALLS).flatmap(
        lambda declaration: st.tuples(st.just(declaration), *[arguments(field.type) for field in declaration.fields])
    )


def arguments(kind):
    if kind in MEANINGFUL:
        return MEANINGFUL[kind]
    if isinstance(kind, Compact | BTreeSet | Vec | Option | Tuple):
        return containers(kind)
    if isinstance(kind, EnumType):
        return st.just(Keep())
    if isinstance(kind, Struct):
        return st.builds(kind.shape.cls, *map(arguments, kind.shape.types))
    return PLAIN[kind.name if kind.name in PLAIN or not isinstance(kind, Newtype) else kind.inner.name]


def containers(kind):
    if isinstance(kind, BTreeSet):
        return st.lists(st.sampled_from([1, 2]), max_size=2)
    if isinstance(kind, Compact):
        return arguments(kind.inner)
    if isinstance(kind, Tuple):
        return st.tuples(*map(arguments, kind.types))
    return (
        st.none() | arguments(kind.inner) if isinstance(kind, Option) else st.lists(arguments(kind.inner), max_size=3)
    )


MEANINGFUL = {
    erase(ACCOUNT_ID): st.sampled_from([*HOTKEYS, *HOTKEYS, *COLDKEYS]),
    **dict.fromkeys([erase(NET_UID), erase(MECH_ID)], st.sampled_from([0, 1, 1, 2, 2])),
    **dict.fromkeys([erase(TAO_TYPE), erase(ALPHA), erase(U64)], amounts),
}
PLAIN = {
    "bool": st.booleans(),
    "u8": st.integers(0, 255),
    "u16": st.integers(0, 3) | u16s,
    "u32": st.integers(0, 2**32 - 1),
    "i32": st.integers(-(2**31), 2**31 - 1),
    "i64": st.integers(-(2**63), 2**63 - 1),
    "u128": st.integers(0, 2**128 - 1),
    "H256": st.sampled_from([blake2_256(account) for account in COLDKEYS]),
    "Vec<u8>": st.binary(max_size=8),
}

steps = st.one_of(
    st.tuples(st.just("block"), st.integers(1, 6)),
    st.tuples(st.just("register"), coldkeys, netuids, hotkeys),
    st.tuples(st.just("stake"), coldkeys, hotkeys, netuids, amounts),
    st.tuples(st.just("unstake"), st.integers(0, 9), amounts),
    st.tuples(st.just("weights"), hotkeys, rows),
    st.tuples(st.just("take"), coldkeys, hotkeys, u16s),
    st.tuples(st.just("subnet"), coldkeys, hotkeys),
    st.tuples(st.just("start"), coldkeys),
    st.tuples(st.just("transfer"), coldkeys, coldkeys, amounts),
    st.tuples(st.just("rules"), st.integers(1, 4), st.booleans(), u16s),
    st.tuples(st.just("any"), st.sampled_from([*COLDKEYS, *HOTKEYS, None]), any_call()),
)


class Run:
    """Random calls and blocks on one state; checks the books after each block."""

    def __init__(self, mechanism=0):
        self.state = State(MemoryState(GENESIS))
        hive.SUBNET_MECHANISM.put(self.state, mechanism)
        self.number = 0
        self.initial = count_holdings(self.state).total

    def block(self, count):
        for _ in range(count):
            self.number += 1
            ctx = Context(self.state, Root(), self.number, 0)
            for hook in (*RUNTIME.on_initialize, *RUNTIME.on_finalize):
                if hook.__module__.startswith("chain.runtime.subtensor"):
                    hook(ctx)
        self.check()

    def send(self, account, call, *args):
        before, events = dict(self.state.changes), len(self.state.events)
        try:
            origin = Root() if account is None else Signed(account)
            call.with_args(*args).dispatch(Context(self.state, origin, self.number, 0))
        except DispatchError:
            assert self.state.changes == before
            assert len(self.state.events) == events

    def step(self, kind, *args):
        if kind == "block":
            self.block(*args)
        elif kind == "register":
            self.send(args[0], registration.burned_register, *args[1:])
        elif kind == "stake":
            self.send(args[0], staking.add_stake, *args[1:])
        elif kind == "unstake":
            self.unstake(*args)
        elif kind == "weights":
            uids, values = [uid for uid, _ in args[1]], [value for _, value in args[1]]
            self.send(args[0], weights.set_weights, 1, uids, values, 0)
        elif kind == "take":
            self.send(args[0], takes.decrease_take, *args[1:])
        elif kind == "subnet":
            self.send(args[0], founding.register_network, args[1])
        elif kind == "start":
            self.send(args[0], subnets.start_call, 2)
        elif kind == "any":
            self.send(args[0], args[1][0], *args[1][1:])
        elif kind == "transfer":
            self.send(args[0], balances.transfer_allow_death, Id(args[1]), args[2])
        else:
            self.rules(*args)

    def unstake(self, position, amount):
        positions = [keys for keys, _ in storage.ALPHA.items(self.state)]
        if positions:
            hotkey, coldkey, netuid = positions[position % len(positions)]
            self.send(coldkey, staking.remove_stake, hotkey, netuid, amount)

    def rules(self, uids, emission, cut):
        storage.MAX_ALLOWED_UIDS.put(self.state, 1, max(uids, storage.SUBNETWORK_N.get(self.state, 1)))
        for netuid in get_netuids(self.state):
            storage.SUBNET_EMISSION_ENABLED.put(self.state, netuid, emission)
        storage.SUBNET_OWNER_CUT.put(self.state, cut)

    def check(self):
        state, held = self.state, count_holdings(self.state)
        flow = count_flow(state.events)
        assert held.total == self.initial + flow.emitted - flow.burned
        assert storage.TOTAL_ISSUANCE.get(state) == held.total
        assert supply.get_held_by_accounts(state) == held.accounts
        assert storage.TOTAL_STAKE.get(state) == held.total - held.accounts
        for netuid in (ROOT_NETUID, *get_netuids(state)):
            outstanding = storage.SUBNET_ALPHA_OUT.get(state, netuid)
            stake = sum(value for (_, at), value in storage.TOTAL_HOTKEY_ALPHA.items(state) if at == netuid)
            waiting = sum(item.get(state, netuid) for item in PENDING)
            assert outstanding == stake + waiting
            if not is_dynamic(state, netuid):
                assert storage.SUBNET_TAO.get(state, netuid) == outstanding + storage.SUBNET_ALPHA_IN.get(state, netuid)
        self.check_pools()
        self.check_claims()

    def check_claims(self):
        """What root dividends are owed is there."""
        owed = dict.fromkeys(get_netuids(self.state), 0)
        for (hotkey, coldkey, at), _ in storage.ALPHA.items(self.state):
            if at == ROOT_NETUID:
                held = get_stake(self.state, hotkey, coldkey, ROOT_NETUID)
                for netuid in owed:
                    owed[netuid] += claims.get_owed(self.state, netuid, hotkey, coldkey, held)
        for netuid, amount in owed.items():
            assert amount <= hive.ROOT_CLAIM_RESERVE.get(self.state, netuid)

    def check_pools(self):
        shares: dict[tuple[bytes, int], int] = {}
        for (hotkey, _, netuid), share in storage.ALPHA.items(self.state):
            shares[hotkey, netuid] = shares.get((hotkey, netuid), 0) + share
        assert shares == dict(storage.TOTAL_HOTKEY_SHARES.items(self.state))
        assert {key for key, value in storage.TOTAL_HOTKEY_ALPHA.items(self.state)} == set(shares)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([0, 1]), st.lists(steps, min_size=10, max_size=40))
def test_money_is_conserved_to_the_rao_by_any_calls_and_blocks(mechanism, plan):
    run = Run(mechanism)
    run.block(1)
    run.step("register", COLDKEYS[1], 1, HOTKEYS[1])
    run.step("register", COLDKEYS[2], 1, HOTKEYS[2])
    run.step("stake", COLDKEYS[1], HOTKEYS[1], 1, 12_345 * TAO + 7)
    run.step("stake", COLDKEYS[2], HOTKEYS[1], 0, 54_321 * TAO + 9)
    run.step("stake", COLDKEYS[1], HOTKEYS[2], 0, 999 * TAO)
    run.step("subnet", COLDKEYS[3], HOTKEYS[3])
    run.step("start", COLDKEYS[3])
    storage.SUBNET_EMISSION_ENABLED.put(run.state, 2, True)
    run.step("stake", COLDKEYS[3], HOTKEYS[3], 2, 77 * TAO)
    run.step("any", COLDKEYS[1], (children.set_children, HOTKEYS[1], 1, [(2**63, HOTKEYS[2])]))
    stake_storage.PENDING_CHILD_KEY_COOLDOWN.put(run.state, 1)
    run.block(6)
    run.step("weights", HOTKEYS[1], [(2, 3), (0, 1)])
    for step in plan:
        run.step(*step)
    run.block(7)
    assert count_flow(run.state.events).emitted > 0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(1, 10**15)), max_size=30))
def test_a_share_pool_never_pays_out_more_than_is_in_it(plan):
    pool, held = SharePool(0, 0), [0, 0, 0]
    for deposits, who, amount in plan:
        if deposits:
            bought = pool.shares_for(amount)
            held[who] += bought
            pool = SharePool(pool.value + amount, pool.shares + bought)
        elif pool.shares:
            before = [pool.value_of(share) for share in held]
            paid = min(amount, before[who])
            sold = pool.shares_against(paid, held[who])
            held[who] -= sold
            pool = SharePool(pool.value - paid, pool.shares - sold)
            assert all(pool.value_of(held[other]) >= before[other] for other in {0, 1, 2} - {who})
        if pool.shares:
            pool = SharePool(pool.value + 1, pool.shares)
    assert sum(held) == pool.shares
    assert sum(map(pool.value_of, held)) <= pool.value
    assert pool.shares or not pool.value


def test_emission_halves_where_half_of_the_rest_is_issued():
    assert compute_block_emission(0) == TAO
    assert compute_block_emission(10_500_000 * TAO - 1) == TAO
    assert compute_block_emission(10_500_000 * TAO) == TAO // 2
    assert compute_block_emission(15_750_000 * TAO) == TAO // 4
    assert compute_block_emission(21_000_000 * TAO) == 0
