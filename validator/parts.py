"""Everything a validator consists of, put together once."""

from dataclasses import dataclass, field
from pathlib import Path

from chain.keys import Keypair
from gating.objective import Objective
from gating.text.tokenizer import TextTokenizer
from validator.answers import MixtureService
from validator.api.admission import Admission, Capacity
from validator.api.sse import Broadcast
from validator.audits import Auditor
from validator.channels import ChannelBook
from validator.demand import DemandMap
from validator.evaluation import Evaluation
from validator.holdings import Holdings
from validator.journal import Bounds, Journal
from validator.ledger import Ledger
from validator.metrics import Metrics
from validator.organic import Memory
from validator.panel import Deadlines
from validator.peers import Peers
from validator.registration import Registrar
from validator.routing import Gate
from validator.scoring import Standing
from validator.secret import Secret
from validator.settings import Settings
from validator.sharing import Sharing
from validator.status import Progress
from validator.weights import WeightSetter

SMALL = Bounds(size_bytes=4_000_000, kept=4)


@dataclass(frozen=True)
class Mind:
    """What the validator knows: its tokens, its gate, who has shown what, where nobody helps, its secret."""

    tokenizer: TextTokenizer
    gate: Gate
    standing: Standing
    demand: DemandMap
    secret: Secret


@dataclass(frozen=True)
class Membership:
    """The validator's place in the network."""

    signer: Keypair
    ledger: Ledger
    registrar: Registrar
    setter: WeightSetter
    book: ChannelBook


@dataclass(frozen=True)
class Exams:
    """Private texts for audits, held-out texts for evaluations, texts that validators share out."""

    objective: Objective
    evaluation: Evaluation
    holdings: Holdings


@dataclass(frozen=True)
class Records:
    """Files that grow."""

    audits: Journal
    glimpses: Journal
    """What the gate saw of the audited texts; stays here."""
    evaluations: Journal
    receipts: Journal

    @classmethod
    def in_folder(cls, folder: Path) -> "Records":
        """The records of a data folder."""
        return cls(
            audits=Journal(folder / "audits.jsonl"),
            glimpses=Journal(folder / "glimpses.jsonl", SMALL),
            evaluations=Journal(folder / "evaluations.jsonl", SMALL),
            receipts=Journal(folder / "receipts.jsonl", SMALL),
        )


@dataclass(frozen=True)
class Front:
    """What the outside sees."""

    progress: Progress
    metrics: Metrics
    admission: Admission = field(default_factory=lambda: Admission(Capacity()))
    broadcast: Broadcast = field(default_factory=Broadcast)


@dataclass
class Parts:
    """The rooms of one validator; ``mixture`` and ``auditor`` are there once the anchor is."""

    settings: Settings
    mind: Mind
    membership: Membership
    exams: Exams
    records: Records
    front: Front
    peers: Peers
    sharing: Sharing
    memory: Memory
    deadlines: Deadlines = field(default_factory=Deadlines)
    mixture: MixtureService | None = None
    auditor: Auditor | None = None
