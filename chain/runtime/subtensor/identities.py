"""Who runs a coldkey, and what a subnet is about."""

from chain.runtime.dispatch import Context, Root, call
from chain.runtime.errors import BadOrigin
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.errors import HotKeyNotRegisteredInNetwork, NotSubnetOwner
from chain.runtime.subtensor.key_errors import InvalidIdentity, SymbolAlreadyInUse, SymbolDoesNotExist
from chain.runtime.subtensor.key_events import ChainIdentitySet, SubnetIdentitySet, SymbolUpdated
from chain.runtime.subtensor.subnets import ensure_subnet
from chain.runtime.subtensor.symbols import SYMBOLS, get_symbols
from chain.runtime.subtensor.types import ChainIdentity, SubnetIdentity
from chain.runtime.types import NetUid

SHORT, LONG = 256, 1024
"""Most bytes of a text."""
_SHORT_TEXTS = {
    ChainIdentity: {"name", "url", "github_repo", "discord"},
    SubnetIdentity: {"subnet_name", "discord"},
}


@call(68, weight=38_980_000)
def set_identity(  # noqa: PLR0913, PLR0917  the dialect's own arguments
    ctx: Context,
    name: bytes,
    url: bytes,
    github_repo: bytes,
    image: bytes,
    discord: bytes,
    description: bytes,
    additional: bytes,
) -> None:
    """Say who runs the calling coldkey, one of whose hotkeys must be registered somewhere."""
    coldkey, state = ctx.signer(), ctx.state
    hotkeys = storage.OWNED_HOTKEYS.get(state, coldkey)
    if not any(_is_registered_anywhere(state, hotkey) for hotkey in hotkeys):
        raise HotKeyNotRegisteredInNetwork
    identity = ChainIdentity(name, url, github_repo, image, discord, description, additional)
    ensure_bounded(identity)
    key_storage.IDENTITIES_V2.put(state, coldkey, identity)
    ctx.deposit(ChainIdentitySet(coldkey))


@call(78, weight=27_500_000)
def set_subnet_identity(  # noqa: PLR0913, PLR0917  the dialect's own arguments
    ctx: Context,
    netuid: NetUid,
    subnet_name: bytes,
    github_repo: bytes,
    subnet_contact: bytes,
    subnet_url: bytes,
    discord: bytes,
    description: bytes,
    logo_url: bytes,
    additional: bytes,
) -> None:
    """Say what the caller's subnet is about."""
    ensure_subnet_owner(ctx, netuid)
    identity = SubnetIdentity(
        subnet_name, github_repo, subnet_contact, subnet_url, discord, description, logo_url, additional
    )
    put_subnet_identity(ctx, netuid, identity)


@call(112, weight=28_000_000)
def update_symbol(ctx: Context, netuid: NetUid, symbol: bytes) -> None:
    """Give a subnet a symbol that no other has; for root and the owner."""
    state = ctx.state
    ensure_subnet(state, netuid)
    if not isinstance(ctx.origin, Root) and storage.SUBNET_OWNER.get(state, netuid) != ctx.signer():
        raise BadOrigin("this call is reserved to root and the owner of the subnet")
    if symbol not in SYMBOLS:
        raise SymbolDoesNotExist
    if symbol in get_symbols(state).values():
        raise SymbolAlreadyInUse
    storage.TOKEN_SYMBOL.put(state, netuid, symbol)
    ctx.deposit(SymbolUpdated(netuid, symbol))


def put_subnet_identity(ctx: Context, netuid: int, identity: SubnetIdentity) -> None:
    """Store what a subnet is about.

    Raises:
        InvalidIdentity: a text is too long.
    """
    ensure_bounded(identity)
    key_storage.SUBNET_IDENTITIES_V3.put(ctx.state, netuid, identity)
    ctx.deposit(SubnetIdentitySet(netuid))


def ensure_bounded(identity: ChainIdentity | SubnetIdentity) -> None:
    """Let only identities pass whose texts are short enough.

    Raises:
        InvalidIdentity: one is too long.
    """
    short = _SHORT_TEXTS[type(identity)]
    for name in type(identity).__dataclass_fields__:
        if len(getattr(identity, name)) > (SHORT if name in short else LONG):
            raise InvalidIdentity


def ensure_subnet_owner(ctx: Context, netuid: int) -> None:
    """Let only the owner of a subnet pass.

    Raises:
        NotSubnetOwner: somebody else owns it, or nobody.
    """
    coldkey = ctx.signer()
    if storage.SUBNET_OWNER.get(ctx.state, netuid) != coldkey:
        raise NotSubnetOwner


def _is_registered_anywhere(state: StateReader, hotkey: bytes) -> bool:
    return next(storage.IS_NETWORK_MEMBER.items(state, hotkey), None) is not None
