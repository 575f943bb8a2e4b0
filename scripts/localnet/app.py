"""A local network from its first process to its report."""

import asyncio
import os
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from chain.client import ChainClient, connect
from chain.issuance import audit_issuance
from gating.text.corpus import default_corpora
from localnet import programs
from localnet.course import Course, plan_course
from localnet.data_dir import occupy, settle
from localnet.errors import NotReady
from localnet.memory import sum_pss
from localnet.observe import Observer, Snapshot
from localnet.plan import HOST, PASSWORD, MinerPlan, Plan, build_plan, check_ports
from localnet.probe import answers, evaluate, listens, wait_until
from localnet.processes import Supervisor, child_environment, supervise
from localnet.provision import create_wallets, hotkey_address, provision_accounts
from localnet.report import count_epochs, miner_rows
from localnet.settings import Settings
from localnet.snippets import three_things
from localnet.view import View

_NODE_SECONDS = 60.0
_CLIENT_SECONDS = 20.0
_ANSWER_SECONDS = 300.0
_EVALUATION_SECONDS = 180.0
_SERVING_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_WEIGH_SECONDS = 5.0

_DEFAULTS: dict[str, Any] = {"tempo": 20, "corpus": {}, "validators": 3}

Result = TypeVar("Result")


@dataclass
class Network:
    """A local network while it runs; ``started`` is the clock when the command began."""

    settings: Settings
    plan: Plan
    supervisor: Supervisor
    http: aiohttp.ClientSession
    view: View
    started: float
    course: Course
    done: list[dict[str, Any]] = field(default_factory=list)
    """Changes as they came about."""
    first_answer_seconds: float = 0.0
    peak_pss_bytes: int = 0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


async def run_network(settings: Settings, view: View, stop: asyncio.Event) -> dict[str, Any] | None:
    """Run for the wished time and report; None when ``stop`` came first.

    Raises:
        LaunchError: the network cannot start or go on.
    """
    started = time.monotonic()
    with occupy(settings.data_dir):
        settings = _settle(settings)
        plan = build_plan(settings, list({**settings.corpora, **default_corpora()}))
        check_ports(plan)
        plan.folders.logs.mkdir(exist_ok=True)
        course = plan_course(settings, plan.miners)
        view.say(f"data folder {settings.data_dir}")
        async with (
            aiohttp.ClientSession() as http,
            supervise(plan.folders.logs, child_environment(PASSWORD), view.say) as supervisor,
        ):
            report = await _until(stop, _run(Network(settings, plan, supervisor, http, view, started, course)))
            view.say("stopping")
        return report


