"""The validator's committed secret: the seed of everything that it draws.

Its commitment can be published at once, the secret only later; then anyone can draw the same audits.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from gating.checkpoint import CorruptCheckpoint, write_file
from gating.objective import audit_seed, commit

SECRET_BYTES = 32


@dataclass(frozen=True)
class Secret:
    """32 bytes that nobody else knows."""

    value: bytes = field(repr=False)

    @property
    def commitment(self) -> str:
        """What binds us to the secret, safe to publish."""
        return commit(self.value).hex()

    def seed(self, block_hash: str, number: int) -> bytes:
        """Seed of the ``number``-th audit round, which begins after a block."""
        return audit_seed(self.value, bytes.fromhex(block_hash.removeprefix("0x")) + number.to_bytes(8, "little"))

    def digest(self, content: bytes) -> str:
        """A name for ``content`` from which the content cannot be guessed."""
        return hashlib.blake2b(content, key=self.value, digest_size=16).hexdigest()


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
