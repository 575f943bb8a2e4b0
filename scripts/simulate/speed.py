"""How fast the gate chooses and the pay is computed: processor time, medians."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from gating.contribution import contribution
from gating.pursuit import Pursuit
from gating.router import LinUCBRouter, RouterSettings
from simulate.recording import Float64
from simulate.trials import Ground

_TOKENS = 512
_EXPERTS = 8
_LESSONS = 26


def time_gate(ground: Ground, hotkeys: int) -> tuple[float, float]:
    """Milliseconds of one exploring query, and of one turn of a given text, both with features.

    The hotkeys are warm and good at different things.
    """
    random = np.random.default_rng(hotkeys)
    router = LinUCBRouter(RouterSettings(dimension=ground.seen.dimension))
    names = [f"hotkey-{number:04d}" for number in range(hotkeys)]
    items, seen = ground.study.audits.items, ground.audit_features
    domains = np.array([item.domain for item in items])
    for place, name in enumerate(names):
        trade = ground.study.domains[place % len(ground.study.domains)]
        for text in random.integers(0, len(items), _LESSONS):
            router.update(name, seen[text], random.normal(0.8 if domains[text] == trade else -1.5, 0.4))
    texts = [items[text].context for text in random.integers(0, len(items), 40)]

    def ask(text: str) -> None:
        router.choose(ground.seen.encode(text), names, 2, explore=True)

    pursuit = Pursuit(router)

    def turn(text: str) -> None:
        pursuit.choose([ground.seen.encode(text), ground.seen.encode(text[-40:])], names, 2)

    queries, turns = [partial(ask, text) for text in texts], [partial(turn, text) for text in texts]
    return 1e3 * _median(queries), 1e3 * _median(turns)


def time_pay() -> float:
    """Microseconds for each token of a text of many tokens, with eight experts."""
    random = np.random.default_rng(0)
    logprobs: Float64 = -random.exponential(2.0, (_EXPERTS + 1, _TOKENS))
    prior = np.full(_EXPERTS + 1, 1.0 / (_EXPERTS + 1))
    return 1e6 * _median([lambda: contribution(logprobs, prior)] * 30) / _TOKENS


def _median(calls: Sequence[Callable[[], object]]) -> float:
    times = []
    calls[0]()
    for call in calls:
        began = time.thread_time()
        call()
        times.append(time.thread_time() - began)
    return statistics.median(times)
