"""Naming proxies, and acting for those who named one."""

from typing import Annotated

from chain.runtime.balances import lookup
from chain.runtime.deposits import adjust, unreserve
from chain.runtime.dispatch import Call, CallFilter, Context, RuntimeCall, Signed, call
from chain.runtime.errors import DispatchError
from chain.runtime.outcome import DISPATCH_RESULT, describe_failure
from chain.runtime.proxy import storage
from chain.runtime.proxy.kinds import ProxyType, is_allowed, is_superset, name_of
from chain.runtime.proxy.storage import BlockNumber, Kind, ProxyDefinition
from chain.runtime.storage import StateReader
from chain.runtime.system import CallFiltered
from chain.runtime.types import MultiAddress, Weight
from chain.scale.hints import TypeName

MaybeKind = Annotated[ProxyType | None, TypeName("Option<T::ProxyType>")]


def weigh_proxy(real: object, kind: ProxyType | None, inner: Call) -> Weight:
    """Weight of a call for somebody else."""
    return inner.weight + Weight(40_000_000, 0)


@call(0, weight=weigh_proxy)
def proxy(ctx: Context, real: MultiAddress, force_proxy_type: MaybeKind, call: RuntimeCall) -> None:
    """Dispatch the given `call` from an account that the sender is authorised for."""
    account = lookup(real)
    found = find_proxy(ctx.state, account, ctx.signer(), force_proxy_type)
    if found.delay:
        raise storage.Unannounced
    act(ctx, account, found, call)


@call(1, weight=50_000_000)
def add_proxy(ctx: Context, delegate: MultiAddress, proxy_type: Kind, delay: BlockNumber) -> None:
    """Register a proxy account for the sender that is able to make calls on its behalf."""
    who, added = ctx.signer(), ProxyDefinition(lookup(delegate), proxy_type, delay)
    proxies, deposit = storage.PROXIES.get(ctx.state, who)
    if added.delegate == who:
        raise storage.NoSelfProxy
    if len(proxies) >= storage.MAX_PROXIES:
        raise storage.TooMany
    if added in proxies:
        raise storage.Duplicate
    _put_proxies(ctx, who, sorted([*proxies, added], key=lambda item: item.order), deposit)
    ctx.deposit(storage.ProxyAdded(who, added.delegate, proxy_type, delay))


@call(2, weight=50_000_000)
def remove_proxy(ctx: Context, delegate: MultiAddress, proxy_type: Kind, delay: BlockNumber) -> None:
    """Unregister a proxy account for the sender."""
    who, removed = ctx.signer(), ProxyDefinition(lookup(delegate), proxy_type, delay)
    proxies, deposit = storage.PROXIES.get(ctx.state, who)
    if removed not in proxies:
        raise storage.NotFound
    _put_proxies(ctx, who, [item for item in proxies if item != removed], deposit)
    storage.REAL_PAYS_FEE.remove(ctx.state, who, removed.delegate)
    ctx.deposit(storage.ProxyRemoved(who, removed.delegate, proxy_type, delay))


@call(3, weight=50_000_000)
def remove_proxies(ctx: Context) -> None:
    """Unregister all proxy accounts for the sender."""
    who = ctx.signer()
    _, deposit = storage.PROXIES.get(ctx.state, who)
    storage.PROXIES.remove(ctx.state, who)
    storage.REAL_PAYS_FEE.clear(ctx.state, who)
    unreserve(ctx, who, deposit)


def find_proxy(state: StateReader, real: bytes, delegate: bytes, kind: ProxyType | None) -> ProxyDefinition:
    """The first proxy of ``real`` that ``delegate`` is, of the kind that is asked for.

    Raises:
        NotProxy: there is none.
    """
    for found in storage.PROXIES.get(state, real)[0]:
        if found.delegate == delegate and kind in (None, found.proxy_type):
            return found
    raise storage.NotProxy


def act(ctx: Context, real: bytes, found: ProxyDefinition, inner: Call) -> None:
    """Make a call for somebody else, as far as the kind of proxy allows it; what becomes of it is an event."""
    failure = None
    try:
        inner.dispatch(ctx.as_origin(Signed(real), _build_filter(found.proxy_type)))
    except DispatchError as error:
        failure = describe_failure(error)
    ctx.state.put(storage.LAST_CALL_RESULT.raw_key(real), DISPATCH_RESULT.encode(failure))
    ctx.deposit(storage.ProxyExecuted(failure))


def compute_deposit(count: int) -> int:
    """Rao reserved for so many proxies."""
    return storage.PROXY_DEPOSIT_BASE + storage.PROXY_DEPOSIT_FACTOR * count if count else 0


def _put_proxies(ctx: Context, who: bytes, proxies: list[ProxyDefinition], deposit: int) -> None:
    due = compute_deposit(len(proxies))
    adjust(ctx, who, deposit, due)
    if proxies:
        storage.PROXIES.put(ctx.state, who, (proxies, due))
    else:
        storage.PROXIES.remove(ctx.state, who)


def _build_filter(kind: ProxyType) -> CallFilter:
    def ensure_allowed(inner: Call) -> None:
        if not _is_within(kind, inner):
            raise CallFiltered

    return ensure_allowed


def _is_within(kind: ProxyType, inner: Call) -> bool:
    """Whether the kind allows the call, and the call makes no proxy stronger than the kind is."""
    name = name_of(inner)
    if name in ("Proxy.add_proxy", "Proxy.remove_proxy"):
        other = inner.args[1]
        assert isinstance(other, ProxyType)
        if not is_superset(kind, other):
            return False
    if name in ("Proxy.remove_proxies", "Proxy.kill_pure") and kind != ProxyType.Any:
        return False
    return is_allowed(kind, inner)
