"""What a validator is told when it starts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chain.wallet import Wallet
from gating.routers import DEFAULT_ROUTER

STATE = "state"
"""Folder of the checkpoint, in the data folder."""


@dataclass(frozen=True)
class Folders:
    """Where the validator reads from and writes to."""

    data: Path
    anchor: Path
    tokenizer: Path
    texts: Path
    evaluation: Path

    @property
    def state(self) -> Path:
        """The checkpoint of gate and scores."""
        return self.data / STATE

    @property
    def commits(self) -> Path:
        """Weights that are committed and not yet revealed."""
        return self.data / "commits.json"

    @property
    def records(self) -> Path:
        """Per-token records of evaluations."""
        return self.data / "evaluation"


@dataclass(frozen=True)
class AuditPlan:
    """How much is asked, of audits and of answers alike.

    Texts of a round; steps and rows of a session; experts of an answer; most tokens of context. A session by blocks
    has so many ``blocks`` of so many ``block_tokens``, and so do a ``block_share`` of the audits.
    """

    texts: int = 16
    steps: int = 32
    rows: int = 8
    k: int = 2
    context: int = 128
    blocks: int = 16
    block_tokens: int = 8
    block_share: float = 0.25
    share_above: int = 8
    """With more miners than this, validators share the audits out among committees."""

    @property
    def outcomes(self) -> int:
        """Hidden tokens that the longest session asks for."""
        return max(self.steps, self.blocks * self.block_tokens)


@dataclass(frozen=True)
class Settings:
    """Everything a validator needs to know."""

    chain_url: str
    netuid: int
    wallet: Wallet
    password: Callable[[], str]
    folders: Folders
    host: str
    api_port: int
    audits: AuditPlan
    router: str = DEFAULT_ROUTER
    """How the gate foretells who is good at what."""
    publish_words: bool = False
    """Whether the demand map may tell words that many of this validator's texts share."""
    organic_texts: int = 64
    """Texts of apps that are remembered, to be asked again, where the app allows it."""
    shared_texts: Path | None = None
    """Folder of texts that other validators hold too; nobody audits with another's part of them."""
    public_url: str = ""
    """Address at which other validators reach the API; of the host and port where it is empty."""