def _settle(settings: Settings) -> Settings:
    """Settings with what the data folder already decided."""
    folders = {name: str(path) for name, path in settings.corpora.items()}
    wishes = {"tempo": settings.tempo, "corpus": folders or None, "validators": settings.validators}
    kept = settle(settings.data_dir / "network.json", wishes, _DEFAULTS)
    corpora = {name: Path(folder) for name, folder in kept["corpus"].items()}
    return replace(settings, tempo=kept["tempo"], corpora=corpora, validators=kept["validators"])


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Result of ``work``; None when ``stop`` is set first, which cancels it."""
    async with asyncio.TaskGroup() as tasks:
        working, stopping = tasks.create_task(work), tasks.create_task(stop.wait())
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        finished = working.done()
        working.cancel()
        stopping.cancel()
    return working.result() if finished else None


async def _run(network: Network) -> dict[str, Any]:
    plan, view, supervisor = network.plan, network.view, network.supervisor
    view.say(f"texts of {', '.join(plan.domains)} (what comes with this machine is demo grade: its answers are public)")
    texts = supervisor.once(programs.corpus_program(plan, network.settings))
    await _start_node(network)
    async with connect(plan.chain_url, timeout=_CLIENT_SECONDS) as client:
        view.say("funds, seats and stakes")
        await asyncio.gather(provision_accounts(client, plan), _train_anchor(network, texts))
        await _start_answering(network)
        _start_the_rest(network)
        observer = Observer(plan, client, network.http, time.time() - network.seconds)
        await _watch(network, observer)
        await _wait_for_miners(network, observer)
        view.say("evaluating on held-out text")
        return await _report(network, client)


async def _start_node(network: Network) -> None:
    """Start the ledger; make wallets while it comes up."""
    plan = network.plan
    network.view.say(f"ledger node on {plan.chain_url}")
    network.supervisor.start(programs.node_program(plan, network.settings))
    await asyncio.to_thread(create_wallets, plan)
    await wait_until(lambda: listens(HOST, plan.node_port), _NODE_SECONDS, "the ledger node did not listen")
    network.supervisor.prove("node")


async def _train_anchor(network: Network, texts: asyncio.Task[None]) -> None:
    """Begin to train the anchor as soon as its texts are there: the first answer waits for it."""
    await texts
    if not network.plan.folders.anchor.exists():
        network.view.say(f"training the anchor for {network.settings.anchor_seconds:g} s")
        network.supervisor.once(programs.anchor_program(network.plan, network.settings))


async def _start_answering(network: Network) -> None:
    """Start the first validator; wait for the first answer."""
    plan, view, supervisor = network.plan, network.view, network.supervisor
    first = plan.validators[0]
    supervisor.start(programs.validator_program(plan, network.settings, first))
    await wait_until(lambda: answers(network.http, first.url), _ANSWER_SECONDS, f"{first.url} did not answer")
    network.first_answer_seconds = network.seconds
    supervisor.prove(first.name)
    view.say(f"first answer after {network.first_answer_seconds:.1f} s")
    view.print(three_things(first.url))


def _start_the_rest(network: Network) -> None:
    plan = network.plan
    miners = network.course.present
    network.view.say(f"{len(miners)} miners train and serve; {len(plan.validators)} validators audit")
    for miner in miners:
        network.supervisor.start(programs.miner_program(plan, network.settings, miner))
    for validator in plan.validators[1:]:
        network.supervisor.start(programs.validator_program(plan, network.settings, validator))


async def _watch(network: Network, observer: Observer) -> None:
    """Show the network until its time is over."""
    weighed = 0.0
    while network.settings.duration is None or network.seconds < network.settings.duration:
        snapshot = await observer.look()
        network.view.show(snapshot)
        await _change(network, snapshot)
        if network.seconds - weighed > _WEIGH_SECONDS:
            weighed = network.seconds
            await _weigh(network)
        await asyncio.sleep(_LOOK_SECONDS)


async def _change(network: Network, snapshot: Snapshot) -> None:
    """Let miners join and leave that should have by now; first, all founders learn."""
    course = network.course
    before = course.present
    states = {row.name: row.state for row in snapshot.miners}
    course.follow(snapshot.epoch or course.epoch, states, {row.name: row.incentive for row in snapshot.miners})
    for miner in set(course.present).difference(before):
        _note_change(network, miner, joins=True)
        network.supervisor.start(programs.miner_program(network.plan, network.settings, miner, founder=False))
    for miner in set(before).difference(course.present):
        _note_change(network, miner, joins=False)
        await network.supervisor.release(miner.name)


def _note_change(network: Network, miner: MinerPlan, *, joins: bool) -> None:
    what = "rehearses, to join when it has learnt," if joins else "leaves"
    network.view.say(f"{miner.name} {what} in epoch {network.course.epoch}")
    network.done.append({"hotkey": hotkey_address(miner.name), "epoch": network.course.epoch, "joins": joins})


async def _wait_for_miners(network: Network, observer: Observer) -> None:
    """Let miners that have just been started begin to serve, so that figures are of the whole network."""

    async def all_serve() -> bool:
        names = {miner.name for miner in network.course.present}
        return all(miner.available for miner in (await observer.look()).miners if miner.name in names)

    try:
        await wait_until(all_serve, _SERVING_SECONDS, "not every miner served")
    except NotReady as error:
        network.view.say(f"going on: {error}")


async def _weigh(network: Network) -> None:
    """Note how much memory all processes use together."""
    pids = [os.getpid(), *network.supervisor.pids().values()]
    network.peak_pss_bytes = max(network.peak_pss_bytes, await asyncio.to_thread(sum_pss, pids))


async def _report(network: Network, client: ChainClient) -> dict[str, Any]:
    first = network.plan.validators[0]
    windows = network.settings.windows
    evaluation = await evaluate(network.http, first.url, windows, _EVALUATION_SECONDS)
    mixed = await evaluate(network.http, first.url, windows, _EVALUATION_SECONDS, mixed=True)
    await _weigh(network)
    return {
        "epochs": await count_epochs(client),
        "changes": network.done,
        "miners": await miner_rows(client, network.plan),
        "bits_per_byte": evaluation["bits_per_byte"],
        "records": evaluation["records"],
        "mixed_bits_per_byte": mixed["bits_per_byte"],
        "mixed_records": mixed["records"],
        "issuance": asdict(await audit_issuance(client)),
        "first_answer_seconds": round(network.first_answer_seconds, 2),
        "peak_pss_bytes": network.peak_pss_bytes,
    }
