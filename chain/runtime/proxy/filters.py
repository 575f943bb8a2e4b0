"""ProxyFilterRuntimeApi: the kinds of proxies, and which calls each may make."""

from typing import Annotated

from chain.runtime.api import Api, ApiContext
from chain.runtime.dispatch import RUNTIME_CALL
from chain.runtime.proxy.kinds import GONE, RULES, Below, FilterMode, Holding, ProxyType
from chain.runtime.ranges import RuntimeCalls
from chain.scale.composite import enum_of, struct, variant
from chain.scale.containers import BYTES, Option
from chain.scale.hints import TypeName, u8, u128
from chain.scale.types import U8, Type

_CRATE = "subtensor_runtime_common"


@variant(0)
class ParamLessThan:
    """An argument must be less than a limit."""

    param_name: bytes
    limit: u128


@variant(1)
class NestedCallMustBe:
    """The call must hold another one."""

    pallet_name: bytes
    call_name: bytes


Condition = ParamLessThan | NestedCallMustBe
CONDITION: Type[Condition] = enum_of(f"{_CRATE}::CallCondition", ParamLessThan, NestedCallMustBe)


@struct(f"{_CRATE}::CallInfo")
class CallInfo:
    """A call that a kind of proxy allows or denies; all of a pallet where none is named."""

    pallet_name: bytes
    pallet_index: u8
    call_name: Annotated[bytes | None, Option(BYTES), TypeName("Option<Vec<u8>>")]
    call_index: Annotated[int | None, Option(U8), TypeName("Option<u8>")]
    condition: Annotated[Condition | None, Option(CONDITION), TypeName("Option<CallCondition>")]


@struct(f"{_CRATE}::ProxyFilterInfo")
class ProxyFilterInfo:
    """What a kind of proxy may do."""

    proxy_type: u8
    name: bytes
    deprecated: bool
    filter_mode: FilterMode
    calls: list[CallInfo]
    exceptions: list[CallInfo]


@struct(f"{_CRATE}::ProxyTypeInfo")
class ProxyTypeInfo:
    """A kind of proxy."""

    name: bytes
    index: u8
    deprecated: bool


MaybeKind = Annotated[int | None, Option(U8), TypeName("Option<u8>")]


def get_proxy_types(ctx: ApiContext) -> list[ProxyTypeInfo]:
    """All kinds of proxies."""
    return [ProxyTypeInfo(kind.name.encode(), int(kind), kind in GONE) for kind in ProxyType]


def get_proxy_filter(ctx: ApiContext, proxy_type: MaybeKind) -> list[ProxyFilterInfo]:
    """What the proxies of one kind may do, or of all where none is named."""
    return [describe(kind) for kind in RULES if proxy_type in (None, int(kind))]


def describe(kind: ProxyType) -> ProxyFilterInfo:
    """The rule of a kind, as far as this ledger has its calls."""
    rule = RULES[kind]
    calls = [info for name, condition in rule.calls.items() if (info := _describe_call(name, condition))]
    exceptions = [info for name in rule.exceptions if (info := _describe_call(name, None))]
    return ProxyFilterInfo(int(kind), kind.name.encode(), kind in GONE, rule.mode, calls, exceptions)


def _describe_call(full_name: str, condition: Below | Holding | None) -> CallInfo | None:
    pallet_name, _, name = full_name.partition(".")
    calls = RUNTIME_CALL.resolve()
    assert isinstance(calls, RuntimeCalls)
    pallet = next(pallet for pallet in calls.pallets if pallet.name == pallet_name)
    head = (pallet_name.encode(), pallet.index)
    if name == "*":
        return CallInfo(*head, None, None, None)
    found = next((call for call in pallet.calls if call.name == name), None)
    return CallInfo(*head, name.encode(), found.index, _describe_condition(condition)) if found else None


def _describe_condition(condition: Below | Holding | None) -> Condition | None:
    match condition:
        case Below(parameter, limit):
            return ParamLessThan(parameter.encode(), limit)
        case Holding(name):
            pallet, _, call = name.partition(".")
            return NestedCallMustBe(pallet.encode(), call.encode())
    return None


API = Api("ProxyFilterRuntimeApi", (get_proxy_types, get_proxy_filter))
