"""Who takes part in a local network, under which names, ports, folders and stakes."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from localnet.errors import PortTaken
from localnet.settings import Settings

HOST = "127.0.0.1"
NETUID = 1
PASSWORD = "hivegate-local"
"""Published: it guards nothing but keys that anyone can derive."""

RAO = 10**9
POCKET_MONEY = 100 * RAO
STAKES = (40_000 * RAO, 35_000 * RAO, 25_000 * RAO)
"""What the first three validators stake: 40, 35 and 25 % of the whole while there are no others."""
SMALL_STAKE = 10_000 * RAO
"""What every further validator stakes."""

_VALIDATOR_PORTS = 1
_MINER_PORTS = 20


@dataclass(frozen=True)
class Folders:
    """The data folder of one network."""

    root: Path

    @property
    def chain(self) -> Path:
        return self.root / "chain"

    @property
    def texts(self) -> Path:
        return self.root / "texts"

    @property
    def tokenizer(self) -> Path:
        return self.root / "tokenizer.json"

    @property
    def anchor(self) -> Path:
        return self.root / "anchor"

    @property
    def wallets(self) -> Path:
        return self.root / "wallets"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def manifest(self) -> Path:
        return self.root / "network.json"

    def of(self, name: str) -> Path:
        """What one miner or validator keeps."""
        return self.root / "roles" / name


@dataclass(frozen=True)
class MinerPlan:
    """One miner; ``behaviour`` is known to the launcher and to the miner alone."""

    name: str
    port: int
    domain: str
    behaviour: str

    @property
    def honest(self) -> bool:
        return self.behaviour == "honest"


@dataclass(frozen=True)
class ValidatorPlan:
    """One validator; ``index`` chooses its private audit texts."""

    name: str
    port: int
    index: int
    stake: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True)
class Plan:
    """The whole network on paper."""

    folders: Folders
    node_port: int
    validators: tuple[ValidatorPlan, ...]
    miners: tuple[MinerPlan, ...]
    commit_reveal: bool = False

    @property
    def chain_url(self) -> str:
        return f"ws://{HOST}:{self.node_port}"

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that some miner serves, in the order of the miners."""
        return tuple(dict.fromkeys(miner.domain for miner in self.miners))

    @property
    def roles(self) -> tuple[ValidatorPlan | MinerPlan, ...]:
        return (*self.validators, *self.miners)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(role.name for role in self.roles)


def coldkey_uri(name: str) -> str:
    """Development key that owns what a miner or validator earns."""
    return f"//hivegate//{name}"


def hotkey_uri(name: str) -> str:
    """Development key that a miner or validator signs with."""
    return f"//hivegate//{name}//hotkey"


def build_plan(settings: Settings, domains: Sequence[str]) -> Plan:
    """Give every honest miner the next domain in turn; the dishonest claim domains in the same way."""
    behaviours = ["honest"] * settings.miners
    for behaviour, count in settings.bad_miners.items():
        behaviours += [behaviour] * count
    base = settings.port_base
    miners = tuple(
        MinerPlan(f"miner-{index + 1}", base + _MINER_PORTS + index, domains[index % len(domains)], behaviour)
        for index, behaviour in enumerate(behaviours)
    )
    validators = tuple(
        ValidatorPlan(f"validator-{index + 1}", base + _VALIDATOR_PORTS + index, index, stake)
        for index, stake in enumerate(_stakes(settings.validators))
    )
    return Plan(Folders(settings.data_dir), base, validators, miners, settings.commit_reveal)


def _stakes(count: int) -> tuple[int, ...]:
    return (*STAKES, *[SMALL_STAKE] * (count - len(STAKES)))[:count]


def check_ports(plan: Plan) -> None:
    """Raises: PortTaken naming the first port that another program holds."""
    for port in (plan.node_port, *(role.port for role in plan.roles)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                reason = f"port {port} cannot be used: {error.strerror}"
                raise PortTaken(f"{reason} (stop the program that holds it, or pass --port-base)") from error
