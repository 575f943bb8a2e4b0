"""Weights that nobody may copy in time: committed in one epoch, known in a later one.

A commit is kept before it is handed in, so that no crash leaves a hash on chain without its salt. What was handed in
without an answer is found again by its hash.
"""

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chain.client import Call, ChainError, DispatchError, InvalidTransaction, Receipt, UnknownItem
from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.runtime.errors import CustomInvalid
from chain.runtime.subtensor.commits import compute_commit_hash
from chain.runtime.subtensor.timelocks import Payload
from chain.runtime.subtensor.weights import Submission
from chain.scale.hints import of
from chain.timelock import round_at, seal_timelock
from validator.errors import CannotConceal
from validator.ledger import PALLET, Ledger, View
from validator.receipts import Outcome, Receipts, describe_error, describe_receipt
from validator.rules import TIMELOCK_VERSION, Rules, Way, Weights, find_fault
from validator.vault import Commit, Facts, Vault

log = logging.getLogger(__name__)

SUBMIT_SECONDS = 20.0
SALT_NUMBERS = 8
LIFE_BLOCKS = 160
"""After so many blocks an extrinsic that is in none will never be: its signature has expired."""
PACE_BLOCKS = 20
MECHANISM = 0
MISTIMED = 17
"""The dialect's number for a reveal that comes too early or too late."""


@dataclass(frozen=True)
class Means:
    """What commits are made with: the chain, our key, where they are kept, what became of them."""

    ledger: Ledger
    signer: Keypair
    vault: Vault
    receipts: Receipts
    clock: Callable[[], float] = time.time
    """Unix time in seconds."""

    async def submit(self, *forms: Call) -> Receipt:
        """Hand in the first form of a call that the chain knows."""
        for call in forms:
            try:
                return await self.ledger.client.submit(call, self.signer, timeout=SUBMIT_SECONDS)
            except UnknownItem:
                continue
        raise CannotConceal(
            f"the chain hides weights but has no call {forms[-1].function} (update Hivegate, or let the subnet's "
            "owner switch CommitRevealWeightsEnabled off)"
        )


