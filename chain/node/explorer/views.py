"""What the pages show, and nothing else: each class is a JSON object of the explorer's interface."""

from __future__ import annotations

from dataclasses import dataclass

from chain.node.explorer.shown import Group, Leaf, Member


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block in a list; ``events`` is None where its state is no longer kept, ``time_ms`` in block 0."""

    number: int
    hash: str
    time_ms: int | None
    extrinsics: int
    events: int | None
    final: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened; ``extrinsic`` is the index of the one that caused it, None for the chain itself."""

    block: int
    index: int
    phase: str
    extrinsic: int | None
    name: str
    docs: str
    fields: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class ExtrinsicRow:
    """An extrinsic in a list; ``outcome`` is ok, failed, or unknown where the block's state is no longer kept."""

    id: str
    block: int
    index: int
    hash: str
    time_ms: int | None
    signer: str | None
    call: str
    outcome: str
    fee: str | None


@dataclass(frozen=True, slots=True)
class ExtrinsicView:
    """All about one extrinsic; ``raw`` is cut where it is long."""

    row: ExtrinsicRow
    final: bool
    call: Group
    docs: str
    error: Leaf | None
    nonce: int | None
    tip: str | None
    era: str | None
    size_bytes: int
    raw: str
    events: tuple[EventView, ...]
    missing: str | None


@dataclass(frozen=True, slots=True)
class BlockView:
    """All about one block; of many extrinsics and events, a part from ``first`` on."""

    row: BlockRow
    parent: str
    state_root: str
    extrinsics_root: str
    slot: int | None
    newer: bool
    first: int
    extrinsics: tuple[ExtrinsicRow, ...]
    events: tuple[EventView, ...]
    missing: str | None


@dataclass(frozen=True, slots=True)
class Feed:
    """Extrinsics or events of many blocks, newest first; ``next`` is where to go on, None at the end."""

    items: tuple[ExtrinsicRow | EventView, ...]
    next: str | None
    missing: str | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a list; amounts in TAO."""

    address: str
    free: str
    reserved: str
    nonce: int


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The richest accounts among the first ``counted``; ``complete`` where those are all."""

    block: int
    counted: int
    complete: bool
    accounts: tuple[AccountRow, ...]


@dataclass(frozen=True, slots=True)
class StakeRow:
    """Stake on a hotkey in a subnet, in the subnet's alpha."""

    hotkey: str
    netuid: int
    alpha: str


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat of a hotkey in a subnet."""

    netuid: int
    uid: int


@dataclass(frozen=True, slots=True)
class AccountView:
    """All about one account now: balances, stakes as a coldkey, owner and seats as a hotkey."""

    row: AccountRow
    public_key: str
    exists: bool
    frozen: str
    stakes: tuple[StakeRow, ...]
    hotkeys: tuple[str, ...]
    owner: str | None
    seats: tuple[SeatRow, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The chain at a glance."""

    chain: str
    spec: str
    genesis: str
    head: BlockRow
    finalized: int
    issuance: str
    stake: str
    subnets: int
    pending: int
    oldest_state: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where a search leads: ``page`` is block, extrinsic or account, ``at`` what to show there."""

    page: str
    at: str
