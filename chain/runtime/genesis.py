"""How a chain begins: accounts, the sudo key, and the first subnets.

Two presets. ``dev`` sets every value that otherwise stops a small network on one machine: quick epochs, no rate
limits, cheap registration, no commit-reveal, loopback addresses allowed. ``mainnet-like`` keeps the rules of the
public chain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from chain.keys import Keypair
from chain.runtime import balances, hive, sudo, system
from chain.runtime.dispatch import Context, Root
from chain.runtime.runtime import RUNTIME_CODE
from chain.runtime.storage import IDENTITY, StorageMap, StorageValue
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor.ownership import associate
from chain.runtime.subtensor.reserves import STABLE, record_issuance
from chain.runtime.subtensor.subnets import ROOT_NETUID, create_subnet
from chain.runtime.types import NET_UID, AccountData, AccountInfo
from chain.state.overlay import MemoryState, State

RAO_PER_TAO = 1_000_000_000
DEV_ACCOUNTS = ("//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie")
DEV_FORTUNE = 1_000_000 * RAO_PER_TAO
FIRST_NETUID = 1


@dataclass(frozen=True)
class SubnetSpec:
    """A subnet that exists from the start; ``rules`` are values of its storage items by name."""

    netuid: int
    owner_coldkey: bytes
    owner_hotkey: bytes
    tempo: int
    rules: Mapping[str, int | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class GenesisSpec:
    """Everything that a chain's first state is made of.

    ``accounts`` are balances in rao; ``rules`` are values of storage items by name, for the whole chain.
    ``subnet_mechanism`` is that of subnets registered later: 1 trades their alpha in a pool, 0 keeps it equal to TAO.
    ``block_time_ms`` is what the chain's parameters are meant for; clients are told.
    """

    name: str
    block_time_ms: int
    accounts: Mapping[bytes, int]
    sudo_key: bytes
    subnets: tuple[SubnetSpec, ...]
    loopback_axons: bool = False
    subnet_mechanism: int = 1
    faucet: bool = False
    rules: Mapping[str, int] = field(default_factory=dict)


DEV_RULES: Mapping[str, int] = {"AdminFreezeWindow": 0, "NetworkRateLimit": 0, "OwnerHyperparamRateLimit": 0}

DEV_SUBNET_RULES: Mapping[str, int | bool] = {
    "Burn": RAO_PER_TAO // 100,
    "MinBurn": RAO_PER_TAO // 1_000,
    "BurnHalfLife": 20,
    "CommitRevealWeightsEnabled": False,
    "ImmunityPeriod": 100,
    "MinAllowedWeights": 1,
    "MinNonImmuneUids": 0,
    "ServingRateLimit": 1,
    "WeightsSetRateLimit": 1,
}


def dev_spec(*, tempo: int = 20, block_time_ms: int = 1_000) -> GenesisSpec:
    """A network on one machine: Alice to Ferdie are rich, Alice has sudo and owns subnet 1 with ``//Alice//hive``."""
    keys = [Keypair.from_uri(uri).public_key for uri in DEV_ACCOUNTS]
    owner_hotkey = Keypair.from_uri("//Alice//hive").public_key
    subnet = SubnetSpec(FIRST_NETUID, keys[0], owner_hotkey, tempo, DEV_SUBNET_RULES)
    accounts = dict.fromkeys(keys, DEV_FORTUNE)
    return GenesisSpec(
        "dev",
        block_time_ms,
        accounts,
        keys[0],
        (subnet,),
        loopback_axons=True,
        subnet_mechanism=0,
        faucet=True,
        rules=DEV_RULES,
    )


def mainnet_like_spec(*, tempo: int = 360, block_time_ms: int = 12_000) -> GenesisSpec:
    """The rules of the public chain, 12-second blocks and commit-reveal among them, with the dev accounts."""
    dev = dev_spec(tempo=tempo, block_time_ms=block_time_ms)
    owner = dev.subnets[0]
    subnet = SubnetSpec(owner.netuid, owner.owner_coldkey, owner.owner_hotkey, owner.tempo)
    return GenesisSpec("mainnet-like", block_time_ms, dev.accounts, dev.sudo_key, (subnet,))


