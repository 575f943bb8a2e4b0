"""What a proxy may do: the kinds of proxies and the calls that each may make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum

from chain.runtime.dispatch import RUNTIME_CALL, Call
from chain.runtime.ranges import RuntimeCalls
from chain.scale.composite import unit_enum

SMALL_TRANSFER_LIMIT = 500_000_000
"""Rao, or alpha, that a proxy for small transfers may not reach."""


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


GONE = (ProxyType.Senate, ProxyType.Triumvirate, ProxyType.Governance, ProxyType.RootWeights)
"""Kinds for what is no more: they allow nothing."""


@unit_enum("subtensor_runtime_common::FilterMode")
class FilterMode(Enum):
    """What the calls of a kind mean."""

    AllowAll = 0
    DenyAll = 1
    Allow = 2
    Deny = 3


@dataclass(frozen=True)
class Below:
    """An argument of a call must be less than a limit."""

    parameter: str
    limit: int


@dataclass(frozen=True)
class Holding:
    """A call must hold another one, named as ``Pallet.call``."""

    name: str


@dataclass(frozen=True)
class Rule:
    """Which calls a kind allows.

    ``calls`` are named as ``Pallet.call``, or ``Pallet.*`` for all of a pallet; with them, what must hold besides.
    ``exceptions`` are not allowed though they are among the calls.
    """

    mode: FilterMode
    calls: Mapping[str, Below | Holding | None]
    exceptions: tuple[str, ...] = ()


def _allow(*calls: str, exceptions: tuple[str, ...] = ()) -> Rule:
    return Rule(FilterMode.Allow, dict.fromkeys(calls), exceptions)


def _deny(*calls: str) -> Rule:
    return Rule(FilterMode.Deny, dict.fromkeys(calls))


def _of(pallet: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{pallet}.{name}" for name in names)


_TRANSFER_STAKE = "SubtensorModule.transfer_stake"
_ANNOUNCED_SWAPS = _of(
    "SubtensorModule",
    "announce_coldkey_swap",
    "swap_coldkey_announced",
    "clear_coldkey_swap_announcement",
    "dispute_coldkey_swap",
)
_COLDKEY_SWAPS = (*_of("SubtensorModule", "schedule_swap_coldkey", "swap_coldkey"), *_ANNOUNCED_SWAPS)
_HOTKEY_SWAPS = _of("SubtensorModule", "swap_hotkey", "swap_hotkey_v2")
_STAKING = _of(
    "SubtensorModule",
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
_OF_LESSEES = _of(
    "AdminUtils",
    "sudo_set_serving_rate_limit",
    "sudo_set_min_difficulty",
    "sudo_set_max_difficulty",
    "sudo_set_weights_version_key",
    "sudo_set_adjustment_alpha",
    "sudo_set_immunity_period",
    "sudo_set_min_allowed_weights",
    "sudo_set_kappa",
    "sudo_set_rho",
    "sudo_set_activity_cutoff",
    "sudo_set_network_registration_allowed",
    "sudo_set_network_pow_registration_allowed",
    "sudo_set_max_burn",
    "sudo_set_bonds_moving_average",
    "sudo_set_bonds_penalty",
    "sudo_set_commit_reveal_weights_enabled",
    "sudo_set_liquid_alpha_enabled",
    "sudo_set_alpha_values",
    "sudo_set_commit_reveal_weights_interval",
    "sudo_set_toggle_transfer",
    "sudo_set_subnet_emission_enabled",
    "sudo_set_min_childkey_take_per_subnet",
)

RULES: Mapping[ProxyType, Rule] = {
    ProxyType.Any: Rule(FilterMode.AllowAll, {}),
    ProxyType.NonTransfer: _deny("Balances.*", _TRANSFER_STAKE, *_COLDKEY_SWAPS),
    ProxyType.NonFungible: _deny(
        "Balances.*",
        *_STAKING,
        _TRANSFER_STAKE,
        *_of("SubtensorModule", "burned_register", "root_register"),
        *_COLDKEY_SWAPS,
        *_HOTKEY_SWAPS,
    ),
    ProxyType.Transfer: _allow(
        *_of("Balances", "transfer_keep_alive", "transfer_allow_death", "transfer_all"), _TRANSFER_STAKE
    ),
    ProxyType.SmallTransfer: Rule(
        FilterMode.Allow,
        {
            "Balances.transfer_keep_alive": Below("value", SMALL_TRANSFER_LIMIT),
            "Balances.transfer_allow_death": Below("value", SMALL_TRANSFER_LIMIT),
            _TRANSFER_STAKE: Below("alpha_amount", SMALL_TRANSFER_LIMIT),
        },
    ),
    ProxyType.Owner: _allow(
        "AdminUtils.*",
        *_of("SubtensorModule", "set_subnet_identity", "update_symbol"),
        exceptions=_of("AdminUtils", "sudo_set_sn_owner_hotkey", "sudo_set_subnet_owner_hotkey"),
    ),
    ProxyType.NonCritical: _deny(
        *_of("SubtensorModule", "dissolve_network", "root_register", "burned_register"), "Sudo.*", *_ANNOUNCED_SWAPS
    ),
    ProxyType.Staking: _allow(*_STAKING, "SubtensorModule.set_root_claim_type"),
    ProxyType.Registration: _allow(*_of("SubtensorModule", "burned_register", "register", "register_limit")),
    ProxyType.ChildKeys: _allow(*_of("SubtensorModule", "set_children", "set_childkey_take")),
    ProxyType.SudoUncheckedSetCode: Rule(FilterMode.Allow, {"Sudo.sudo_unchecked_weight": Holding("System.set_code")}),
    ProxyType.SwapHotkey: _allow(*_HOTKEY_SWAPS),
    ProxyType.SubnetLeaseBeneficiary: _allow("SubtensorModule.start_call", *_OF_LESSEES),
    ProxyType.RootClaim: _allow("SubtensorModule.claim_root"),
    **dict.fromkeys(GONE, Rule(FilterMode.DenyAll, {})),
}


def is_allowed(kind: ProxyType, call: Call) -> bool:
    """Whether a proxy of this kind may make the call."""
    return _DECISIONS[RULES[kind].mode](RULES[kind], call)


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


def _is_listed(rule: Rule, call: Call) -> bool:
    name = name_of(call)
    if name in rule.exceptions:
        return False
    if f"{name.partition('.')[0]}.*" in rule.calls:
        return True
    return name in rule.calls and _holds(rule.calls[name], call)


def _holds(condition: Below | Holding | None, call: Call) -> bool:
    match condition:
        case Below(parameter, limit):
            names = [field.name for field in call.declaration.fields]
            amount = call.args[names.index(parameter)]
            return isinstance(amount, int) and amount < limit
        case Holding(name):
            return any(isinstance(inner, Call) and name_of(inner) == name for inner in call.args)
    return True


_DECISIONS: Mapping[FilterMode, Callable[[Rule, Call], bool]] = {
    FilterMode.AllowAll: lambda _rule, _call: True,
    FilterMode.DenyAll: lambda _rule, _call: False,
    FilterMode.Allow: _is_listed,
    FilterMode.Deny: lambda rule, call: not _is_listed(rule, call),
}
