"""A replayed epoch beside its receipt and the chain, for people and for programs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.client import connect
from validator.errors import ValidatorError
from validator.parts import Records
from validator.replaying import Replay, replay_epoch

CONNECT_SECONDS = 10.0
Json = dict[str, object]
Weights = Iterable[Iterable[int]]


class NoReceipt(ValidatorError):
    """The weights of an epoch never reached the chain."""


@dataclass(frozen=True)
class Report:
    """A replay, its receipt if there is one, and the weights that the chain had after it, if it was asked."""

    replay: Replay
    receipt: Mapping[str, Any] | None
    on_chain: Weights | None = None

    @property
    def differences(self) -> list[str]:
        """What does not agree, a sentence each."""
        found = list(self.replay.problems)
        found += [f"{verdict.hotkey} was told otherwise" for verdict in self.replay.verdicts if not verdict.same]
        if self.receipt is not None and not _agree(self.receipt["weights"], self.replay):
            found.append("the receipt has other weights")
        if self.on_chain is not None and not _agree(self.on_chain, self.replay):
            found.append("the chain has other weights")
        return found


def make_report(folder: Path, epoch: int) -> Report:
    """Replay an epoch from a validator's data folder.

    Raises: CorruptRecords, LogsGone.
    """
    records = Records.in_folder(folder)
    receipts = [one for one in records.receipts.read() if one.get("epoch") == epoch and one.get("included")]
    receipt = receipts[-1] if receipts else None
    seen_block = None if receipt is None else int(str(receipt["seen_block"]))
    return Report(replay_epoch(records.audits.read, epoch, seen_block), receipt)


async def ask_chain(report: Report, url: str) -> Report:
    """The report with the weights that the chain had in the block of the receipt; newest where the chain opened them.

    Raises: NoReceipt, ChainError.
    """
    replay, receipt = report.replay, report.receipt
    if receipt is None:
        raise NoReceipt(f"no weights of epoch {replay.epoch} reached the chain, so there are none to compare")
    async with connect(url, timeout=CONNECT_SECONDS) as client:
        block_hash = receipt.get("block_hash")
        metagraph = await client.metagraph(replay.netuid, block_hash)
        weights = await client.weights(replay.netuid, block_hash)
    uid = metagraph.uid_of(replay.validator)
    return Report(replay, receipt, [] if uid is None else weights.get(uid, []))


def _agree(weights: Weights, replay: Replay) -> bool:
    return [tuple(pair) for pair in weights] == replay.weights


def encode(report: Report) -> Json:
    """One JSON object."""
    replay = report.replay
    return {
        "epoch": replay.epoch,
        "block": replay.block,
        "validator": replay.validator,
        "first_round": replay.first_round,
        "rounds": replay.rounds,
        "texts": replay.texts,
        "miners": [{**vars(verdict), "same": verdict.same} for verdict in replay.verdicts],
        "receipt": None
        if report.receipt is None
        else report.receipt.get("extrinsic_hash") or report.receipt.get("commit"),
        "on_chain": None if report.on_chain is None else [list(pair) for pair in report.on_chain],
        "differences": report.differences,
        "same": not report.differences,
    }


def describe(report: Report) -> Iterator[str]:
    """Lines for people."""
    replay, receipt = report.replay, report.receipt
    yield (
        f"epoch {replay.epoch}, weights of block {replay.block}: {replay.rounds} rounds with {replay.texts} texts, "
        f"from round {replay.first_round} on"
    )
    for verdict in replay.verdicts:
        told = "" if verdict.same else f"  told {verdict.told_score!r}, weight {verdict.told_weight}"
        mark = "same   " if verdict.same else "DIFFERS"
        yield f"{mark}  {verdict.hotkey}  uid {verdict.uid:<4} score {verdict.score!r}, weight {verdict.weight}{told}"
    if receipt is None:
        yield "receipt: none, these weights did not reach the chain, or are not revealed yet"
    else:
        agrees = "same" if _agree(receipt["weights"], replay) else "DIFFERS"
        named = (
            f"extrinsic {receipt['extrinsic_hash']}" if "extrinsic_hash" in receipt else f"commit {receipt['commit']}"
        )
        where = "opened by the chain" if receipt.get("block") is None else f"in block {receipt['block']}"
        yield f"receipt: {agrees}, {named} {where}"
    if report.on_chain is not None:
        yield f"chain: {'same' if _agree(report.on_chain, replay) else 'DIFFERS'}"
    yield from (f"difference: {difference}" for difference in report.differences)
    if not report.differences:
        yield "everything that was told follows from the log"
