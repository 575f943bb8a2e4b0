"""Answer capture: how much of an answer a drafter of junk writes that says of its own tokens that they are certain."""

import numpy as np

from gating.drafting import Standing, Verdicts, choose_drafter

TOKENS, BLOCK = 256, 8
PRIOR = (0.1, 0.45, 0.45)
"""Anchor, an honest expert, and the one that captures; the gate holds both experts for equally good."""
_HONEST_NATS, _JUNK_NATS, _SPREAD = 2.5, 12.0, 1.5


def captured_share(seed: int) -> float:
    """Share of the tokens of an answer that junk makes up, though its drafter is trusted as much as the other."""
    random = np.random.default_rng(seed)
    standing, junk = Standing(np.array(PRIOR)), 0
    for _ in range(TOKENS // BLOCK):
        drafter = choose_drafter(standing.weights, float(random.random()))
        surprise = _JUNK_NATS if drafter == len(PRIOR) - 1 else _HONEST_NATS
        logprobs = -np.maximum(0.0, random.normal(surprise, _SPREAD, (len(PRIOR), BLOCK)))
        entropies = np.full_like(logprobs, _HONEST_NATS)
        logprobs[-1], entropies[-1] = 0.0, 0.0
        standing.judge(drafter, Verdicts(logprobs, entropies))
        junk += BLOCK * (drafter == len(PRIOR) - 1)
    return junk / TOKENS
