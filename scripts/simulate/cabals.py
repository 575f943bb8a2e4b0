"""Attacks of validators: weights that are copied, bought, or follow from chosen texts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulate.attacks import HONEST, SEAT, Attack, honest_miners
from simulate.market import Judge, Market, Miner, Scores, Seat
from simulate.ways import flat, speak

CABALS = (0.1, 0.3, 0.45, 0.49, 0.51, 0.6)
DRAWN = 64


def copy_weights(age: int) -> Judge:
    """Repeat what the others said some epochs ago, without auditing anybody."""

    def judge(_epoch: int, _scores: Scores, told: Sequence[Sequence[Scores]]) -> Scores:
        seen = told[-age] if len(told) >= age else told[0]
        names = {name for scores in seen for name in scores}
        return {name: float(np.median([scores.get(name, 0.0) for scores in seen[:-1]])) for name in names}

    return judge


def favour(name: str) -> Judge:
    """All weight to one friend."""
    return lambda _epoch, _scores, _told: {name: 1.0}


def copier_market(domains: Sequence[str], market: Market, age: int) -> Market:
    """The last of three validators copies weights that are some epochs old; experts come and go meanwhile."""
    seats = (Seat(0.4), Seat(0.3), Seat(0.3, copy_weights(age)))
    step = max(1, market.epochs // (2 * len(domains)))
    coming = tuple(
        replace(miner, joins_at=step * number) if number % 2 else miner
        for number, miner in enumerate(honest_miners(domains))
    )
    return replace(market, miners=coming, seats=seats)


def cabal_market(domains: Sequence[str], market: Market, stake: float) -> Market:
    """A cabal with a share of the stake gives all weight to a friend that answers nothing of worth."""
    friend = Miner("friend", flat, SEAT, attacker=True)
    seats = (Seat((1.0 - stake) * 0.55), Seat((1.0 - stake) * 0.45), Seat(stake, favour("friend")))
    return replace(market, miners=(*honest_miners(domains), friend), seats=seats)


def grinding_attack(domains: Sequence[str], market: Market, friend: str) -> Attack:
    """A validator with a quarter of the stake draws its texts many times over, for an honest expert's sake."""
    others = tuple(miner for miner in honest_miners(domains) if miner.name != friend)
    miners = (*others, Miner(friend, speak(friend), HONEST, attacker=True))
    seats = (*market.seats[:-1], replace(market.seats[-1], grinds_for=friend, drawn=DRAWN))
    return Attack(replace(market, miners=miners, seats=seats), "seeds are committed, consensus clips", friend)
