"""The validator's own seat in the subnet."""

import logging
from collections.abc import Callable

from chain.client import Call, ChainError, DispatchError, InvalidTransaction
from chain.keys import Keypair
from chain.wallet import WalletError
from validator.ledger import PALLET, Ledger, View

log = logging.getLogger(__name__)

SUBMIT_SECONDS = 30.0
AGAIN_BLOCKS = 10


class Registrar:
    """Registers the hotkey when the chain does not know it and the coldkey can pay."""

    def __init__(self, ledger: Ledger, hotkey: str, unlock_coldkey: Callable[[], Keypair]) -> None:
        self._ledger = ledger
        self._hotkey = hotkey
        self._unlock_coldkey = unlock_coldkey
        self._tried_at = -AGAIN_BLOCKS
        self.problem: str | None = None

    async def check(self, view: View) -> None:
        """Take a seat if there is none; a refusal is told and tried again some blocks later."""
        if view.neuron(self._hotkey) is not None:
            self.problem = None
            return
        if view.block - self._tried_at < AGAIN_BLOCKS:
            return
        self._tried_at = view.block
        try:
            await self._register()
        except (DispatchError, InvalidTransaction, ChainError, WalletError) as error:
            self.problem = f"not registered: {type(error).__name__}: {error} (fund the coldkey or register the hotkey)"
            log.warning("%s", self.problem)

    async def _register(self) -> None:
        call = Call(PALLET, "burned_register", {"netuid": self._ledger.netuid, "hotkey": self._hotkey})
        receipt = await self._ledger.client.submit(call, self._unlock_coldkey(), timeout=SUBMIT_SECONDS)
        log.info("registered in block %d", receipt.block_number)
