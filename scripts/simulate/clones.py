"""Copies and bent reports: what they earn their owner, and what they cost the one they copy.

Everybody is asked about every text, so that only the rule of payment decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gating.coalitions import coalition_values, relative_probabilities
from gating.contribution import Group, contribution, own_gains
from gating.likeness import Likeness, Text
from gating.mixture import gate_weights
from gating.router import LinUCBRouter
from gating.scores import Asked, Scoreboard
from gating.served import served_weights
from simulate.experts import ANCHOR
from simulate.recording import Float64, Recording
from simulate.study import NOISES, TEMPERATURES, Study
from simulate.trials import Ground

FLOORS = (0.02, 0.1)
_JUNK_TOKENS = 64
_ROUND = 16
_NOISE_MARK = "~"

Rule = Callable[[Float64, Float64, Sequence[Group]], Sequence[float]]
"""Answers [1 + experts, T], prior weights and players, to what each expert is paid for a text."""


def pay_quotient(logprobs: Float64, prior: Float64, groups: Sequence[Group]) -> Sequence[float]:
    """The network's rule: quotient Shapley with priority, and own gain."""
    return contribution(logprobs, prior, groups).paid


def pay_own(own_share: float) -> Rule:
    """The network's rule with another part of the pay for own gain."""
    return lambda logprobs, prior, groups: contribution(logprobs, prior, groups, own_share).paid


def pay_plain(logprobs: Float64, prior: Float64, _groups: Sequence[Group]) -> Sequence[float]:
    """Shapley values of all experts, copies included."""
    return contribution(logprobs, prior).marginal


def pay_left_out(logprobs: Float64, prior: Float64, _groups: Sequence[Group]) -> Sequence[float]:
    """What all lose without each."""
    relative = relative_probabilities(logprobs)
    values = coalition_values(relative, served_weights(relative, prior.tolist()))
    everyone = len(values) - 1
    return [float(values[everyone] - values[everyone ^ (1 << place)]) for place in range(len(logprobs) - 1)]


def pay_synergy(logprobs: Float64, prior: Float64, _groups: Sequence[Group]) -> Sequence[float]:
    """Own gain, and for each partner half of what the pair gains over the better of the two."""
    relative = relative_probabilities(logprobs)
    values = coalition_values(relative, prior[:, None])
    found = list(own_gains(logprobs))
    for one in range(len(found)):
        for other in range(len(found)):
            pair = values[(1 << one) | (1 << other)] - max(values[1 << one], values[1 << other])
            found[one] += max(0.0, float(pair)) / 2.0 if one != other else 0.0
    return found


RULES: dict[str, Rule] = {
    "quotient Shapley with priority": pay_quotient,
    "plain Shapley": pay_plain,
    "leave one out": pay_left_out,
    "synergy": pay_synergy,
}


def pay_market(ground: Ground, recording: Recording, pool: Sequence[str], rule: Rule, seed: int) -> dict[str, float]:
    """Scores of all experts after the recording's texts in an order of the seed's; copies come after a round."""
    router, board, likeness = LinUCBRouter(ground.settings), Scoreboard(), Likeness()
    board.track(pool)
    order = np.random.default_rng([seed, 3]).permutation(len(recording.items))
    for at in range(0, len(order), _ROUND):
        lessons = []
        experts = pool if at else [name for name in pool if _NOISE_MARK not in name]
        for text in order[at : at + _ROUND]:
            features = ground.audit_features[text]
            logprobs = recording.rows([ANCHOR, *experts], int(text))
            groups = likeness.groups(Text(experts, logprobs, recording.items[text].domain))
            paid = rule(logprobs, gate_weights(router.predict(features, experts)), groups)
            board.record({hotkey: Asked(value) for hotkey, value in zip(experts, paid, strict=True)})
            likeness.observe(experts, logprobs, recording.items[text].domain)
            lessons.append((features, own_gains(logprobs)))
        for features, gains in lessons:
            for hotkey, gain in zip(experts, gains, strict=True):
                router.update(hotkey, features, gain)
    return board.scores()


def compare_clones(ground: Ground, seed: int, rule: Rule = pay_quotient) -> tuple[float, float]:
    """Largest gain of an owner by copying its own expert, largest loss of one whom a stranger copies, over all noises.

    The gain is a factor, the loss a share of what the victim earned alone; whoever earned nothing alone has nothing
    to lose.
    """
    study, gains, losses = ground.study, [1.0], [0.0]
    alone = pay_market(ground, study.variants, study.domains, rule, seed)
    for victim in _paid_victims(study, alone):
        for noise in NOISES:
            copy = f"{victim}~{noise:g}"
            scores = pay_market(ground, study.variants, (*study.domains, copy), rule, seed)
            gains.append((scores[victim] + scores[copy]) / alone[victim])
            losses.append(1.0 - scores[victim] / alone[victim])
    return max(gains), max(losses)


@dataclass(frozen=True)
class Bending:
    """Largest relative gains in pay by bending reports: in any way, and in ways that foretell one's own trade worse."""

    any_way: float
    for_the_worse: float


def compare_reports(ground: Ground, seed: int, rule: Rule = pay_quotient) -> Bending:
    """What experts gain by bending their reports; some of it by foretelling better than they honestly do."""
    study, gains, worse = ground.study, [0.0], [-1.0]
    alone = pay_market(ground, study.variants, study.domains, rule, seed)
    for victim in _paid_victims(study, alone):
        trade = np.array([item.domain == victim for item in study.variants.items])
        honest = float(study.variants.answers[victim][trade].mean())
        for bent in _bent_reports(study, victim):
            changed = replace(study.variants, answers={**study.variants.answers, victim: bent})
            scores = pay_market(ground, changed, study.domains, rule, seed)
            gains.append(scores[victim] / alone[victim] - 1.0)
            if float(bent[trade].mean()) < honest:
                worse.append(gains[-1])
    return Bending(max(gains), max(worse))


def _paid_victims(study: Study, alone: Mapping[str, float]) -> list[str]:
    return [victim for victim in study.victims if alone[victim] > 0.0]


def _bent_reports(study: Study, victim: str) -> list[Float64]:
    """Other temperatures, a floor under all probabilities, and mass on tokens drawn at random."""
    answers = study.variants.answers
    honest = answers[victim]
    found = [answers[f"{victim}^{power:g}"] for power in TEMPERATURES]
    found += [np.log((1.0 - floor) * np.exp(honest) + floor / 2048.0) for floor in FLOORS]
    lucky = np.random.default_rng(11).random(honest.shape) < _JUNK_TOKENS / 2048.0
    return [*found, np.log(0.9 * np.exp(honest) + np.where(lucky, 0.1 / _JUNK_TOKENS, 0.0))]
