"""Calls that a proxy announces, so that the account that it acts for may object in time."""

from collections.abc import Callable

from chain.crypto import blake2_256
from chain.runtime.balances import lookup
from chain.runtime.deposits import adjust
from chain.runtime.dispatch import RUNTIME_CALL, Call, Context, RuntimeCall, call
from chain.runtime.errors import ModuleError
from chain.runtime.proxy import storage
from chain.runtime.proxy.delegation import MaybeKind, act, compute_deposit, find_proxy
from chain.runtime.proxy.kinds import ProxyType
from chain.runtime.proxy.storage import Announcement, DepositKind
from chain.runtime.types import Hash, MultiAddress, Pays, Weight


@call(6, weight=60_000_000)
def announce(ctx: Context, real: MultiAddress, call_hash: Hash) -> None:
    """Publish the hash of a proxy-call that will be made in the future."""
    who, account = ctx.signer(), lookup(real)
    find_proxy(ctx.state, account, who, None)
    pending, deposit = storage.ANNOUNCEMENTS.get(ctx.state, who)
    if len(pending) >= storage.MAX_PENDING:
        raise storage.TooMany
    _put_pending(ctx, who, [*pending, Announcement(account, call_hash, ctx.block_number)], deposit)
    ctx.deposit(storage.Announced(account, who, call_hash))


@call(7, weight=60_000_000)
def remove_announcement(ctx: Context, real: MultiAddress, call_hash: Hash) -> None:
    """Remove a given announcement of the sender; its deposit goes back."""
    account = lookup(real)
    _drop(ctx, ctx.signer(), lambda item: (item.real, item.call_hash) == (account, call_hash), storage.NotFound)


@call(8, weight=60_000_000)
def reject_announcement(ctx: Context, delegate: MultiAddress, call_hash: Hash) -> None:
    """Remove the given announcement of a delegate of the sender."""
    who = ctx.signer()
    _drop(ctx, lookup(delegate), lambda item: (item.real, item.call_hash) == (who, call_hash), storage.NotFound)


def weigh_announced(delegate: object, real: object, kind: ProxyType | None, inner: Call) -> Weight:
    """Weight of an announced call."""
    return inner.weight + Weight(60_000_000, 0)


@call(9, weight=weigh_announced)
def proxy_announced(
    ctx: Context, delegate: MultiAddress, real: MultiAddress, force_proxy_type: MaybeKind, call: RuntimeCall
) -> None:
    """Dispatch the given `call` from an account that its delegate announced long enough ago."""
    ctx.signer()
    proxy, account = lookup(delegate), lookup(real)
    found = find_proxy(ctx.state, account, proxy, force_proxy_type)
    call_hash = blake2_256(RUNTIME_CALL.encode(call))

    def is_due(item: Announcement) -> bool:
        known = (item.real, item.call_hash) == (account, call_hash)
        return known and ctx.block_number - item.height >= found.delay

    _drop(ctx, proxy, is_due, storage.Unannounced)
    act(ctx, account, found, call)


@call(10, weight=50_000_000)
def poke_deposit(ctx: Context) -> Pays:
    """Bring the sender's deposits to what they cost now; free where that changes anything."""
    who = ctx.signer()
    proxies, held = storage.PROXIES.get(ctx.state, who)
    pending, announced = storage.ANNOUNCEMENTS.get(ctx.state, who)
    due, due_announced = compute_deposit(len(proxies)), _compute_deposit(len(pending))
    if held != due:
        adjust(ctx, who, held, due)
        storage.PROXIES.put(ctx.state, who, (proxies, due))
        ctx.deposit(storage.DepositPoked(who, DepositKind.Proxies, held, due))
    if announced != due_announced:
        adjust(ctx, who, announced, due_announced)
        storage.ANNOUNCEMENTS.put(ctx.state, who, (pending, due_announced))
        ctx.deposit(storage.DepositPoked(who, DepositKind.Announcements, announced, due_announced))
    return Pays.Yes if (held, announced) == (due, due_announced) else Pays.No


def _compute_deposit(count: int) -> int:
    """Rao reserved for so many announcements."""
    return storage.ANNOUNCEMENT_DEPOSIT_BASE + storage.ANNOUNCEMENT_DEPOSIT_FACTOR * count if count else 0


def _put_pending(ctx: Context, who: bytes, pending: list[Announcement], deposit: int) -> None:
    due = _compute_deposit(len(pending))
    adjust(ctx, who, deposit, due)
    if pending:
        storage.ANNOUNCEMENTS.put(ctx.state, who, (pending, due))
    else:
        storage.ANNOUNCEMENTS.remove(ctx.state, who)


def _drop(ctx: Context, who: bytes, drops: Callable[[Announcement], bool], missing: type[ModuleError]) -> None:
    """Remove the announcements of ``who`` that ``drops`` picks.

    Raises:
        ModuleError: the ``missing`` one; it picks none.
    """
    pending, deposit = storage.ANNOUNCEMENTS.get(ctx.state, who)
    kept = [item for item in pending if not drops(item)]
    if len(kept) == len(pending):
        raise missing
    _put_pending(ctx, who, kept, deposit)
