"""What a validator saw in an epoch, for others to check and to learn from.

A bundle is the part of the audit log since the bundle before: a first line with the validator's signature over the
hash of the rest, a line about the whole, and each round's texts without the texts: log-probabilities of the true tokens
and how the experts were chosen. Values are computed anew from these by whoever reads it, never taken from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from chain.crypto import blake2_256
from chain.keys import Keypair, ss58_decode, verify
from validator.errors import CorruptRecords
from validator.observation import Observation

FORMAT = 1
MOST_TEXTS = 512
MOST_BYTES = 16_000_000
MOST_EXPERTS, MOST_STEPS = 8, 256
_CONTEXT = b"hivegate samples"

Lines = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Title:
    """Whose samples of which epoch."""

    netuid: int
    validator: str
    epoch: int


@dataclass(frozen=True)
class Round:
    """One round: its number, the newest block when it began, whom it could have asked (None: all), what it showed."""

    number: int
    block: int
    charge: frozenset[str] | None
    texts: tuple[Observation, ...]


@dataclass(frozen=True)
class Bundle:
    """The samples of one epoch."""

    title: Title
    rounds: tuple[Round, ...]


def collect_rounds(log: Lines, first: int) -> dict[int, list[Mapping[str, Any]]]:
    """Header and texts of the logged rounds from number ``first`` on; of a round that came again, the later."""
    found: dict[int, list[Mapping[str, Any]]] = {}
    current: list[Mapping[str, Any]] | None = None
    for record in log:
        if "round" in record and "tracked" in record:
            current = found[int(record["round"])] = [record] if int(record["round"]) >= first else []
        elif "proposal" in record:
            current = None
        elif current and "logprobs" in record:
            current.append(record)
    return {number: lines for number, lines in sorted(found.items()) if lines}


def pack(title: Title, rounds: Mapping[int, Sequence[Mapping[str, Any]]], signer: Keypair) -> tuple[str, bytes]:
    """Hash and bytes of a bundle; of more texts than a bundle may have, those of the newest rounds."""
    kept: list[bytes] = []
    texts = 0
    for number in sorted(rounds, reverse=True):
        header, *seen = rounds[number]
        texts += len(seen)
        if texts > MOST_TEXTS:
            break
        about = {"round": number, "block": header["block"], "charge": header.get("charge")}
        kept.append(b"".join(orjson.dumps(line) + b"\n" for line in (about, *seen)))
    head = {"format": FORMAT, "netuid": title.netuid, "validator": title.validator, "epoch": title.epoch}
    content = orjson.dumps(head) + b"\n" + b"".join(reversed(kept))
    digest = blake2_256(content)
    signature = orjson.dumps({"signature": signer.sign(_CONTEXT + digest).hex()})
    return digest.hex(), signature + b"\n" + content


def unpack(data: bytes, digest: str, title: Title) -> Bundle:
    """The bundle that a hash stands for, if it is what its title says and signed by the one it names.

    Raises: CorruptRecords.
    """
    signature, _, content = data.partition(b"\n")
    if blake2_256(content).hex() != digest:
        raise CorruptRecords("the samples are not those that were committed to")
    try:
        signed = bytes.fromhex(orjson.loads(signature)["signature"])
        head, *lines = [orjson.loads(line) for line in content.splitlines()]
        told = Title(int(head["netuid"]), str(head["validator"]), int(head["epoch"]))
        if head["format"] != FORMAT or told.netuid != title.netuid or told.validator != title.validator:
            raise CorruptRecords(f"the samples are those of {told}, not of {title}")
        if not verify(ss58_decode(told.validator), _CONTEXT + bytes.fromhex(digest), signed):
            raise CorruptRecords("the samples are not signed by their validator")
        return Bundle(told, tuple(_read_rounds(lines)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CorruptRecords(f"the samples are damaged ({error!r})") from error


def _read_rounds(lines: Lines) -> Iterable[Round]:
    about: Mapping[str, Any] | None = None
    texts: list[Observation] = []
    count = 0
    for line in lines:
        if "logprobs" in line:
            count += 1
            texts.append(_check(Observation.decode(line)))
        else:
            if about is not None:
                yield _build_round(about, texts)
            about, texts = line, []
        if count > MOST_TEXTS:
            raise CorruptRecords(f"there are more than {MOST_TEXTS} texts")
    if about is not None:
        yield _build_round(about, texts)


def _build_round(about: Mapping[str, Any], texts: Sequence[Observation]) -> Round:
    charge = about["charge"]
    known = None if charge is None else frozenset(map(str, charge))
    return Round(int(about["round"]), int(about["block"]), known, tuple(texts))


def _check(seen: Observation) -> Observation:
    """The same observation, if it can be one."""
    route, count = seen.route, len(seen.route.experts)
    shapes = (
        count <= MOST_EXPERTS and len(set(route.experts)) == count,
        seen.logprobs.ndim == 2 and seen.logprobs.shape[0] == 1 + count and 0 < seen.logprobs.shape[1] <= MOST_STEPS,
        route.prior.shape == (1 + count,) and bool(np.isfinite(route.prior).all()) and bool((route.prior >= 0).all()),
        len(route.propensities) == len(route.routed) == count,
    )
    if not all(shapes):
        raise CorruptRecords("an observation has another shape than its experts")
    limits = (
        bool(np.isfinite(seen.logprobs[0]).all()) and not np.isinf(seen.logprobs).any(),
        not (seen.logprobs > 1e-3).any(),
        all(0.0 < propensity <= 1.0 for propensity in route.propensities),
        route.prior[0] > 0.0,
    )
    if not all(limits):
        raise CorruptRecords("an observation holds what no probability can be")
    return seen
