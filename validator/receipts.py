"""What became of every attempt to bring weights on chain."""

import logging
import time
from collections.abc import Mapping

from chain.client import Receipt
from validator.journal import Journal
from validator.ledger import View
from validator.metrics import Metrics
from validator.rules import Weights

log = logging.getLogger(__name__)

Outcome = Mapping[str, object]


class Receipts:
    """The receipts, newest last; the same failure within one epoch is written once."""

    def __init__(self, journal: Journal, metrics: Metrics) -> None:
        self._journal = journal
        self._metrics = metrics
        self.last: Mapping[str, object] | None = journal.last()

    def note(self, view: View, kind: str, outcome: Outcome, weights: Weights | None = None) -> None:
        """Keep what happened to a ``set``, ``commit`` or ``reveal``; ``weights`` only where all may know them."""
        receipt = {"kind": kind, "time": time.time(), "epoch": view.epoch, "seen_block": view.block, **outcome}
        repeated = self.last is not None and "error" in outcome and _same(self.last, receipt)
        self.last = receipt
        self._metrics.receipts.labels("failed" if "error" in outcome else "included").inc()
        if not repeated:
            log.info("%s weights: %s", kind, outcome)
            told = {} if weights is None else {"weights": [list(pair) for pair in weights]}
            self._journal.append({**receipt, **told})


def describe_receipt(receipt: Receipt) -> dict[str, object]:
    """Where an extrinsic is and what it cost."""
    return {
        "extrinsic_hash": receipt.extrinsic_hash,
        "block": receipt.block_number,
        "block_hash": receipt.block_hash,
        "extrinsic_index": receipt.extrinsic_index,
        "fee": receipt.fee,
        "included": True,
    }


def describe_error(error: Exception) -> dict[str, object]:
    """What went wrong, in one line."""
    return {"error": f"{type(error).__name__}: {error}"}


def _same(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("kind", "error", "epoch"))
