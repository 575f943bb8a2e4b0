"""From the bytes of a block and its events to views: pure functions, without a node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from chain.block import Block
from chain.crypto import blake2_256
from chain.keys import ss58_encode
from chain.node.explorer.shown import Leaf, format_amount
from chain.node.explorer.values import show_call, show_failure, show_fields
from chain.node.explorer.views import BlockRow, EventView, ExtrinsicRow, ExtrinsicView
from chain.runtime import system, timestamp
from chain.runtime.era import Mortal
from chain.runtime.extrinsic import Extrinsic, decode_extrinsic
from chain.runtime.payment import TransactionFeePaid
from chain.runtime.runtime import RUNTIME
from chain.runtime.system import EventRecord
from chain.scale.composite import variant_of

_PALLET_OF: Final = {event.shape.cls: pallet.name for pallet in RUNTIME.pallets for event in pallet.events}


@dataclass(frozen=True, slots=True)
class Happened:
    """What became of a block: its events in order, None where the state after it is no longer kept."""

    events: tuple[EventRecord, ...] | None

    def of(self, extrinsic: int) -> list[tuple[int, EventRecord]]:
        """Events of one extrinsic, each with its index in the block."""
        wanted = system.ApplyExtrinsic(extrinsic)
        return [(index, record) for index, record in enumerate(self.events or ()) if record.phase == wanted]

    def by_extrinsic(self) -> dict[int, list[EventRecord]]:
        """Events of all extrinsics."""
        found: dict[int, list[EventRecord]] = {}
        for record in self.events or ():
            if isinstance(record.phase, system.ApplyExtrinsic):
                found.setdefault(record.phase.index, []).append(record)
        return found


@dataclass(frozen=True, slots=True)
class _Result:
    outcome: str
    error: Leaf | None
    fee: str | None


def describe_row(block: Block, events: int | None, *, final: bool) -> BlockRow:
    """A block in a list."""
    return BlockRow(block.number, _hex(block.hash), read_time(block), len(block.extrinsics), events, final)


def read_time(block: Block) -> int | None:
    """Milliseconds since 1970, which the first extrinsic tells; None without one."""
    if not block.extrinsics:
        return None
    call = decode_extrinsic(block.extrinsics[0]).call
    return cast(int, call.args[0]) if call.declaration is timestamp.set else None


def read_slot(block: Block) -> int | None:
    """The slot in which the block was made, where its digest tells."""
    for log in system.decode_digest(block.header.logs).logs:
        if isinstance(log, system.PreRuntime) and log.engine == b"aura":
            return int.from_bytes(log.data, "little")
    return None


def describe_extrinsics(block: Block, happened: Happened, indices: Iterable[int]) -> tuple[ExtrinsicRow, ...]:
    """Some of the extrinsics of a block."""
    time_ms, records = read_time(block), happened.by_extrinsic()
    known = happened.events is not None
    rows = []
    for index in indices:
        raw = block.extrinsics[index]
        result = _judge(records.get(index, [])) if known else _UNKNOWN
        rows.append(_describe_extrinsic(block.number, index, raw, decode_extrinsic(raw), result, time_ms))
    return tuple(rows)


def describe_extrinsic(
    block: Block, index: int, happened: Happened, *, final: bool, missing: str | None
) -> ExtrinsicView:
    """All about one extrinsic of a block."""
    raw = block.extrinsics[index]
    extrinsic = decode_extrinsic(raw)
    records = happened.of(index)
    result = _UNKNOWN if happened.events is None else _judge([record for _, record in records])
    terms = extrinsic.authorization
    return ExtrinsicView(
        row=_describe_extrinsic(block.number, index, raw, extrinsic, result, read_time(block)),
        final=final,
        call=show_call(extrinsic.call),
        docs=_join(extrinsic.call.declaration.docs),
        error=result.error,
        nonce=None if terms is None else terms.nonce,
        tip=None if terms is None else format_amount(terms.tip),
        era=None if terms is None else _describe_era(terms.era, block.number),
        size_bytes=len(raw),
        raw="0x" + raw[:_SHOWN_RAW].hex(),
        events=tuple(describe_event(block.number, at, record) for at, record in records),
        missing=missing,
    )


def describe_events(block: int, records: Sequence[tuple[int, EventRecord]]) -> tuple[EventView, ...]:
    """Events of a block, each with its index there."""
    return tuple(describe_event(block, index, record) for index, record in records)


def describe_event(block: int, index: int, record: EventRecord) -> EventView:
    """One event."""
    found, phase = variant_of(type(record.event)), record.phase
    caused = phase.index if isinstance(phase, system.ApplyExtrinsic) else None
    return EventView(
        block=block,
        index=index,
        phase=type(phase).__name__,
        extrinsic=caused,
        name=name_event(record),
        docs=_join(found.shape.docs),
        fields=show_fields(found.shape.fields, record.event),
    )


def name_event(record: EventRecord) -> str:
    """Pallet and event."""
    cls = type(record.event)
    return f"{_PALLET_OF[cls]}.{variant_of(cls).name}"


_SHOWN_RAW: Final = 1024
_UNKNOWN: Final = _Result("unknown", None, None)


def _judge(records: Iterable[EventRecord]) -> _Result:
    """What the events of an extrinsic say about it."""
    error, fee = None, None
    for record in records:
        match record.event:
            case system.ExtrinsicFailed(dispatch_error=failure):
                error = show_failure(failure)
            case TransactionFeePaid(actual_fee=paid):
                fee = format_amount(paid)
    return _Result("ok" if error is None else "failed", error, fee)


def _describe_extrinsic(
    number: int, index: int, raw: bytes, extrinsic: Extrinsic, result: _Result, time_ms: int | None
) -> ExtrinsicRow:
    sender = extrinsic.authorization
    return ExtrinsicRow(
        id=f"{number}-{index}",
        block=number,
        index=index,
        hash=_hex(blake2_256(raw)),
        time_ms=time_ms,
        signer=None if sender is None else ss58_encode(sender.account),
        call=RUNTIME.call_type.names[extrinsic.call.declaration],
        outcome=result.outcome,
        fee=result.fee,
    )


def _describe_era(era: Mortal | None, number: int) -> str:
    if era is None:
        return "for ever"
    return f"blocks {era.birth(number - 1):,} to {era.death(number - 1) - 1:,}"


def _join(docs: Iterable[str]) -> str:
    return " ".join(docs).replace("`", "")


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
