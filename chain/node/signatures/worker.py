"""The process that checks signatures: frames of claims on standard input, a byte for each on standard output.

It ends when its input ends, so that it never outlives the node, however that died.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

from chain.node.signatures.claim import FRAME_HEAD, decode_claims


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer frame after frame until ``source`` ends."""
    while len(head := source.read(FRAME_HEAD.size)) == FRAME_HEAD.size:
        body = source.read(*FRAME_HEAD.unpack(head))
        target.write(bytes(claim.holds() for claim in decode_claims(body)))
        target.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
