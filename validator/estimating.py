"""What miners are worth by another validator's findings, as its own scoreboard would have it."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from gating.pooling import Estimate
from gating.scores import Asked, Evidence, ScoreSettings
from validator.findings import Findings, Text

_Part = tuple[int, Asked]
"""Place of a text, and a miner's part in it."""


def estimate_miners(findings: Iterable[Findings], since: Mapping[str, int]) -> dict[str, Estimate]:
    """What each miner is worth by one validator's findings, oldest first; ``since`` is the block of its registration.

    Texts from before a miner's registration are those of another owner and do not count for it.
    """
    settings = ScoreSettings()
    evidence: dict[str, Evidence] = {}
    for one in findings:
        for among, run in groupby(one.texts, key=lambda text: text.among):
            texts = list(run)
            parts, blocks = _sort_out(texts), [text.block for text in texts]
            for hotkey in among & since.keys():
                first = bisect_right(blocks, since[hotkey])
                known = evidence.get(hotkey, Evidence())
                counted = [part for part in parts.get(hotkey, ()) if part[0] >= first]
                evidence[hotkey] = _follow(known, range(first, len(texts)), counted, settings)
    return {
        hotkey: Estimate(*evidence[hotkey].estimate(settings)) for hotkey in sorted(evidence) if evidence[hotkey].audits
    }


def _sort_out(texts: Sequence[Text]) -> dict[str, list[_Part]]:
    parts: dict[str, list[_Part]] = {}
    for place, text in enumerate(texts):
        for hotkey, entry in text.asked.items():
            parts.setdefault(hotkey, []).append((place, entry))
    return parts


def _follow(evidence: Evidence, places: range, parts: Sequence[_Part], settings: ScoreSettings) -> Evidence:
    """With all texts of some places more, in a few of which the miner had a part."""
    at = places.start
    for place, entry in parts:
        evidence = _pass(evidence, place - at, settings)
        if entry.routed:
            value = entry.value / max(entry.propensity, settings.least_propensity)
            evidence = evidence.add(value, settings.discount)
        else:
            evidence = _pass(evidence, 1, settings)
        at = place + 1
    return _pass(evidence, places.stop - at, settings)


def _pass(evidence: Evidence, texts: int, settings: ScoreSettings) -> Evidence:
    """With texts in which the miner had no part, which count once it has begun."""
    return evidence.rest(texts, settings.discount) if texts and evidence.audits else evidence