class Concealment:
    """Commits weights, and reveals them when it is time."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._vault = means.vault

    def waits_in(self, epoch: int) -> bool:
        """Whether weights were committed in an epoch and are on chain."""
        return any(commit.epoch == epoch and commit.block is not None for commit in self._vault.commits)

    async def commit(self, view: View, weights: Weights, rules: Rules, facts: Facts) -> Outcome:
        """Commit to ``weights``; what the chain said.

        Raises: ChainError, DispatchError, InvalidTransaction, CannotConceal.
        """
        commit, call = await self._prepare(view, weights, rules, facts)
        self._vault.put(commit)
        try:
            receipt = await self._means.submit(*call)
        except (DispatchError, InvalidTransaction, CannotConceal):
            self._vault.drop(commit)
            raise
        epoch = await self._epoch_of(receipt)
        landed = commit.landed(receipt.block_number, epoch, epoch + rules.reveal_period)
        self._vault.put(landed)
        told = {**describe_receipt(receipt), **describe_commit(landed, view)}
        return {"commit": commit.digest, **told, "included": False, "committed": True}

    async def settle(self, view: View, rules: Rules) -> None:
        """Reveal what is due, and take note of what was lost or has expired.

        Raises: ChainError.
        """
        for commit in self._vault.commits:
            known = commit.block is not None or not commit.salt
            found = commit if known else await self._find(commit, view, rules)
            if found is None or view.epoch < found.reveal_epoch:
                continue
            if found.salt:
                await self._reveal(found, view, rules)
            else:
                self._look(found, view)

    async def _prepare(
        self, view: View, weights: Weights, rules: Rules, facts: Facts
    ) -> tuple[Commit, tuple[Call, Call]]:
        uids, values = tuple(uid for uid, _ in weights), tuple(value for _, value in weights)
        netuid, key = self._means.ledger.netuid, self._means.signer.public_key
        if rules.way is Way.TIMELOCKED:
            salt: tuple[int, ...] = ()
            payload = of(Payload).encode(Payload(key, list(uids), list(values), rules.version_key))
            opens = await self._round_of_reveal(view, rules)
            sealed = seal_timelock(payload, opens)
            digest, calls = blake2_256(sealed), build_sealed(netuid, sealed, opens)
        else:
            salt = tuple(secrets.randbelow(1 << 16) for _ in range(SALT_NUMBERS))
            given = Submission(netuid, MECHANISM, uids, values, rules.version_key)
            digest = compute_commit_hash(key, given, list(salt))
            calls = build_commits(netuid, digest)
        times = (view.block, view.epoch, view.epoch, view.epoch + rules.reveal_period)
        return Commit("0x" + digest.hex(), uids, values, salt, rules.version_key, *times, facts=facts), calls

    async def _epoch_of(self, receipt: Receipt) -> int:
        """Epoch that a call counts for: that of its block, in which an epoch runs before any call."""
        ledger = self._means.ledger
        return int(await ledger.client.query(PALLET, "SubnetEpochIndex", [ledger.netuid], receipt.block_hash))

    async def _round_of_reveal(self, view: View, rules: Rules) -> int:
        """Round of the beacon that is out one block before the commit is to be opened."""
        client, graph = self._means.ledger.client, view.metagraph
        then = await client.block_hash(max(1, view.block - PACE_BLOCKS))
        stamps = [int(await client.query("Timestamp", "Now", [], block)) for block in (then, graph.block_hash)]
        pace_seconds = (stamps[1] - stamps[0]) / 1000 / max(1, min(PACE_BLOCKS, view.block - 1))
        blocks = graph.tempo * rules.reveal_period - graph.blocks_since_last_step
        return round_at(self._means.clock() + max(0, blocks - 1) * pace_seconds)

    async def _waiting(self) -> list[str]:
        """Hashes of our commits that wait on chain."""
        ledger, hotkey = self._means.ledger, self._means.signer.ss58_address
        queue = await ledger.client.query(PALLET, "WeightCommits", [ledger.netuid, hotkey])
        return [str(entry[0]) for entry in queue or ()]

    async def _find(self, commit: Commit, view: View, rules: Rules) -> Commit | None:
        """A commit whose answer was lost, if it is on chain after all."""
        if commit.digest in await self._waiting():
            found = commit.landed(view.block, commit.epoch, commit.epoch + rules.reveal_period)
            self._vault.put(found)
            self._means.receipts.note(view, "commit", {"commit": commit.digest, "committed": True, "block": None})
            return found
        if view.block - commit.made_at > LIFE_BLOCKS:
            self._give_up(commit, view, "the commit is in no block and its signature has expired")
        return None

    async def _reveal(self, commit: Commit, view: View, rules: Rules) -> None:
        if commit.digest not in await self._waiting():
            return self._look(commit, view)
        if view.epoch > commit.reveal_epoch + 1:
            return self._give_up(commit, view, "ExpiredWeightCommit: no reveal was in a block during its epoch")
        fault = find_fault(view, self._means.signer.ss58_address, rules, commit.weights)
        if fault is not None:
            return self._means.receipts.note(view, "reveal", {"commit": commit.digest, "error": fault})
        try:
            receipt = await self._means.submit(*build_reveals(self._means.ledger.netuid, commit))
        except (ChainError, DispatchError, InvalidTransaction, CannotConceal) as error:
            return self._refused(commit, view, error)
        return self._opened(commit, view, {"commit": commit.digest, **describe_receipt(receipt)})

    def _refused(self, commit: Commit, view: View, error: Exception) -> None:
        """A mistimed reveal waits for its epoch or has missed it; other failures are tried again at the next block."""
        mistimed = isinstance(error, CustomInvalid) and error.custom == MISTIMED
        if mistimed and view.epoch > commit.reveal_epoch:
            return self._give_up(commit, view, "ExpiredWeightCommit: no reveal was in a block during its epoch")
        if mistimed:
            return log.info("commit %s is not to be revealed before the next epoch", commit.digest)
        return self._means.receipts.note(view, "reveal", {"commit": commit.digest, **describe_error(error)})

    def _look(self, commit: Commit, view: View) -> None:
        """Take note of weights that are on chain without an answer to us, or never will be."""
        me = view.neuron(self._means.signer.ss58_address)
        row = [] if me is None else view.weights.get(me.uid, [])
        if dict(row) == dict(commit.weights):
            self._opened(commit, view, {"commit": commit.digest, "included": True, "block": None})
        elif view.epoch > commit.reveal_epoch:
            self._give_up(commit, view, "the chain did not open the commit in its epoch")

    def _opened(self, commit: Commit, view: View, outcome: Outcome) -> None:
        self._vault.open(commit)
        made = {"epoch": commit.made_in, "seen_block": commit.made_at, "revealed_in": view.epoch}
        self._means.receipts.note(view, "reveal", {**outcome, **made}, commit.weights)

    def _give_up(self, commit: Commit, view: View, reason: str) -> None:
        self._vault.drop(commit)
        self._means.receipts.note(view, "reveal", {"commit": commit.digest, "error": reason})


def describe_commit(commit: Commit, view: View) -> dict[str, object]:
    """When a commit is to be known to all, as far as the pace of epochs can be foreseen."""
    first = view.last_epoch_block + view.metagraph.tempo * (commit.reveal_epoch - view.epoch) + bool(commit.salt)
    return {"commit_epoch": commit.epoch, "reveal_epoch": commit.reveal_epoch, "reveals_at_block": first}


def build_commits(netuid: int, digest: bytes) -> tuple[Call, Call]:
    """The call that commits to a hash, in today's form and in the one that older chains know."""
    params: dict[str, object] = {"netuid": netuid, "commit_hash": digest}
    modern = Call(PALLET, "commit_mechanism_weights", {**params, "mecid": MECHANISM})
    return modern, Call(PALLET, "commit_weights", params)


def build_reveals(netuid: int, commit: Commit) -> tuple[Call, Call]:
    """The call that reveals a commit, in both forms."""
    lists: dict[str, Sequence[int]] = {"uids": commit.uids, "values": commit.values, "salt": commit.salt}
    params = {"netuid": netuid, "version_key": commit.version_key, **{name: list(row) for name, row in lists.items()}}
    modern = Call(PALLET, "reveal_mechanism_weights", {**params, "mecid": MECHANISM})
    return modern, Call(PALLET, "reveal_weights", params)


def build_sealed(netuid: int, ciphertext: bytes, reveal_round: int) -> tuple[Call, Call]:
    """The call that commits to a ciphertext, in both forms."""
    params: dict[str, object] = {
        "netuid": netuid,
        "commit": ciphertext,
        "reveal_round": reveal_round,
        "commit_reveal_version": TIMELOCK_VERSION,
    }
    modern = Call(PALLET, "commit_timelocked_mechanism_weights", {**params, "mecid": MECHANISM})
    return modern, Call(PALLET, "commit_timelocked_weights", params)
