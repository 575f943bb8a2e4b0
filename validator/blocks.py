"""Sessions that go by blocks, with the rows that every session has.

Hidden texts fill the rows that an answer leaves free and are revealed block by block beside it.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import numpy as np

from gating.objective import AuditItem
from validator.drafters import Answers, BlockSeat, Drafters, Heard, Pace
from validator.panel import Patience
from validator.routing import ANCHOR
from validator.seats import Anchor, BlockSession, Drafter, Float64, Tokens
from validator.sessions import Layout, Sessions
from wire.blocks import Block, BlockRequest, DraftWish
from wire.drawing import Drawing


class BlockTable:
    """What the anchor and the experts say about our own rows, block by block, and what they draft."""

    def __init__(self, members: Drafters, layout: Layout, anchor_rows: Sequence[int]) -> None:
        self._members = members
        self._layout = layout
        self._random = np.random.default_rng()
        self._anchor_rows = list(anchor_rows)
        self._rows = len(layout.prefixes)
        self._step = 0
        self._tried: set[str] = set()

    @property
    def present(self) -> frozenset[str]:
        """Names of the members that still answer, the anchor's among them."""
        return frozenset(self._members.present)

    @property
    def faults(self) -> Mapping[str, str]:
        """Why experts left."""
        return self._members.faults

    def places(self, name: str) -> tuple[int, ...]:
        """Where a member has our rows."""
        return tuple(self.place(name, place) for place in self._layout.places)

    def place(self, name: str, row: int) -> int:
        """Where a member has a row of the session; the anchor does not read all of them."""
        return self._anchor_rows.index(row) if name == ANCHOR else row

    def reveal(self, rows: Sequence[Tokens], wishes: Mapping[str, DraftWish]) -> Answers:
        """Tell all members the next tokens of our rows, and ask some for drafts of what follows."""
        found = self._ask(rows, self.present, wishes)
        self._step += len(rows[0])
        self._tried.clear()
        return found

    def try_out(self, rows: Sequence[Tokens], judges: Iterable[str]) -> Answers:
        """Ask what ``judges`` would say of these next tokens."""
        judges = frozenset(judges)
        found = self._ask(rows, judges, {})
        self._tried |= judges
        return found

    def draft(self, wishes: Mapping[str, DraftWish]) -> Answers:
        """Ask for drafts of what follows the revealed tokens."""
        return self._members.ask({name: self._request(name, None, wish) for name, wish in wishes.items()})

    async def hear(self, answers: Answers, *, first: Iterable[str] = ()) -> dict[str, Heard]:
        """Answers of those who gave one; those of ``first`` may take as long as they need, others leave."""
        return await self._members.hear(answers, first=first)

    def wish(self, numbers: Sequence[Float64], drawing: Drawing) -> DraftWish:
        """A wish for drafts in which our rows are drawn with ``numbers``, [L] each."""
        uniforms = self._random.random((self._rows, len(numbers[0])))
        uniforms[self._layout.places] = numbers
        return DraftWish(uniforms, drawing)

    def _ask(self, rows: Sequence[Tokens], names: Iterable[str], wishes: Mapping[str, DraftWish]) -> Answers:
        columns = zip(*rows, strict=True)
        block = np.array(
            [self._layout.reveal(column, self._step + at) for at, column in enumerate(columns)], dtype=np.uint32
        ).T
        return self._members.ask({name: self._request(name, block, wishes.get(name)) for name in names})

    def _request(self, name: str, block: Block | None, wish: DraftWish | None) -> BlockRequest:
        """A message to one member."""
        mine = self._anchor_rows if name == ANCHOR else list(range(self._rows))
        tokens = np.zeros((len(mine), 0), dtype=np.uint32) if block is None else block[mine]
        asked = None if wish is None else DraftWish(wish.uniforms[mine], wish.drawing)
        return BlockRequest(tokens, name in self._tried, asked)


@asynccontextmanager
async def open_blocks(
    sessions: Sessions, experts: Sequence[Drafter], prefixes: Sequence[Tokens], pace: Pace
) -> AsyncIterator[BlockTable]:
    """A session by blocks with ``experts`` over ``prefixes``, closed on the way out; the anchor reads only these."""
    cover = sessions.cover(max(0, sessions.rows - len(prefixes)))
    layout = Layout([tuple(row) for row in prefixes], cover, np.random.default_rng())
    async with _gathered(sessions.anchor, experts, (layout, layout.places), pace) as table:
        yield table


@asynccontextmanager
async def open_rehearsal(
    sessions: Sessions, experts: Sequence[Drafter], items: Sequence[AuditItem], pace: Pace
) -> AsyncIterator[tuple[BlockTable, list[int]]]:
    """A session as if the first item were an app's, and the row of each item; the anchor reads them all."""
    cover = [*items[1:], *sessions.cover(max(0, sessions.rows - len(items)))]
    layout = Layout([items[0].question], cover, np.random.default_rng())
    rows = {id(item): place for place, item in layout.cover.items()} | {id(items[0]): layout.places[0]}
    async with _gathered(sessions.anchor, experts, (layout, range(len(cover) + 1)), pace) as table:
        yield table, [rows[id(item)] for item in items]


@asynccontextmanager
async def _gathered(
    anchor: Anchor, experts: Sequence[Drafter], rows: tuple[Layout, Sequence[int]], pace: Pace
) -> AsyncIterator[BlockTable]:
    """The anchor, over some rows of a layout, and ``experts``, over all."""
    layout, anchor_rows = rows
    prefixes = layout.prefixes
    opening = _at_home(anchor, [prefixes[place] for place in anchor_rows])
    seats = [BlockSeat(ANCHOR, opening, Patience(np.inf, np.inf))]
    longest = max(pace.deadlines.open.most, pace.deadlines.step.most)
    for expert in experts:
        session = expert.session(prefixes, step_timeout=longest)
        seats.append(BlockSeat(expert.hotkey, session, pace.deadlines.step))
    members = Drafters(seats, pace)
    try:
        await members.assemble()
        yield BlockTable(members, layout, anchor_rows)
    finally:
        await members.close()


@asynccontextmanager
async def _at_home(anchor: Anchor, prefixes: list[list[int]]) -> AsyncIterator[BlockSession]:
    yield await anchor.start_blocks(prefixes)
