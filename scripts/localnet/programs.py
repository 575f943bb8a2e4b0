"""The command line of every process of a local network."""

import sys

from localnet.plan import HOST, NETUID, MinerPlan, Plan, ValidatorPlan
from localnet.processes import Program
from localnet.settings import Settings

_NODE_RANK, _MINER_RANK, _VALIDATOR_RANK = 0, 1, 2


def corpus_program(plan: Plan, settings: Settings) -> Program:
    """Split texts and train the tokenizer, where that is not done."""
    folders = [f"--corpus={name}={folder}" for name, folder in settings.corpora.items()]
    domains = [f"--domain={domain}" for domain in plan.domains]
    out = [f"--out={plan.folders.texts}", f"--tokenizer={plan.folders.tokenizer}"]
    return _program("corpus", ("corpus", *out, f"--validators={len(plan.validators)}", *domains, *folders))


def anchor_program(plan: Plan, settings: Settings) -> Program:
    """Train the generalist that all validators share."""
    arguments = {
        "train": plan.folders.texts / "train",
        "tokenizer": plan.folders.tokenizer,
        "out": plan.folders.anchor,
        "seconds": settings.anchor_seconds,
    }
    return _program("anchor", ("validator", "anchor", *_flags(arguments)))


def node_program(plan: Plan, settings: Settings) -> Program:
    arguments = {
        "data-dir": plan.folders.chain,
        "host": HOST,
        "port": plan.node_port,
        "block-time": settings.block_time,
        "tempo": settings.tempo,
        "history": "archive",  # the report counts the money of all blocks
    }
    return _program("node", ("chain", "run", *_flags(arguments)), _NODE_RANK)


def miner_program(plan: Plan, settings: Settings, miner: MinerPlan, *, founder: bool = True) -> Program:
    """Founders register at once and learn before people's eyes; who comes later learns first."""
    rehearse = "--no-rehearse" if founder else "--rehearse"
    arguments = {
        **_role(plan, miner),
        "port": miner.port,
        "corpus": f"{miner.domain}={plan.folders.texts / 'train' / miner.domain}",
        "train-seconds": settings.train_seconds,
        "behaviour": miner.behaviour,
    }
    return _program(miner.name, ("miner", "run", *_flags(arguments), rehearse), _MINER_RANK)


def validator_program(plan: Plan, settings: Settings, validator: ValidatorPlan) -> Program:
    """Where all text is public, the demand map tells words of it; a user's own text is nobody's business."""
    words = [] if settings.corpora else ["--publish-words"]
    arguments = {
        **_role(plan, validator),
        "api-port": validator.port,
        "anchor": plan.folders.anchor,
        "texts": plan.folders.texts / "audit" / f"validator-{validator.index}",
        "evaluation": plan.folders.texts / "evaluation",
    }
    return _program(validator.name, ("validator", "run", *_flags(arguments), *words), _VALIDATOR_RANK)


def _program(name: str, arguments: tuple[str, ...], rank: int = _NODE_RANK) -> Program:
    return Program(name, (sys.executable, "-m", "hivegate", *arguments), rank)


def _role(plan: Plan, role: MinerPlan | ValidatorPlan) -> dict[str, object]:
    return {
        "chain": plan.chain_url,
        "netuid": NETUID,
        "wallet-dir": plan.folders.wallets,
        "wallet": role.name,
        "data-dir": plan.folders.of(role.name),
        "host": HOST,
        "tokenizer": plan.folders.tokenizer,
    }


def _flags(arguments: dict[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in arguments.items()]
