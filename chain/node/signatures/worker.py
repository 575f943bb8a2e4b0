"""The process that checks signatures: frames of claims on standard input, a byte for each on standard output.

It ends without a word when its input ends or nobody reads its output, so that it never outlives the node, however
that died.
"""

from __future__ import annotations

import os
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
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more
