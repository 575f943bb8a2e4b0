"""Audits by blocks: a session that nobody can tell from one that writes an answer.

The first item stands for an app's text: members are drawn to draft it as they would be, and whatever they draft, the
true text is revealed. Only what was said before a block was revealed is evidence: of each block, its first token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gating.objective import AuditItem
from validator.blocks import BlockTable, open_rehearsal
from validator.drafted import DraftedSegment
from validator.drafters import Heard, Pace
from validator.panel import Deadlines
from validator.routing import ANCHOR, Route
from validator.sampling import Sampler
from validator.seats import Drafter, Float64
from validator.sessions import Sessions
from validator.settings import AuditPlan
from validator.spoken import Shape


@dataclass(frozen=True)
class Score:
    """What is rehearsed: texts, the route of the first, sizes."""

    items: Sequence[AuditItem]
    route: Route
    plan: AuditPlan


async def rehearse(
    sessions: Sessions, experts: Sequence[Drafter], score: Score, deadlines: Deadlines
) -> tuple[Float64, Mapping[str, str]]:
    """Log-probabilities of the first token of each block, [blocks, 1 + experts, items], and who was absent why."""
    plan = score.plan
    shape = Shape(plan.block_tokens, plan.blocks, 0)
    samplers = [Sampler(sessions.habits.pick(np.random.default_rng()))]
    found: list[Float64] = []
    async with open_rehearsal(sessions, experts, score.items, Pace(deadlines)) as (table, rows):
        segment = DraftedSegment(table, score.route, shape)
        async for heard in segment.rehearse(samplers, [score.items[0].outcomes]):
            tokens = [item.outcomes[len(found) * plan.block_tokens] for item in score.items]
            found.append(_opinions(table, heard, (ANCHOR, *score.route.experts), list(zip(rows, tokens, strict=True))))
    return np.stack(found), table.faults


def _opinions(
    table: BlockTable, heard: Mapping[str, Heard], members: Sequence[str], tokens: Sequence[tuple[int, int]]
) -> Float64:
    """What each member had said of the token of each row, [members, rows]; NaN where absent."""
    found = np.full((len(members), len(tokens)), np.nan)
    for number, name in enumerate(members):
        if name in heard:
            before = heard[name].before
            for at, (row, token) in enumerate(tokens):
                place = table.place(name, row)
                found[number, at] = before.rows(place, place + 1).logprob(np.array([token]))[0]
    return found
