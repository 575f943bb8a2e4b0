"""What a proxy may do: the kinds of proxies and the calls that each may make."""

from collections.abc import Callable, Mapping
from enum import IntEnum

from chain.runtime.dispatch import RUNTIME_CALL, Call
from chain.runtime.ranges import RuntimeCalls
from chain.scale.composite import unit_enum

SMALL_TRANSFER_LIMIT = 500_000_000
"""Rao that a proxy for small transfers may not reach."""


@unit_enum("subtensor_runtime_common::ProxyType")
class ProxyType(IntEnum):
    """A kind of proxy."""

    Any = 0
    Owner = 1
    NonCritical = 2
    NonTransfer = 3
    Senate = 4
    NonFungible = 5
    Triumvirate = 6
    Governance = 7
    Staking = 8
    Registration = 9
    Transfer = 10
    SmallTransfer = 11
    RootWeights = 12
    ChildKeys = 13
    SudoUncheckedSetCode = 14
    SwapHotkey = 15
    SubnetLeaseBeneficiary = 16
    RootClaim = 17


Rule = Callable[[str, Call], bool]
"""Whether a call, whose name is given as ``Pallet.call``, is allowed."""

_TRANSFERS = frozenset(
    {
        "Balances.transfer_keep_alive",
        "Balances.transfer_allow_death",
        "Balances.transfer_all",
        "SubtensorModule.transfer_stake",
    }
)
_COLDKEY_SWAPS = frozenset(
    f"SubtensorModule.{name}"
    for name in ("schedule_swap_coldkey", "swap_coldkey", "announce_coldkey_swap", "swap_coldkey_announced")
)
_STAKING = frozenset(
    f"SubtensorModule.{name}"
    for name in (
        "add_stake",
        "add_stake_limit",
        "remove_stake",
        "remove_stake_limit",
        "remove_stake_full_limit",
        "unstake_all",
        "unstake_all_alpha",
        "swap_stake",
        "swap_stake_limit",
        "move_stake",
    )
)
_REGISTRATIONS = frozenset({"SubtensorModule.burned_register", "SubtensorModule.register"})
_MONEY = (
    _STAKING
    | _COLDKEY_SWAPS
    | {
        "SubtensorModule.transfer_stake",
        "SubtensorModule.burned_register",
        "SubtensorModule.root_register",
        "SubtensorModule.recycle_alpha",
        "SubtensorModule.burn_alpha",
        "SubtensorModule.swap_hotkey",
    }
)
_CRITICAL = frozenset(
    f"SubtensorModule.{name}"
    for name in ("dissolve_network", "root_dissolve_network", "root_register", "burned_register")
)
_OF_OWNERS = frozenset({"SubtensorModule.set_subnet_identity", "SubtensorModule.update_symbol"})


def _only(*names: str) -> Rule:
    return lambda name, _call: name in names


def _is_small_transfer(name: str, call: Call) -> bool:
    place = {"Balances.transfer_keep_alive": 1, "Balances.transfer_allow_death": 1, "SubtensorModule.transfer_stake": 4}
    amount = call.args[place[name]] if name in place else None
    return isinstance(amount, int) and amount < SMALL_TRANSFER_LIMIT


def _is_owners(name: str, _call: Call) -> bool:
    handed_over = name == "AdminUtils.sudo_set_sn_owner_hotkey"
    return (name.startswith("AdminUtils.") and not handed_over) or name in _OF_OWNERS


def _sets_code(name: str, call: Call) -> bool:
    inner = call.args[0] if name == "Sudo.sudo_unchecked_weight" else None
    return isinstance(inner, Call) and name_of(inner) == "System.set_code"


def _never(_name: str, _call: Call) -> bool:
    return False


_RULES: Mapping[ProxyType, Rule] = {
    ProxyType.Any: lambda _name, _call: True,
    ProxyType.Owner: _is_owners,
    ProxyType.NonCritical: lambda name, _call: not name.startswith("Sudo.") and name not in _CRITICAL,
    ProxyType.NonTransfer: lambda name, _call: (
        not name.startswith("Balances.") and name != "SubtensorModule.transfer_stake" and name not in _COLDKEY_SWAPS
    ),
    ProxyType.NonFungible: lambda name, _call: not name.startswith("Balances.") and name not in _MONEY,
    ProxyType.Staking: lambda name, _call: name in _STAKING or name == "SubtensorModule.set_root_claim_type",
    ProxyType.Registration: lambda name, _call: name in _REGISTRATIONS,
    ProxyType.Transfer: lambda name, _call: name in _TRANSFERS,
    ProxyType.SmallTransfer: _is_small_transfer,
    ProxyType.ChildKeys: _only("SubtensorModule.set_children", "SubtensorModule.set_childkey_take"),
    ProxyType.SudoUncheckedSetCode: _sets_code,
    ProxyType.SwapHotkey: _only("SubtensorModule.swap_hotkey"),
    ProxyType.SubnetLeaseBeneficiary: lambda name, call: name == "SubtensorModule.start_call" or _is_owners(name, call),
    ProxyType.RootClaim: _only("SubtensorModule.claim_root"),
}


def is_allowed(kind: ProxyType, call: Call) -> bool:
    """Whether a proxy of this kind may make the call; those of governance, which is gone, may make none."""
    return _RULES.get(kind, _never)(name_of(call), call)


def is_superset(kind: ProxyType, other: ProxyType) -> bool:
    """Whether a proxy of one kind may do all that one of the other may."""
    if kind in (other, ProxyType.Any):
        return True
    return (kind, other) == (ProxyType.Transfer, ProxyType.SmallTransfer)


def name_of(call: Call) -> str:
    """A call as ``Pallet.call``."""
    calls = RUNTIME_CALL.resolve()
    assert isinstance(calls, RuntimeCalls)
    return calls.names[call.declaration]
