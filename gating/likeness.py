"""Who answers like whom: those who repeat others follow them, and earn only what they add.

Evidence is kept for each context apart, so that whoever copies each expert where it is best is found where it does.
Those who say the same of one text are one player on that text, whatever else is known of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gating.coalitions import Array
from gating.company import NEVER, Company
from gating.contribution import Group
from gating.pairs import LikenessSettings

_FAR_MORE = 2


@dataclass(frozen=True, eq=False)
class Text:
    """Who was asked about a text of some context and what they said: [1 + hotkeys, T], the anchor first."""

    hotkeys: Sequence[str]
    logprobs: Array | None = None
    context: str = ""


class Likeness:
    """Remembers who is alike, and who was good first, in every context."""

    def __init__(self, settings: LikenessSettings | None = None) -> None:
        self.settings = settings or LikenessSettings()
        self._contexts: dict[str, Company] = {}
        self._since: dict[str, int] = {}
        self._texts = 0

    def observe(self, hotkeys: Sequence[str], logprobs: Array, context: str = "") -> None:
        """Take in one audited text: answers [1 + hotkeys, T], the anchor first, NaN where somebody was absent."""
        self._texts += 1
        for hotkey in hotkeys:
            self._since.setdefault(hotkey, self._texts)
        self._contexts.setdefault(context, Company(self.settings)).observe(hotkeys, logprobs, self._texts)

    def groups(self, text: Text, known: Iterable[Group] = ()) -> tuple[Group, ...]:
        """Positions of a text's hotkeys by player; whoever was first to be clearly better than the anchor leads.

        Whoever is known to be like a leader, or says the same of this text, follows it, unless the leader changed just
        when the other came, or is like somebody in far more contexts and was not there alone when it was first good.
        Followers lead nobody, so a go-between cannot join two who are not alike. ``known`` are groups that are
        established otherwise, as by a common coldkey, the first in front.
        """
        hotkeys, here = text.hotkeys, self._company(text.context)
        friends = {place: group for group in known for place in group}
        rank = {place: at for group in friends.values() for at, place in enumerate(group)}
        same = {} if text.logprobs is None else here.find_same(hotkeys, text.logprobs)

        def priority(place: int) -> tuple[int, int, int, str]:
            hotkey = hotkeys[place]
            return here.first(hotkey), self._since.get(hotkey, NEVER), rank.get(place, 0), hotkey

        def closeness(one: int, other: int) -> float:
            if one in friends.get(other, ()):
                return 2.0
            known = here.closeness(hotkeys[one], hotkeys[other])
            return max(known, same.get((one, other) if one < other else (other, one), 0.0))

        leaders: dict[int, list[int]] = {}
        for place in sorted(range(len(hotkeys)), key=priority):
            leader = max(leaders, key=lambda one: closeness(one, place), default=None)
            if leader is None or closeness(leader, place) <= 0.0:
                leaders[place] = [place]
            elif self._is_overtaken(here, hotkeys[leader], hotkeys[place]):
                leaders[place] = [place, *leaders.pop(leader)]
            else:
                leaders[leader].append(place)
        return tuple(sorted(tuple(group) for group in leaders.values()))

    def _is_overtaken(self, here: Company, leader: str, follower: str) -> bool:
        """Whether the leader changed just when the follower came; or was not there first and is like far more."""
        if here.changed_for(leader, follower):
            return True
        alone = here.first(leader) < self._since.get(follower, NEVER)
        copies_all = self._spread(leader) > _FAR_MORE * self._spread(follower)
        return copies_all and not alone and not here.changed_for(follower, leader)

    def correlation(self, one: str, other: str, context: str = "") -> float | None:
        """How alike two hotkeys are, about zero for strangers; None without enough texts that count."""
        return self._company(context).correlation(one, other)

    def alike(self, one: str, other: str) -> bool:
        """Whether two hotkeys are taken for one anywhere."""
        return any(company.alike(one, other) for company in self._contexts.values())

    def forget(self, hotkey: str) -> None:
        """Drop all that is known of a hotkey, as when its owner has changed."""
        self._since.pop(hotkey, None)
        for company in self._contexts.values():
            company.forget(hotkey)

    def encode(self) -> dict[str, object]:
        """Everything that is known, for JSON."""
        contexts = {context: company.encode() for context, company in sorted(self._contexts.items())}
        return {"texts": self._texts, "since": dict(sorted(self._since.items())), "contexts": contexts}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from an encoded state.

        Raises: KeyError, TypeError, ValueError when it is not one.
        """
        self._texts, self._contexts = int(state["texts"]), {}
        self._since = {str(hotkey): int(text) for hotkey, text in state["since"].items()}
        for context, told in state["contexts"].items():
            self._contexts[context] = Company(self.settings)
            self._contexts[context].restore(told)

    def _spread(self, hotkey: str) -> int:
        """Number of contexts in which a hotkey is like somebody."""
        return sum(company.has_likes(hotkey) for company in self._contexts.values())

    def _company(self, context: str) -> Company:
        return self._contexts.get(context) or Company(self.settings)
