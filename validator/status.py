"""What the validator shows of itself: one JSON object, without anything secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chain.metagraph import Neuron
from validator.channels import ChannelBook
from validator.facts import Facts
from validator.ledger import Ledger, View
from validator.scoring import Standing
from validator.trend import Trend

MOST_TARGETS = 64
MOST_GATE_EXPERTS = 64
NOTE = "demo grade: local files that anyone can have (bring your own with --texts and --evaluation)"

Json = dict[str, object]


@dataclass
class Progress:
    """Counters and figures that the loops leave here for the page."""

    rounds: int = 0
    texts: int = 0
    round_seconds: float | None = None
    anchor_problem: str | None = "loading"
    problem: str | None = None
    trend: Trend = field(default_factory=Trend)

    def tell(self, problem: str | None) -> None:
        """Note what a loop has to say."""
        self.problem = problem

    def note_round(self, rounds: int, texts: int, seconds: float) -> None:
        """Note an audit round; ``rounds`` is how many there have been, ever."""
        self.rounds = rounds
        self.texts += texts
        self.round_seconds = round(seconds, 3)


@dataclass(frozen=True)
class Desk:
    """Where the facts of the page lie."""

    hotkey: str
    ledger: Ledger
    book: ChannelBook
    standing: Standing
    facts: Facts
    progress: Progress


def describe_status(desk: Desk) -> Json:
    """Everything that ``/status`` tells, apart from what the API adds."""
    view = desk.ledger.views.value
    return {
        "hotkey": desk.hotkey,
        **_describe_chain(desk, view),
        "anchor": {"ready": desk.progress.anchor_problem is None, "problem": desk.progress.anchor_problem},
        "miners": [] if view is None else _describe_miners(desk, view),
        "bits_per_byte": desk.progress.trend.newest,
        "history": desk.progress.trend.points,
        "audits": _describe_audits(desk.progress),
        "gate": _describe_gate(desk),
        "weights": {"targets": [], "rows": []} if view is None else describe_weights(view),
        "texts_note": NOTE,
    }


def _describe_chain(desk: Desk, view: View | None) -> Json:
    problem = desk.ledger.problem
    me = None if view is None else view.neuron(desk.hotkey)
    return {
        "uid": None if me is None else me.uid,
        "netuid": desk.ledger.netuid,
        "block": None if view is None else view.block,
        "epoch": None if view is None else view.epoch,
        "tempo": None if view is None else view.metagraph.tempo,
        "blocks_since_last_step": None if view is None else view.metagraph.blocks_since_last_step,
        "chain": {"connected": problem is None, "problem": problem, "explorer": desk.ledger.explorer},
    }


def _describe_audits(progress: Progress) -> Json:
    return {
        "rounds": progress.rounds,
        "texts": progress.texts,
        "round_seconds": progress.round_seconds,
        "problem": progress.problem,
    }


def _describe_miners(desk: Desk, view: View) -> list[Json]:
    mine = share_of(view, desk.hotkey)
    serving = desk.book.serving()
    return [_describe_miner(desk, neuron, mine, serving) for neuron in view.miners(desk.hotkey)]


def _describe_miner(desk: Desk, neuron: Neuron, mine: Mapping[int, float], serving: frozenset[str]) -> Json:
    return {
        "hotkey": neuron.hotkey,
        "uid": neuron.uid,
        "domain": desk.book.domain_of(neuron.hotkey),
        "audit_score": desk.facts.scores.get(neuron.hotkey),
        "audited": desk.facts.audited.get(neuron.hotkey, 0),
        "weight": mine.get(neuron.uid, 0.0),
        "incentive": neuron.incentive,
        "emission": neuron.emission,
        "stake": neuron.stake,
        "available": neuron.hotkey in serving,
    }


def share_of(view: View, hotkey: str) -> dict[int, float]:
    """Share of its vote that ``hotkey`` gives each uid on chain."""
    me = view.neuron(hotkey)
    given = [] if me is None else view.weights.get(me.uid, [])
    total = sum(weight for _, weight in given)
    return {uid: weight / total for uid, weight in given} if total else {}


def describe_weights(view: View) -> Json:
    """The weights of all validators as shares of their votes."""
    by_uid = {neuron.uid: neuron for neuron in view.metagraph.neurons}
    targets = sorted({uid for row in view.weights.values() for uid, _ in row if uid in by_uid})[:MOST_TARGETS]
    rows = []
    for uid in sorted(set(view.weights) & set(by_uid)):
        shares = share_of(view, by_uid[uid].hotkey)
        rows.append(
            {"uid": uid, "hotkey": by_uid[uid].hotkey, "shares": [shares.get(target, 0.0) for target in targets]}
        )
    return {"targets": [{"uid": uid, "hotkey": by_uid[uid].hotkey} for uid in targets], "rows": rows}


def _describe_gate(desk: Desk) -> Json:
    gains = desk.facts.gains
    experts = sorted({hotkey for row in gains.values() for hotkey in row})[:MOST_GATE_EXPERTS]
    ordered: Sequence[str] = sorted(experts, key=lambda hotkey: (desk.book.domain_of(hotkey) or "~", hotkey))
    rows = [[gains[domain].get(hotkey) for hotkey in ordered] for domain in sorted(gains)]
    saved = {"router": desk.standing.router.kind, "state_sha256": desk.standing.router_hash}
    return {"domains": sorted(gains), "experts": list(ordered), "gains": rows, **saved}
