"""Who helps whom, context by context: teams of experts that say more together.

Adding j to a team S helps its mixture if and only if E[p_j / m_S] > 1 over the true tokens: that ratio less one is the
slope at which the log-score rises when a little weight goes to j. The newest audited texts of each context are kept, so
the statistic is at hand for any team. Shapes: n experts, T tokens of all texts of a context, side by side.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gating.coalitions import Array, relative_probabilities

Float32 = NDArray[np.float32]

MOST_MEMBERS = 8


@dataclass(frozen=True)
class TeamSettings:
    """Texts kept per context, texts that a verdict needs, and standard errors to be sure by."""

    memory: int = 64
    least_texts: int = 6
    doubt: float = 1.0
    fitting_rounds: int = 12


@dataclass(frozen=True)
class Help:
    """Probability of the true tokens to a newcomer over the team's mixture: mean, standard error, number of texts."""

    mean: float
    error: float
    texts: int

    def is_sure(self, settings: TeamSettings) -> bool:
        """Whether the newcomer helps beyond doubt."""
        return self.texts >= settings.least_texts and self.mean - settings.doubt * self.error > 1.0


@dataclass(frozen=True)
class Team:
    """Experts in the order in which they help, and their mixture's gain over the anchor, nats per token.

    ``weights`` are those of the anchor and the members that fit the context's texts best.
    """

    members: tuple[str, ...]
    weights: tuple[float, ...]
    gain: float
    texts: int


@dataclass(frozen=True, eq=False)
class _Text:
    """Probabilities of the true tokens over the anchor's, by expert, [T]; NaN where it was absent."""

    ratios: dict[str, Float32]
    length: int
    anchor_nats: float


@dataclass
class _Context:
    """The newest texts of a context."""

    texts: deque[_Text]
    seen: int = 0


@dataclass
class TeamBook:
    """Remembers what experts said of the newest texts of each context, and forms teams from it."""

    count: int
    settings: TeamSettings = field(default_factory=TeamSettings)

    def __post_init__(self) -> None:
        self._contexts = [_Context(deque(maxlen=self.settings.memory)) for _ in range(self.count)]

    def observe(self, context: int, hotkeys: Sequence[str], logprobs: Array) -> None:
        """Take in one audited text: answers [1 + hotkeys, T], the anchor first, NaN where somebody was absent."""
        ratios = relative_probabilities(logprobs)[1:].astype(np.float32)
        known = {hotkey: row for hotkey, row in zip(hotkeys, ratios, strict=True) if not np.isnan(row).all()}
        place = self._contexts[context]
        place.texts.append(_Text(known, logprobs.shape[1], float(-logprobs[0].mean())))
        place.seen += 1

    def seen(self, context: int) -> int:
        """Audited texts of a context, ever."""
        return self._contexts[context].seen

    def heard(self, context: int, most: int) -> list[str]:
        """The experts that answered most of a context's texts."""
        counts = Counter(hotkey for text in self._contexts[context].texts for hotkey in text.ratios)
        return [hotkey for hotkey, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]]

    def anchor_nats(self, context: int) -> float:
        """The anchor's mean loss over the kept texts of a context, nats per token; zero where there are none."""
        texts = self._contexts[context].texts
        return sum(text.anchor_nats for text in texts) / len(texts) if texts else 0.0

    def help(self, context: int, members: Sequence[str], newcomer: str) -> Help:
        """What a newcomer would add to a team, over the texts that all of them answered."""
        texts, ratios = self._gather(context, (*members, newcomer))
        if texts.size == 0:
            return Help(0.0, 0.0, 0)
        weights = self._fit(ratios[:-1])
        return _summarise(ratios[-1] / _mix(ratios[:-1], weights), texts)

    def form(self, context: int, candidates: Iterable[str], k: int = MOST_MEMBERS) -> Team:
        """A team of one after another that helps beyond doubt, those first whose mixture is best."""
        left = sorted(candidates)
        members: tuple[str, ...] = ()
        team = Team((), (1.0,), 0.0, len(self._contexts[context].texts))
        while left and len(members) < k:
            helpful = [name for name in left if self.help(context, members, name).is_sure(self.settings)]
            teams = [self._measure(context, (*members, name)) for name in helpful]
            best = max(teams, key=lambda found: found.gain, default=team)
            if best.gain <= team.gain:
                break
            team, members = best, best.members
            left = [name for name in helpful if name not in members]
        return team

    def forget(self, hotkey: str) -> None:
        """Drop all that a hotkey has said."""
        for context in self._contexts:
            for text in context.texts:
                text.ratios.pop(hotkey, None)

    def _measure(self, context: int, members: tuple[str, ...]) -> Team:
        texts, ratios = self._gather(context, members)
        weights = self._fit(ratios)
        gain = float(np.log(_mix(ratios, weights)).mean())
        return Team(members, tuple(float(weight) for weight in weights), gain, len(np.unique(texts)))

    def _gather(self, context: int, hotkeys: Sequence[str]) -> tuple[NDArray[np.int64], Array]:
        """Number of the text of each token, [T], and the experts' ratios, [n, T], where all of them answered."""
        held = [text for text in self._contexts[context].texts if all(hotkey in text.ratios for hotkey in hotkeys)]
        if not held:
            return np.zeros(0, dtype=np.int64), np.zeros((len(hotkeys), 0))
        texts = np.repeat(np.arange(len(held)), [text.length for text in held])
        rows = [np.concatenate([text.ratios[hotkey] for text in held]) for hotkey in hotkeys]
        ratios = np.array(rows, dtype=np.float64).reshape(len(hotkeys), -1)
        whole = ~np.isnan(ratios).any(axis=0)
        return texts[whole], ratios[:, whole]

    def _fit(self, ratios: Array) -> Array:
        """Weights of the anchor and some experts under which their mixture fits best, by expectation maximisation."""
        weights = np.full(len(ratios) + 1, 1.0 / (len(ratios) + 1))
        rows = np.vstack([np.ones(ratios.shape[1]), ratios])
        for _ in range(self.settings.fitting_rounds if len(ratios) else 0):
            weights = weights * (rows / (weights @ rows)).mean(axis=1)
        return weights


def _mix(ratios: Array, weights: Array) -> Array:
    """Probability of each true token in the mixture, over the anchor's, [T]."""
    mixed: Array = weights[0] + weights[1:] @ ratios
    return mixed


def _summarise(ratios: Array, texts: NDArray[np.int64]) -> Help:
    """Mean over the tokens; tokens of one text go together."""
    _, place = np.unique(texts, return_inverse=True)
    sizes = np.bincount(place)
    mean = float(ratios.mean())
    sums = np.bincount(place, weights=ratios - mean)
    count = len(sizes)
    error = float(np.sqrt((sums * sums).sum() * count / max(1, count - 1)) / len(ratios))
    return Help(mean, error, count)
