"""Free money, on chains whose money is worth nothing."""

from chain.runtime.balances import deposit
from chain.runtime.dispatch import Context, call
from chain.runtime.hive import FAUCET
from chain.runtime.subtensor.key_errors import FaucetDisabled
from chain.runtime.subtensor.stake_events import Faucet
from chain.runtime.supply import announce_issued
from chain.runtime.types import Pays
from chain.scale.hints import u64

PORTION = 1_000_000_000_000


@call(60, weight=37_870_000, pays=Pays.No)
def faucet(ctx: Context, block_number: u64, nonce: u64, work: bytes) -> None:
    """Create a thousand TAO for the caller; the proof of work of public test chains is not asked for."""
    account = ctx.signer()
    if not FAUCET.get(ctx.state):
        raise FaucetDisabled
    deposit(ctx, account, PORTION)
    announce_issued(ctx, PORTION)
    ctx.deposit(Faucet(account, PORTION))