class SpecBuilder(Protocol):
    """Makes the specification of a chain of this pace."""

    def __call__(self, *, tempo: int, block_time_ms: int) -> GenesisSpec:
        """The specification."""
        ...


@dataclass(frozen=True)
class Preset:
    """A kind of chain, and the pace that it is meant for."""

    build: SpecBuilder
    tempo: int
    block_time_ms: int


PRESETS: Mapping[str, Preset] = {
    "dev": Preset(dev_spec, 20, 1_000),
    "mainnet-like": Preset(mainnet_like_spec, 360, 12_000),
}


def build_genesis(spec: GenesisSpec) -> dict[bytes, bytes]:
    """State of block 0.

    Raises:
        KeyError: a rule names no storage item.
    """
    state = State(MemoryState())
    ctx = Context(state, Root(), 0, 0)
    system.note_runtime(ctx, RUNTIME_CODE)
    _endow(state, spec.accounts)
    sudo.KEY.put(state, spec.sudo_key)
    hive.LOOPBACK_AXONS.put(state, spec.loopback_axons)
    hive.SUBNET_MECHANISM.put(state, spec.subnet_mechanism)
    hive.FAUCET.put(state, spec.faucet)
    hive.SLOT_DURATION.put(state, spec.block_time_ms)
    _open_root(state)
    for name, value in spec.rules.items():
        _RULES[name].put(state, value)
    for subnet in spec.subnets:
        _add_subnet(ctx, subnet)
    record_issuance(state)
    return {key: value for key, value in sorted(state.changes.items()) if value is not None}


def _open_root(state: State) -> None:
    """Create the root network, which is open to staking."""
    storage.NETWORKS_ADDED.put(state, ROOT_NETUID, True)
    storage.TOTAL_NETWORKS.put(state, 1)
    storage.SUBTOKEN_ENABLED.put(state, ROOT_NETUID, True)
    storage.MAX_ALLOWED_UIDS.put(state, ROOT_NETUID, 64)
    storage.MAX_ALLOWED_VALIDATORS.put(state, ROOT_NETUID, 64)
    storage.TOKEN_SYMBOL.put(state, ROOT_NETUID, "Τ".encode())


def _endow(state: State, accounts: Mapping[bytes, int]) -> None:
    for account, free in accounts.items():
        system.ACCOUNT.put(state, account, AccountInfo(providers=1, data=AccountData(free=free)))
    balances.TOTAL_ISSUANCE.put(state, sum(accounts.values()))


def _add_subnet(ctx: Context, subnet: SubnetSpec) -> None:
    """Create a subnet that emits from the first block and is open to staking."""
    state, netuid = ctx.state, subnet.netuid
    associate(state, subnet.owner_coldkey, subnet.owner_hotkey)
    create_subnet(state, netuid, subnet.owner_coldkey, subnet.owner_hotkey, 0, mechanism=STABLE)
    storage.TEMPO.put(state, netuid, subnet.tempo)
    storage.LAST_EPOCH_BLOCK.put(state, netuid, 0)
    storage.SUBNET_EMISSION_ENABLED.put(state, netuid, True)
    storage.SUBTOKEN_ENABLED.put(state, netuid, True)
    storage.FIRST_EMISSION_BLOCK_NUMBER.put(state, netuid, 1)
    for name, value in subnet.rules.items():
        _SUBNET_RULES[name].put(state, netuid, value)


_RULES: Mapping[str, StorageValue[int]] = {
    item.name: item
    for module in (storage, stake_storage, key_storage)
    for item in vars(module).values()
    if isinstance(item, StorageValue)
}

_SUBNET_RULES: Mapping[str, StorageMap[int, int | bool]] = {
    item.name: item
    for module in (storage, stake_storage, key_storage)
    for item in vars(module).values()
    if isinstance(item, StorageMap) and item.keys == ((IDENTITY, NET_UID),)
}
