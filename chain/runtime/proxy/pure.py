"""Pure proxies: accounts without a key, which only their proxies can use."""

from typing import Annotated

from chain.crypto import blake2_256
from chain.runtime.balances import lookup
from chain.runtime.deposits import reserve, unreserve
from chain.runtime.dispatch import Context, call
from chain.runtime.proxy import storage
from chain.runtime.proxy.delegation import compute_deposit
from chain.runtime.proxy.kinds import ProxyType
from chain.runtime.proxy.storage import BlockNumber, Kind, ProxyDefinition
from chain.runtime.types import MultiAddress
from chain.scale.containers import Compact
from chain.scale.hints import TypeName, u16
from chain.scale.types import U8, U16, U32

CompactBlock = Annotated[int, Compact(U32), TypeName("BlockNumberFor<T>")]
CompactIndex = Annotated[int, Compact(U32), TypeName("u32")]


@call(4, weight=60_000_000)
def create_pure(ctx: Context, proxy_type: Kind, delay: BlockNumber, index: u16) -> None:
    """Spawn a fresh new account that is guaranteed to be otherwise inaccessible, and make the sender its proxy."""
    who = ctx.signer()
    account = derive_account(who, proxy_type, index, (ctx.block_number, ctx.extrinsic_index))
    if storage.PROXIES.contains(ctx.state, account):
        raise storage.Duplicate
    deposit = compute_deposit(1)
    reserve(ctx, who, deposit)
    storage.PROXIES.put(ctx.state, account, ([ProxyDefinition(who, proxy_type, delay)], deposit))
    ctx.deposit(storage.PureCreated(account, who, proxy_type, index))


@call(5, weight=60_000_000)
def kill_pure(
    ctx: Context,
    spawner: MultiAddress,
    proxy_type: Kind,
    index: u16,
    height: CompactBlock,
    ext_index: CompactIndex,
) -> None:
    """Removes a previously spawned pure proxy, which must be the sender; all that it holds is lost."""
    who, creator = ctx.signer(), lookup(spawner)
    if derive_account(creator, proxy_type, index, (height, ext_index)) != who:
        raise storage.NoPermission
    _, deposit = storage.PROXIES.get(ctx.state, who)
    storage.PROXIES.remove(ctx.state, who)
    unreserve(ctx, creator, deposit)
    ctx.deposit(storage.PureKilled(who, creator, proxy_type, index))


def derive_account(who: bytes, kind: ProxyType, index: int, when: tuple[int, int]) -> bytes:
    """The account that ``who`` spawns with the extrinsic of block ``when[0]`` at place ``when[1]``."""
    place = U32.encode(when[0]) + U32.encode(when[1])
    return blake2_256(b"modlpy/proxy____" + who + place + U8.encode(int(kind)) + U16.encode(index))
