"""Which miners are ours to audit in an epoch, by what all validators see in its first block."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from chain.client import ChainClient, ChainError
from chain.metagraph import Metagraph
from gating.committee import GROUP_SIZE, assign_committees, find_charge
from validator.ledger import Ledger, View
from validator.notices import find_notice, find_validators

log = logging.getLogger(__name__)

SHARE_ABOVE = 8
"""With no more miners than this, every validator audits all of them: one session can ask them all."""
FEWEST_GROUPS = 4


@dataclass(frozen=True)
class Charge:
    """The miners that committees were drawn for, and those of them that are ours."""

    epoch_block: int
    drawn: frozenset[str]
    ours: frozenset[str]

    def keep(self, miners: frozenset[str]) -> frozenset[str]:
        """Those of ``miners`` that are ours; who came since the draw is everybody's."""
        return frozenset(miner for miner in miners if miner in self.ours or miner not in self.drawn)


@dataclass(frozen=True)
class Turnout:
    """Who took part when an epoch began: stakes of the validators in rao, miners, and the hash of that block."""

    epoch_block: int
    block_hash: str
    stakes: Mapping[str, int]
    miners: tuple[str, ...]


class Sharing:
    """Draws the committees once an epoch; where the chain cannot tell, everything is ours."""

    def __init__(self, ledger: Ledger, hotkey: str, share_above: int = SHARE_ABOVE) -> None:
        self._ledger = ledger
        self._hotkey = hotkey
        self._share_above = share_above
        self._turnout: Turnout | None = None
        self._charge: Charge | None = None

    async def find_charge(self, view: View, miners: frozenset[str]) -> frozenset[str] | None:
        """Those of ``miners`` that we audit in the epoch of ``view``; None for all."""
        if len(miners) <= self._share_above:
            return None
        if self._charge is None or self._charge.epoch_block != view.last_epoch_block:
            try:
                self._charge = self._draw(await self._look(view))
            except ChainError as error:
                log.warning("auditing all miners, because committees cannot be drawn: %s", error)
                return None
        return self._charge.keep(miners)

    async def find_validators(self, view: View) -> frozenset[str]:
        """The validators that took part when the epoch of ``view`` began.

        Raises: ChainError.
        """
        return frozenset((await self._look(view)).stakes)

    def _draw(self, turnout: Turnout) -> Charge:
        miners, seed = turnout.miners, bytes.fromhex(turnout.block_hash.removeprefix("0x"))
        committees = assign_committees(seed, turnout.stakes, miners, choose_group_size(len(miners)))
        ours = find_charge(committees, self._hotkey) if self._hotkey in turnout.stakes else frozenset(miners)
        log.info("from block %d on %d of %d miners are ours to audit", turnout.epoch_block, len(ours), len(miners))
        return Charge(turnout.epoch_block, frozenset(miners), ours)

    async def _look(self, view: View) -> Turnout:
        """Who took part in the first block of the epoch, read once."""
        if self._turnout is None or self._turnout.epoch_block != view.last_epoch_block:
            client, netuid = self._ledger.client, self._ledger.netuid
            first = await client.block_hash(view.last_epoch_block)
            then = View(await client.metagraph(netuid, first), {}, view.epoch)
            stakes = await _find_members(client, then)
            miners = tuple(find_miners(then.metagraph, stakes))
            self._turnout = Turnout(view.last_epoch_block, first, stakes, miners)
        return self._turnout


def choose_group_size(miners: int) -> int:
    """Miners of a group: few enough for at least four groups, so that the work is spread evenly."""
    return max(1, min(GROUP_SIZE, miners // FEWEST_GROUPS))


def find_miners(metagraph: Metagraph, validators: Mapping[str, int]) -> list[str]:
    """Hotkeys that can be asked and do not audit themselves."""
    return [one.hotkey for one in metagraph.neurons if one.axon is not None and one.hotkey not in validators]


async def _find_members(client: ChainClient, view: View) -> dict[str, int]:
    """Stake of the validators that take part: those with a notice on chain."""
    graph = view.metagraph
    stakes = find_validators(view)
    notices = {hotkey: await find_notice(client, graph.netuid, hotkey, graph.block_hash) for hotkey in stakes}
    return {hotkey: stake for hotkey, stake in stakes.items() if notices[hotkey] is not None}
