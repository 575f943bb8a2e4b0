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


def telling_words(groups: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """For each group of texts the words that many of them and few of the others hold, the most telling first.

    Words with digits, and those that fewer than ``LEAST_TEXTS`` texts hold, never leave: they may be names or secrets.
    """
    counts = [_count(texts) for texts in groups]
    total: Counter[str] = Counter()
    for found in counts:
        total.update(found)
    size = sum(map(len, groups))
    return [
        _tell(found, total - found, (len(texts), size - len(texts)))
        for found, texts in zip(counts, groups, strict=True)
    ]


def _tell(here: Counter[str], there: Counter[str], sizes: tuple[int, int]) -> tuple[str, ...]:
    """Words of some texts by how much they tell; ``sizes`` are the numbers of these and of the other texts."""
    known = {word: count / max(1, sizes[0]) for word, count in here.items() if count >= LEAST_TEXTS}
    telling = {
        word: share * math.log(share / (there[word] / max(1, sizes[1]) + _RARE)) for word, share in known.items()
    }
    best = sorted(telling, key=lambda word: (-telling[word], word))[:MOST_WORDS]
    return tuple(word for word in best if telling[word] > 0)


def _count(texts: Iterable[str]) -> Counter[str]:
    """Number of texts that hold each word; first and last words may be cut and are left out."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word.lower() for word in _WORD.findall(text)[1:-1]})
    return counts
