"""Weights on chain: once an epoch, checked before they are sent, with a receipt whatever happens."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chain.client import Call, ChainClient, ChainError, DispatchError, InvalidTransaction, Receipt, UnknownItem
from chain.keys import Keypair
from validator.journal import Journal
from validator.ledger import PALLET, Ledger, View
from validator.metrics import Metrics

log = logging.getLogger(__name__)

SUBMIT_SECONDS = 20.0
HALF = 2
MECHANISM = 0

Weights = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Rules:
    """What the subnet demands of a weight vector."""

    version_key: int
    rate_limit_blocks: int
    min_allowed: int
    commit_reveal: bool

    @classmethod
    async def read(cls, client: ChainClient, netuid: int) -> "Rules":
        """The rules in force.

        Raises: ChainUnreachable.
        """
        names = ("WeightsVersionKey", "WeightsSetRateLimit", "MinAllowedWeights", "CommitRevealWeightsEnabled")
        version, rate, least, hidden = [await client.query(PALLET, name, [netuid]) for name in names]
        return cls(int(version or 0), int(rate or 0), int(least or 0), bool(hidden))


def find_objection(view: View, hotkey: str, rules: Rules, weights: Weights) -> str | None:
    """Why the chain would refuse ``weights`` in the next block, in the order of its own checks."""
    me = view.neuron(hotkey)
    uids = [uid for uid, _ in weights]
    known = {neuron.uid for neuron in view.metagraph.neurons}
    if me is None:
        return "HotKeyNotRegisteredInSubNet"
    entitled = me.validator_permit or uids == [me.uid] or hotkey == view.metagraph.owner_hotkey
    checks = (
        (not weights, "no miner has earned a weight yet"),
        (rules.commit_reveal, "CommitRevealEnabled: this subnet hides weights, which this version cannot do"),
        (me.last_update > 0 and view.block + 1 - me.last_update < rules.rate_limit_blocks, "SettingWeightsTooFast"),
        (not entitled, "NeuronNoValidatorPermit"),
        (len(set(uids)) != len(uids), "DuplicateUids"),
        (not known.issuperset(uids), "UidVecContainInvalidOne"),
        (len(uids) < min(rules.min_allowed, len(known)), "WeightVecLengthIsLow"),
    )
    return next((objection for broken, objection in checks if broken), None)


def is_due(view: View, done_for: int | None) -> bool:
    """Whether weights should go out now: in the second half of an epoch that has none from us yet."""
    progress = view.metagraph.blocks_since_last_step
    return done_for != view.last_epoch_block and progress * HALF >= view.metagraph.tempo


class WeightSetter:
    """Sets weights once an epoch and keeps the receipts."""

    def __init__(self, ledger: Ledger, signer: Keypair, receipts: Journal, metrics: Metrics) -> None:
        self._ledger = ledger
        self._signer = signer
        self._receipts = receipts
        self._metrics = metrics
        self.last_receipt: Mapping[str, object] | None = receipts.last()

    async def run(self, propose: Callable[[View], Weights]) -> None:
        """Watch the chain for ever; ``propose`` gives the weights for a view."""
        done_for: int | None = None
        version = 0
        while True:
            view = await self._ledger.views.after(version)
            version = self._ledger.views.version
            if is_due(view, done_for) and await self._try(view, propose(view)):
                done_for = view.last_epoch_block

    async def _try(self, view: View, weights: Weights) -> bool:
        """One attempt; whether the weights are on chain."""
        try:
            rules = await Rules.read(self._ledger.client, self._ledger.netuid)
            objection = find_objection(view, self._signer.ss58_address, rules, weights)
            if objection:
                self._record(view, weights, {"error": objection})
                return False
            receipt = await self._submit(weights, rules)
        except (ChainError, DispatchError, InvalidTransaction) as error:
            self._record(view, weights, {"error": f"{type(error).__name__}: {error}"})
            return False
        self._record(view, weights, _describe(receipt))
        return True

    async def _submit(self, weights: Weights, rules: Rules) -> Receipt:
        modern, plain = build_calls(self._ledger.netuid, weights, rules)
        client = self._ledger.client
        try:
            return await client.submit(modern, self._signer, timeout=SUBMIT_SECONDS)
        except UnknownItem:
            return await client.submit(plain, self._signer, timeout=SUBMIT_SECONDS)

    def _record(self, view: View, weights: Weights, outcome: Mapping[str, object]) -> None:
        receipt = {"time": time.time(), "epoch": view.epoch, "seen_block": view.block, **outcome}
        repeated = self.last_receipt is not None and "error" in outcome and _same(self.last_receipt, receipt)
        self.last_receipt = receipt
        self._metrics.receipts.labels("failed" if "error" in outcome else "included").inc()
        if not repeated:
            log.info("weights: %s", outcome)
            self._receipts.append({**receipt, "weights": [list(pair) for pair in weights]})


def _same(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return one.get("error") == other.get("error") and one.get("epoch") == other.get("epoch")


def _describe(receipt: Receipt) -> dict[str, object]:
    return {
        "extrinsic_hash": receipt.extrinsic_hash,
        "block": receipt.block_number,
        "block_hash": receipt.block_hash,
        "extrinsic_index": receipt.extrinsic_index,
        "fee": receipt.fee,
        "included": True,
    }


def build_calls(netuid: int, weights: Weights, rules: Rules) -> tuple[Call, Call]:
    """The call that sets ``weights``, in today's form and in the one that older chains know."""
    params: dict[str, object] = {
        "netuid": netuid,
        "dests": [uid for uid, _ in weights],
        "weights": [weight for _, weight in weights],
        "version_key": rules.version_key,
    }
    modern = Call(PALLET, "set_mechanism_weights", {**params, "mecid": MECHANISM})
    return modern, Call(PALLET, "set_weights", params)
