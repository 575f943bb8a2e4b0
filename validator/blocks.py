"""Sessions that go by blocks, with the rows that every session has.

Hidden texts fill the rows that an answer leaves free and are revealed block by block beside it.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import numpy as np

from validator.drafters import Answers, BlockSeat, Drafters, Heard, Pace
from validator.panel import Patience
from validator.routing import ANCHOR
from validator.seats import Anchor, BlockSession, Drafter, Float64, Tokens
from validator.sessions import Layout, Sessions
from wire.blocks import Block, BlockRequest, DraftWish
from wire.drawing import Drawing


class BlockTable:
    """What the anchor and the experts say about our own rows, block by block, and what they draft."""

    def __init__(self, members: Drafters, layout: Layout, random: np.random.Generator) -> None:
        self._members = members
        self._layout = layout
        self._random = random
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
        """Where a member has our rows; the anchor has no others."""
        return tuple(range(len(self._layout.places)) if name == ANCHOR else self._layout.places)

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
        """A message to one member; the anchor gets only our own rows."""
        mine = self._layout.places if name == ANCHOR else list(range(self._rows))
        tokens = np.zeros((len(mine), 0), dtype=np.uint32) if block is None else block[mine]
        asked = None if wish is None else DraftWish(wish.uniforms[mine], wish.drawing)
        return BlockRequest(tokens, name in self._tried, asked)


@asynccontextmanager
async def open_blocks(
    sessions: Sessions, experts: Sequence[Drafter], prefixes: Sequence[Tokens], pace: Pace
) -> AsyncIterator[BlockTable]:
    """A session by blocks with ``experts`` over ``prefixes``, closed on the way out."""
    random = np.random.default_rng()
    layout = Layout([tuple(row) for row in prefixes], sessions.cover(max(0, sessions.rows - len(prefixes))), random)
    async with gather_drafters(sessions.anchor, experts, layout, pace) as members:
        yield BlockTable(members, layout, random)


@asynccontextmanager
async def gather_drafters(
    anchor: Anchor, experts: Sequence[Drafter], layout: Layout, pace: Pace
) -> AsyncIterator[Drafters]:
    """The anchor, over our own rows, and ``experts``, over all."""
    prefixes = layout.prefixes
    own = [prefixes[place] for place in layout.places]
    seats = [BlockSeat(ANCHOR, _at_home(anchor, own), Patience(np.inf, np.inf))]
    for expert in experts:
        opening = expert.session(prefixes, step_timeout=max(pace.deadlines.open.most, pace.deadlines.step.most))
        seats.append(BlockSeat(expert.hotkey, opening, pace.deadlines.step))
    members = Drafters(seats, pace)
    try:
        await members.assemble()
        yield members
    finally:
        await members.close()


@asynccontextmanager
async def _at_home(anchor: Anchor, prefixes: list[list[int]]) -> AsyncIterator[BlockSession]:
    yield await anchor.start_blocks(prefixes)
