"""Why a miner earns what it earns, read from the audit log."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gating.contribution import contribution
from gating.scores import answered_share
from validator.again import Again
from validator.errors import ValidatorError
from validator.observation import Observation

Json = dict[str, object]


class NeverAudited(ValidatorError):
    """The audit log does not know a hotkey."""


@dataclass(frozen=True)
class TextAccount:
    """One audited text from one miner's side; nats per token, log-scores over the tokens that were answered.

    ``own_gain`` is over the anchor, ``marginal`` is what the mixture gained by this miner, ``mixture_gain``
    what it gained by all. ``cluster`` are the other miners that count with this one as one player.
    """

    round: int
    item: str
    domain: str
    own_logprob: float | None
    anchor_logprob: float
    own_gain: float
    mixture_gain: float
    marginal: float
    paid: float
    propensity: float
    routed: bool
    answered: float
    cluster: tuple[str, ...]


@dataclass(frozen=True)
class Organic:
    """An app's text that was asked again: what the miner gave then and now, nats a token over those of both."""

    item: str
    since: int
    then: float
    now: float


@dataclass(frozen=True)
class Verdict:
    """The newest weights that were told: this miner's score, and its share of this validator's vote.

    ``faithfulness`` is what the score was multiplied by for answers to apps; None where none was asked again.
    """

    epoch: int
    score: float
    share: float
    faithfulness: float | None = None


@dataclass(frozen=True)
class Explanation:
    """All audited texts of a miner that the log holds, the oldest first, and what came of them."""

    hotkey: str
    texts: tuple[TextAccount, ...]
    verdict: Verdict | None
    organic: tuple[Organic, ...] = ()


def explain(records: Iterable[Mapping[str, Any]], hotkey: str) -> Explanation:
    """What the log says about a miner.

    Raises: NeverAudited, CorruptRecords.
    """
    texts, organic = list[TextAccount](), list[Organic]()
    verdict, seen = None, set[str]()
    for record in records:
        if "logprobs" in record:
            seen.update(record["experts"])
            if hotkey in record["experts"]:
                texts.append(account(Observation.decode(record), hotkey))
        elif "again" in record:
            organic += _find_organic(Again.decode(record), hotkey)
        elif "proposal" in record:
            verdict = _read_verdict(record, hotkey)
    if not texts:
        known = f"it holds {', '.join(sorted(seen))}" if seen else "it holds no audits at all"
        raise NeverAudited(f"no audit of {hotkey} is in the log ({known})")
    return Explanation(hotkey, tuple(texts), verdict, tuple(organic))


def account(observation: Observation, hotkey: str) -> TextAccount:
    """One text from the side of a miner that was asked about it."""
    route, at = observation.route, observation.route.experts.index(hotkey)
    found = contribution(observation.logprobs, route.prior, observation.groups)
    own = observation.logprobs[at + 1]
    heard = own[~np.isnan(own)]
    group = next((group for group in observation.groups if at in group), (at,))
    return TextAccount(
        round=observation.round,
        item=observation.item,
        domain=observation.domain,
        own_logprob=float(heard.mean()) if heard.size else None,
        anchor_logprob=float(observation.logprobs[0].mean()),
        own_gain=found.own_gain[at],
        mixture_gain=found.value,
        marginal=found.marginal[at],
        paid=found.paid[at],
        propensity=route.propensities[at],
        routed=route.routed[at],
        answered=answered_share(observation.logprobs)[at],
        cluster=tuple(route.experts[member] for member in group if member != at),
    )


def _find_organic(again: Again, hotkey: str) -> Iterator[Organic]:
    """An app's text from a miner's side, if it answered both times."""
    if hotkey not in again.experts:
        return
    then, now = (rows[again.experts.index(hotkey)] for rows in (again.then, again.now))
    both = ~(np.isnan(then) | np.isnan(now))
    if both.any():
        yield Organic(again.item, again.since, float(then[both].mean()), float(now[both].mean()))


def _read_verdict(proposal: Mapping[str, Any], hotkey: str) -> Verdict:
    weights = dict(proposal["weights"])
    total = sum(weights.values())
    share = weights.get(proposal["uids"].get(hotkey), 0) / total if total else 0.0
    faithfulness = proposal.get("faithfulness", {}).get(hotkey)
    return Verdict(int(proposal["proposal"]), float(proposal["scores"].get(hotkey, 0.0)), share, faithfulness)


def encode(found: Explanation) -> Json:
    """One JSON object."""
    return asdict(found)


def describe(found: Explanation, newest: int) -> Iterator[str]:
    """Lines for people: the verdict, a row for each domain, and the newest texts."""
    if found.verdict is None:
        yield f"{found.hotkey}: no weights were told yet"
    else:
        told = found.verdict
        share = f"{100 * told.share:.1f} % of the weights told in epoch {told.epoch}"
        yield f"{found.hotkey}: score {told.score:.4f}, {share}"
        if told.faithfulness is not None:
            yield f"{len(found.organic)} texts of apps asked again: pay multiplied by {told.faithfulness:.3f}"
    yield ""
    yield "nats a token, means over the texts of the log that count for pay"
    yield _row(("domain", "texts", "answered", "own gain", "marginal", "paid", "mixture"))
    for domain in sorted({text.domain for text in found.texts}):
        yield _row(_summary(domain, [text for text in found.texts if text.domain == domain]))
    yield ""
    yield f"the newest {min(newest, len(found.texts))} texts"
    yield _row(("round", "domain", "answered", "own gain", "marginal", "paid", "mixture"))
    for text in found.texts[-newest:]:
        mark = f"  one player with {', '.join(text.cluster)}" if text.cluster else ""
        mark += "" if text.routed else "  asked to learn about it: not paid"
        yield _row((text.round, text.domain, *_figures([text]))) + mark


def _summary(domain: str, texts: Sequence[TextAccount]) -> tuple[object, ...]:
    counted = [text for text in texts if text.routed]
    return domain, len(counted), *_figures(counted)


def _figures(texts: Sequence[TextAccount]) -> tuple[str, ...]:
    if not texts:
        return ("–",) * 5

    def mean(values: Iterable[float]) -> float:
        return math.fsum(values) / len(texts)

    gains = [
        mean(text.own_gain for text in texts),
        mean(text.marginal for text in texts),
        mean(text.paid for text in texts),
        mean(text.mixture_gain for text in texts),
    ]
    return f"{100 * mean(text.answered for text in texts):.0f} %", *(f"{gain:+.4f}" for gain in gains)


def _row(cells: tuple[object, ...]) -> str:
    first, second, *others = (str(cell) for cell in cells)
    return f"{first[:14]:<14}  {second[:14]:>14}" + "".join(f"{cell:>10}" for cell in others)
