"""A market of image classifiers: another objective than text, over the same wire, scored and paid by the same code.

Needs scikit-learn for its images of handwritten digits: pip install 'hivegate[digits]'. Miners serve classifiers over
gRPC on this machine; one validator audits them with images of its own, weighs them, and routes held-out images.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from chain.keys import Keypair, verify
from chain.metagraph import Metagraph, Neuron
from gating.classification.digits import CLASSES, Images, load_digits
from gating.classification.model import LinearClassifier, train_linear
from gating.classification.objective import ClassificationObjective
from gating.objective import AuditItem, Question
from gating.router import RouterSettings
from gating.routers import ROUTERS, build_router
from miner.classifier import Classifier, ClassifierEngine, ClassifierExpert
from miner.membership import Membership
from miner.service import MinerService, ServiceConfig
from miner.worker import Worker
from validator.audits import Auditor, Round
from validator.demand import DemandMap, survey, tell
from validator.ledger import View
from validator.panel import UNHURRIED
from validator.routing import Gate, as_it_is
from validator.scoring import Standing
from validator.secret import Secret
from validator.sessions import Sessions
from validator.settings import AuditPlan
from validator.still import StillAnchor
from wire.expert import ExpertChannel, ExpertSession
from wire.identity import Identity
from wire.operations import Description
from wire.server import serving

SPECIALISTS = {"low": (0, 1, 2, 3), "middle": (4, 5, 6), "high": (7, 8)}
"""Nobody has learnt the nine: what they know of it, they know from a few stray images."""
STRAY_IMAGES = 80
ANCHOR_IMAGES = 30
PLAN = AuditPlan(texts=64, steps=1, rows=16, k=2)
SHAPE = (8, 8)

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Guesser:
    """All classes alike."""

    def logprobs(self, tensors: NDArray[np.float32]) -> Float64:
        """Log-probability of each class."""
        return np.full((len(tensors), len(CLASSES)), -np.log(len(CLASSES)))


@dataclass(frozen=True, eq=False)
class Liar:
    """Sure of the class after the one that it sees."""

    honest: LinearClassifier

    def logprobs(self, tensors: NDArray[np.float32]) -> Float64:
        """Log-probability of each class."""
        return np.roll(self.honest.logprobs(tensors), 1, axis=1)


@dataclass(frozen=True)
class Seller:
    """A miner as the validator reaches it."""

    name: str
    hotkey: str
    channel: ExpertChannel

    @property
    def drafts(self) -> bool:
        """A classifier has no tokens to draft."""
        return False

    def session(
        self, questions: Sequence[Question], *, step_timeout: float
    ) -> AbstractAsyncContextManager[ExpertSession]:
        """Open a session over ``questions``."""
        return self.channel.session(questions, step_timeout=step_timeout)


@dataclass
class Market:
    """One validator and the miners that it reaches."""

    objective: ClassificationObjective
    sellers: Mapping[str, Seller]
    view: View
    auditor: Auditor
    standing: Standing
    demand: DemandMap
    held_out: Sequence[AuditItem]

    def name_of(self, hotkey: str) -> str:
        """What a miner is called here."""
        return self.sellers[hotkey].name


@dataclass(frozen=True)
class Outcome:
    """Shares of the weights by name, and losses on held-out images, nats each."""

    shares: Mapping[str, float]
    routed: float
    alone: Mapping[str, float]
    anchor: float


def train_models(images: Images) -> dict[str, Classifier]:
    """A classifier for each miner: a specialist has seen all of its digits and few others."""
    stray = np.random.default_rng(0).permutation(len(images))[:STRAY_IMAGES]
    models: dict[str, Classifier] = {}
    for name, digits in SPECIALISTS.items():
        known = np.flatnonzero(np.isin(images.labels, digits))
        models[name] = train_linear(images.pick(np.union1d(known, stray)), len(CLASSES))
    everything = train_linear(images, len(CLASSES))
    return {**models, "guesser": Guesser(), "liar": Liar(everything)}


@asynccontextmanager
async def open_market(router: str = "linucb") -> AsyncIterator[Market]:
    """Train, serve and reach the miners; all of it ends with the block.

    Raises: MissingImages.
    """
    for_miners, for_audits, held_out = load_digits().split(3, seed=1)
    models = train_models(for_miners)
    keys = {name: Keypair.from_uri(f"//{name}") for name in ("validator", *models)}
    view = View(enrol(keys), {}, 1)
    async with AsyncExitStack() as stack:
        sellers = {}
        for name, model in models.items():
            found = await stack.enter_async_context(reach(name, model, keys, view.metagraph))
            sellers[found.hotkey] = found
        yield build_market(sellers, view, (for_audits, held_out), router)


@asynccontextmanager
async def reach(
    name: str, model: Classifier, keys: Mapping[str, Keypair], metagraph: Metagraph
) -> AsyncIterator[Seller]:
    """Serve a classifier on a free port and connect the validator to it."""
    key, expert = keys[name], ClassifierExpert(model, SHAPE, len(CLASSES))
    membership = Membership(metagraph.netuid)
    membership.update(metagraph)
    language = ClassificationObjective(Images(np.zeros((1, *SHAPE), np.float32), np.zeros(1, np.int64))).language
    describe = partial(Description, name, language, "00" * 32, len(CLASSES))
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(Worker(expert, membership.share_of))
        service = MinerService(ClassifierEngine(worker, expert), membership, describe, ServiceConfig())
        port = await stack.enter_async_context(serving(service, Identity(key, verify), "127.0.0.1:0"))
        channel = ExpertChannel(
            address=f"127.0.0.1:{port}",
            signer=keys["validator"],
            receiver=key.public_key,
            verify=verify,
            vocab_size=len(CLASSES),
        )
        await stack.enter_async_context(channel)
        yield Seller(name, key.ss58_address, channel)


def build_market(sellers: Mapping[str, Seller], view: View, images: tuple[Images, Images], router: str) -> Market:
    """The validator: a weak classifier as anchor, its own images for audits, others to be judged by."""
    for_audits, held_out = images
    anchor = StillAnchor(train_linear(for_audits.pick(np.arange(ANCHOR_IMAGES)), len(CLASSES)))
    objective = ClassificationObjective(for_audits.pick(np.arange(ANCHOR_IMAGES, len(for_audits))))
    eyes = objective.fit_eyes(objective.draw(b"eyes", 400), 32)
    standing = Standing(build_router(router, RouterSettings(dimension=eyes.dimension)))
    standing.keep_only(view.metagraph, list(sellers))
    gate = Gate(standing.router, eyes, as_it_is)
    sessions = Sessions(anchor, lambda rows: objective.draw(b"cover", rows), PLAN.rows)
    auditor = Auditor(sessions, gate, objective, Secret(b"s" * 32), PLAN, UNHURRIED)
    unseen = ClassificationObjective(held_out).draw(b"held out", 320)
    return Market(objective, sellers, view, auditor, standing, survey(objective, eyes), unseen)


def enrol(keys: Mapping[str, Keypair]) -> Metagraph:
    """A subnet in which the first key holds a validator permit."""
    shares = (0.0, 0.0, 0.0, 0.0)
    neurons = (
        Neuron(uid, key.ss58_address, f"cold-{name}", int(uid == 0), uid == 0, True, None, *shares, 0, 0, uid)
        for uid, (name, key) in enumerate(keys.items())
    )
    return Metagraph(1, 10, "0x00", 20, 3, "owner", tuple(neurons))


async def audit(market: Market, rounds: int) -> None:
    """Rounds of audits, taken in as a validator does."""
    standing = market.standing
    for number in range(standing.rounds, standing.rounds + rounds):
        now = Round(number, number.to_bytes(32, "little"))
        found, _ = await market.auditor.conduct(now, market.sellers)
        market.demand.learn(found, standing.payroll.renewed)
        standing.learn_round(market.view, found, lambda *records: None)


async def judge(market: Market) -> Outcome:
    """Losses of the routed mixture, of each miner alone and of the anchor on held-out images; shares of the weights."""
    gate, rows = market.auditor.gate, market.auditor.sessions.rows
    hotkeys, items = sorted(market.sellers), market.held_out
    answers = np.concatenate([await ask(market, items[at : at + rows]) for at in range(0, len(items), rows)], axis=1)
    routed = []
    for item, column in zip(items, answers.T, strict=True):
        route = gate.route(item.question, hotkeys, PLAN.k)
        members = [0, *(1 + hotkeys.index(hotkey) for hotkey in route.experts)]
        routed.append(-np.log(route.prior @ np.exp(column[members])))
    losses = -answers.mean(axis=1)
    weights = market.standing.propose(market.view, "validator", lambda *records: None)
    total = sum(weight for _, weight in weights) or 1
    by_uid = {neuron.uid: neuron.hotkey for neuron in market.view.metagraph.neurons}
    shares = {market.name_of(by_uid[uid]): weight / total for uid, weight in weights}
    alone = {market.name_of(hotkey): float(loss) for hotkey, loss in zip(hotkeys, losses[1:], strict=True)}
    return Outcome(shares, float(np.mean(routed)), alone, float(losses[0]))


async def ask(market: Market, items: Sequence[AuditItem]) -> Float64:
    """Log-probabilities of the true classes, [1 + miners, items], the anchor first."""
    sellers = [market.sellers[hotkey] for hotkey in sorted(market.sellers)]
    questions = [item.question for item in items]
    async with market.auditor.sessions.open(sellers, questions, UNHURRIED) as session:
        return session.logprobs([item.outcomes[0] for item in items])


async def play(rounds: int, router: str) -> None:
    """Audit, judge and print."""
    async with open_market(router) as market:
        await audit(market, rounds)
        outcome = await judge(market)
        print(f"{'miner':<12}{'share of weights':>18}{'loss alone':>12}")
        for name, loss in outcome.alone.items():
            print(f"{name:<12}{outcome.shares.get(name, 0.0):>18.1%}{loss:>12.3f}")
        print(f"{'anchor':<12}{'':>18}{outcome.anchor:>12.3f}")
        print(f"{'mixture':<12}{'':>18}{outcome.routed:>12.3f}   (two miners and the anchor, routed by the gate)")
        print(*tell(market.demand.describe()), sep="\n")


def main() -> None:
    """Run the example."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="rounds of 64 audited images")
    parser.add_argument("--router", choices=list(ROUTERS), default="linucb", help="how the gate foretells gains")
    flags = parser.parse_args()
    asyncio.run(play(flags.rounds, flags.router))


if __name__ == "__main__":
    main()
