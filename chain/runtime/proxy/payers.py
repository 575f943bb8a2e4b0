"""Who pays the fee of a call that is made for somebody else: who signs it, unless the other agreed to pay."""

from collections.abc import Iterable
from typing import cast

from chain.runtime import utility
from chain.runtime.balances import lookup
from chain.runtime.dispatch import Call, Context, call
from chain.runtime.errors import CannotLookup
from chain.runtime.proxy import delegation, storage
from chain.runtime.storage import StateReader
from chain.runtime.types import MultiAddress

_BATCHES = (utility.batch, utility.batch_all, utility.force_batch)


@call(11, weight=50_000_000)
def set_real_pays_fee(ctx: Context, delegate: MultiAddress, pays_fee: bool) -> None:
    """Set whether the sender pays the fees of calls that a proxy makes for it."""
    real, proxy = ctx.signer(), lookup(delegate)
    delegation.find_proxy(ctx.state, real, proxy, None)
    if pays_fee:
        storage.REAL_PAYS_FEE.put(ctx.state, real, proxy, ())
    else:
        storage.REAL_PAYS_FEE.remove(ctx.state, real, proxy)
    ctx.deposit(storage.RealPaysFeeSet(real, proxy, pays_fee))


def find_payer(state: StateReader, signer: bytes, call: Call) -> bytes:
    """Who pays the fee: whom the call is made for, where that account agreed.

    Where what is made is a call for a third account, or a batch of calls for just one, and that one agreed as well,
    it pays.
    """
    real = _find_willing(state, signer, [call]) if call.declaration is delegation.proxy else None
    if real is None:
        return signer
    inner = call.args[2]
    assert isinstance(inner, Call)
    parts = inner.args[0] if inner.declaration in _BATCHES else [inner]
    assert isinstance(parts, list)
    return _find_willing(state, real, parts) or real


def _find_willing(state: StateReader, delegate: bytes, calls: Iterable[Call]) -> bytes | None:
    """The one account for which a delegate makes all these calls, if it agreed to pay."""
    try:
        reals = {_get_real(made) for made in calls}
    except CannotLookup:
        return None
    real = reals.pop() if len(reals) == 1 else None
    return real if real is not None and storage.REAL_PAYS_FEE.contains(state, real, delegate) else None


def _get_real(made: Call) -> bytes | None:
    """For whom a call is made, if for somebody else."""
    return lookup(cast(MultiAddress, made.args[0])) if made.declaration is delegation.proxy else None
