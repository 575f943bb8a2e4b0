"""Seeds of audit rounds, and when they may be told."""

from collections.abc import Awaitable, Callable

from validator.ledger import View
from validator.secret import Secret

BlockHash = Callable[[int], Awaitable[str]]
"""Hash of a block by its number."""


class Seeds:
    """The committed secrets together with the blocks that the chain adds to them.

    A round's seed follows from its epoch's secret, the hash of the epoch's first block and the round's number. Rounds
    are numbered without gaps, so whoever holds the secret cannot try seeds until one suits it.
    """

    def __init__(self, block_hash: BlockHash, secret: Secret) -> None:
        self._block_hash = block_hash
        self._secret = secret
        self._first: tuple[int, str] | None = None

    async def of_round(self, view: View, number: int) -> bytes:
        """Seed of the ``number``-th round, in the epoch of ``view``.

        Raises: ChainError, SecretsUsedUp.
        """
        return self._secret.seed(view.epoch, await self._hash(view), number)

    async def _hash(self, view: View) -> str:
        """Hash of the block that began the epoch of ``view``."""
        if self._first is None or self._first[0] != view.last_epoch_block:
            self._first = view.last_epoch_block, await self._block_hash(view.last_epoch_block)
        return self._first[1]

    def tell(self, known: int | None) -> dict[str, int | str] | None:
        """The secret of the newest epoch ``known`` to all, from which those before it follow."""
        return None if known is None or known < 0 else {"epoch": known, "secret": self._secret.of_epoch(known).hex()}
