"""Words that tell some texts from others, without telling any of them."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

MOST_WORDS = 6
LEAST_TEXTS = 5
"""Different texts that must hold a word before it may be told."""

_RARE = 0.02
_WORD = re.compile(r"[^\W\d_]{3,20}")


def telling_words(texts: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Words that many of ``texts`` and few of ``others`` hold, the most telling first.

    Words with digits, and those that fewer than ``LEAST_TEXTS`` texts hold, never leave: they may be names or secrets.
    """
    here, there = _count(texts), _count(others)
    known = {word: count for word, count in here.items() if count >= LEAST_TEXTS}

    def telling(word: str) -> float:
        share = here[word] / max(1, len(texts))
        return share * math.log(share / (there[word] / max(1, len(others)) + _RARE))

    best = sorted(known, key=lambda word: (-telling(word), word))[:MOST_WORDS]
    return tuple(word for word in best if telling(word) > 0)


def _count(texts: Iterable[str]) -> Counter[str]:
    """Number of texts that hold each word; first and last words may be cut and are left out."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word.lower() for word in _WORD.findall(text)[1:-1]})
    return counts
