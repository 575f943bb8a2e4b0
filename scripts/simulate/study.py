"""Everything that the benchmarks read: recorded answers to audits and held-out texts, and what the gate sees of them.

Shape suffixes: N texts, S segments of a text, D features.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gating.text.objective import TextItem
from gating.text.tokenizer import TextTokenizer
from simulate.experts import ANCHOR, UNTRAINED, Experts
from simulate.recording import Float64, Recording, Script, honest, noisy, parroting, record, tempered
from simulate.texts import Amount, audit_items, mixed_items, pure_items

TEMPERATURES = (0.8, 0.9, 1.1, 1.25, 1.5)
NOISES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
MOST_VICTIMS = 2

Encode = Callable[[str], Float64]


@dataclass(frozen=True, eq=False)
class Study:
    """Recordings of three kinds of texts by specialists, anchor and misfits."""

    domains: tuple[str, ...]
    tokenizer: TextTokenizer
    audits: Recording
    variants: Recording
    """The first of the audit texts, answered by the victims in other ways too."""
    pure: Recording
    mixed: Recording

    @property
    def victims(self) -> tuple[str, ...]:
        """Specialists whose answers were also recorded with noise, at other temperatures and lazily."""
        return self.domains[:MOST_VICTIMS]


def open_study(experts: Experts, amount: Amount) -> Study:
    """The study of some experts; answers that the cache lacks are recorded first."""
    everyone = (*experts.domains, ANCHOR, UNTRAINED)
    plain: Script = {name: (honest(), parroting()) if name == experts.domains[0] else (honest(),) for name in everyone}
    ways = (honest(), *map(tempered, TEMPERATURES), *map(noisy, NOISES))
    varied = {name: ways if name in experts.domains[:MOST_VICTIMS] else (honest(),) for name in everyone}

    def listen(kind: str, items: list[TextItem], script: Script) -> Recording:
        answers = record(items, experts.load, script, experts.folder / "answers" / f"{kind}-{len(items)}")
        sizes = np.array([experts.tokenizer.count_bytes(item.continuation) for item in items])
        return Recording(tuple(items), answers, sizes)

    audits = audit_items(experts, amount)
    return Study(
        experts.domains,
        experts.tokenizer,
        listen("audits", audits, plain),
        listen("variants", audits[: amount.variants * len(experts.domains)], varied),
        listen("pure", pure_items(experts, amount), plain),
        listen("mixed", mixed_items(experts, amount), plain),
    )


def encode_contexts(recording: Recording, encode: Encode) -> Float64:
    """What the gate sees before the first step of each text, [N, D]."""
    return np.stack([encode(item.context) for item in recording.items])
