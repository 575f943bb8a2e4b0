"""The validator's committed secrets: one for each epoch, the seeds of everything that it draws.

They are the links of one hash chain, used from its end: the hash of an epoch's secret is that of the epoch before. Its
first link is published at once and binds all; a later one, published when its epoch's weights are known to all, shows
the seeds of its epoch and of those before, and nothing of those to come.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from gating.checkpoint import CorruptCheckpoint, write_file
from gating.objective import audit_seed
from validator.errors import SecretsUsedUp

SECRET_BYTES = 32
EPOCHS = 1 << 18
_STRIDE = 1 << 10
_MARK = b"hivegate audit secret"


@dataclass(frozen=True)
class Secret:
    """32 bytes that nobody else knows and that are never told; secrets of epochs follow from them."""

    value: bytes = field(repr=False)

    @property
    def commitment(self) -> str:
        """What binds us to all seeds, safe to publish."""
        return self.of_epoch(0).hex()

    def of_epoch(self, epoch: int) -> bytes:
        """The epoch's secret.

        Raises: SecretsUsedUp.
        """
        if not 0 <= epoch < EPOCHS:
            raise SecretsUsedUp(
                f"epoch {epoch} is beyond the {EPOCHS} that this secret is good for (stop the validator and delete its "
                "file `secret`: the next start commits to a new one)"
            )
        steps = EPOCHS - 1 - epoch
        return hash_often(_milestones(self.value)[steps // _STRIDE], steps % _STRIDE)

    def seed(self, epoch: int, block_hash: str, number: int) -> bytes:
        """Seed of the ``number``-th audit round, in an epoch that began with a block."""
        return compute_seed(self.of_epoch(epoch), block_hash, number)

    def digest(self, content: bytes) -> str:
        """A name for ``content`` from which the content cannot be guessed."""
        return hashlib.blake2b(content, key=self.value, digest_size=16).hexdigest()


def compute_seed(epoch_secret: bytes, block_hash: str, number: int) -> bytes:
    """Seed of a round from what is public in the end; block and numbers leave nothing to choose.

    ``block_hash`` is that of the epoch's first block, which nobody knew when the secrets were committed to.
    """
    return audit_seed(epoch_secret, bytes.fromhex(block_hash.removeprefix("0x")) + number.to_bytes(8, "little"))


def is_bound(commitment: str, epoch: int, epoch_secret: bytes) -> bool:
    """Whether a told secret is the one that was committed to for an epoch."""
    return 0 <= epoch < EPOCHS and hash_often(epoch_secret, epoch).hex() == commitment


def hash_often(link: bytes, times: int) -> bytes:
    """The link of a chain that lies a number of epochs before this one."""
    for _ in range(times):
        link = hashlib.sha256(_MARK + link).digest()
    return link


@lru_cache(maxsize=8)
def _milestones(value: bytes) -> tuple[bytes, ...]:
    """Every 1024th link, from the last epoch's on; a tenth of a second, once."""
    found = [hashlib.sha256(b"hivegate chain of secrets" + value).digest()]
    for _ in range(EPOCHS // _STRIDE - 1):
        found.append(hash_often(found[-1], _STRIDE))
    return tuple(found)


def load_secret(path: Path) -> Secret:
    """The secret in ``path``, drawn and written first if there is none.

    Raises: CorruptCheckpoint.
    """
    if not path.exists():
        write_file(path, secrets.token_bytes(SECRET_BYTES))
        path.chmod(0o600)
    value = path.read_bytes()
    if len(value) != SECRET_BYTES:
        raise CorruptCheckpoint(path, f"it has {len(value)} bytes, not {SECRET_BYTES}")
    return Secret(value)
