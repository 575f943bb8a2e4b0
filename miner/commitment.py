"""What a miner commits to: one root over its weights and the tokenizer they speak."""

from collections.abc import Iterator
from pathlib import Path

from chain.verify.merkle import CHUNK_BYTES, compute_leaf, compute_leaves, compute_root


def compute_commitment(model_dir: Path | None, tokenizer_hash: str) -> bytes:
    """32-byte Merkle root over the safetensors files in ``model_dir``, by name, and the tokenizer's hash.

    Each file contributes a leaf with its name and size, then one for each chunk. Without a
    model only the tokenizer is committed to.
    """
    leaves = [compute_leaf(tokenizer_hash.encode())]
    for file in sorted(model_dir.glob("*.safetensors")) if model_dir is not None else []:
        leaves.append(compute_leaf(f"{file.name}:{file.stat().st_size}".encode()))
        leaves += compute_leaves(_read_chunks(file))
    return compute_root(leaves)


def _read_chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            yield chunk
