"""What a subnet demands of a weight vector, checked here before the chain does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from chain.client import ChainClient, UnknownItem
from chain.timelock import round_at
from validator.ledger import PALLET, View

HALF = 2
U16_MAX = 65_535
TIMELOCK_VERSION = 4
"""Version of timelocked commits that this program makes; subnets of another take hashed ones."""
FRESH_ROUNDS = 100
"""Rounds that a chain's copy of the beacon may lag behind and still count as kept."""

Weights = Sequence[tuple[int, int]]


class Way(Enum):
    """How weights reach the chain: in the open, as a hash that is revealed later, or encrypted until a time."""

    OPEN = "open"
    HASHED = "hashed"
    TIMELOCKED = "timelocked"


@dataclass(frozen=True)
class Rules:
    """What is in force; ``reveal_period`` in epochs, ``max_weight`` of 65535 as a share of the sum."""

    version_key: int = 0
    rate_limit_blocks: int = 0
    min_allowed: int = 1
    max_weight: int = U16_MAX
    way: Way = Way.OPEN
    reveal_period: int = 1

    @classmethod
    async def read(cls, client: ChainClient, netuid: int, clock: Callable[[], float]) -> "Rules":
        """The rules of the newest block; ``clock`` gives Unix seconds.

        Raises: ChainUnreachable.
        """
        names = ("WeightsVersionKey", "WeightsSetRateLimit", "MinAllowedWeights", "MaxWeightsLimit")
        version, rate, least, most = [await client.query(PALLET, name, [netuid]) for name in names]
        hidden = await client.query(PALLET, "CommitRevealWeightsEnabled", [netuid])
        way = await _choose_way(client, clock()) if hidden else Way.OPEN
        period = await client.query(PALLET, "RevealPeriodEpochs", [netuid]) if hidden else 1
        limit = U16_MAX if most is None else int(most)
        return cls(int(version or 0), int(rate or 0), int(least or 0), limit, way, int(period or 1))


async def _choose_way(client: ChainClient, now: float) -> Way:
    """Timelocked commits where the chain asks for them and follows the beacon that opens them, else hashed ones."""
    try:
        version = await client.query(PALLET, "CommitRevealWeightsVersion")
        newest = await client.query("Drand", "LastStoredRound")
    except UnknownItem:
        return Way.HASHED
    follows = abs(round_at(now) - int(newest or 0)) <= FRESH_ROUNDS
    return Way.TIMELOCKED if version == TIMELOCK_VERSION and follows else Way.HASHED


def find_objection(view: View, hotkey: str, rules: Rules, weights: Weights) -> str | None:
    """Why the chain would refuse ``weights``, set or committed in the next block, in the order of its own checks."""
    me = view.neuron(hotkey)
    if me is None:
        return "HotKeyNotRegisteredInSubNet"
    too_fast = me.last_update > 0 and view.block + 1 - me.last_update < rules.rate_limit_blocks
    if not weights:
        return "no miner has earned a weight yet"
    if too_fast:
        return "SettingWeightsTooFast" if rules.way is Way.OPEN else "CommittingWeightsTooFast"
    return find_fault(view, hotkey, rules, weights)


def find_fault(view: View, hotkey: str, rules: Rules, weights: Weights) -> str | None:
    """Why the chain would refuse to store ``weights``, whenever they may come; what a reveal is checked for."""
    me = view.neuron(hotkey)
    if me is None:
        return "HotKeyNotRegisteredInSubNet"
    uids = [uid for uid, _ in weights]
    known = {neuron.uid for neuron in view.metagraph.neurons}
    alone = uids == [me.uid]
    entitled = me.validator_permit or alone or hotkey == view.metagraph.owner_hotkey
    checks = (
        (not entitled, "NeuronNoValidatorPermit"),
        (len(set(uids)) != len(uids), "DuplicateUids"),
        (not known.issuperset(uids), "UidVecContainInvalidOne"),
        (not alone and len(uids) < min(rules.min_allowed, len(known)), "WeightVecLengthIsLow"),
        (not alone and _exceeds(weights, rules.max_weight), "MaxWeightExceeded"),
    )
    return next((fault for broken, fault in checks if broken), None)


def is_due(view: View, done_for: int | None) -> bool:
    """Whether weights should go out now: in the second half of an epoch that has none from us yet."""
    progress = view.metagraph.blocks_since_last_step
    return done_for != view.last_epoch_block and progress * HALF >= view.metagraph.tempo


def _exceeds(weights: Weights, limit: int) -> bool:
    values = [value for _, value in weights]
    return limit != U16_MAX and bool(values) and max(values) * U16_MAX > limit * sum(values)
