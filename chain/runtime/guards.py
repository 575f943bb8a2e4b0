"""What a signed call must satisfy before it is made: checks that are cheap, and the same in the pool and in blocks.

A transaction whose call breaks one never enters a block: its sender pays nothing, and learns a number
(``admission``). A call that another call makes, in a batch or through a proxy, fails with the error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chain.runtime import drand
from chain.runtime.dispatch import Call
from chain.runtime.errors import DispatchError
from chain.runtime.pallet import AnyCall
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import (
    batches,
    coldkey_swaps,
    commits,
    founding,
    key_storage,
    serving,
    storage,
    subnets,
    takes,
    timelocks,
    weights,
)
from chain.runtime.subtensor.errors import (
    CommittingWeightsTooFast,
    ExpiredWeightCommit,
    InvalidRevealCommitHashNotMatch,
    NoWeightsCommitFound,
    RevealTooEarly,
    SettingWeightsTooFast,
)
from chain.runtime.subtensor.key_errors import (
    ColdkeySwapAnnounced,
    ColdkeySwapDisputed,
    InvalidRevealRound,
)
from chain.runtime.subtensor.mechanisms import has_mechanism
from chain.runtime.subtensor.neurons import get_uid
from chain.runtime.subtensor.storage_index import storage_index
from chain.runtime.subtensor.weights import Submission

_SWAP_CALLS = (
    coldkey_swaps.announce_coldkey_swap,
    coldkey_swaps.swap_coldkey_announced,
    coldkey_swaps.dispute_coldkey_swap,
    coldkey_swaps.clear_coldkey_swap_announcement,
)


def ensure_passes(state: StateReader, block: int, account: bytes, call: Call) -> None:
    """Let only calls pass that their signer may make in this block, as far as can be told ahead.

    Raises:
        DispatchError: the first rule that the call breaks.
    """
    ensure_not_replaced(state, account, call)
    check = _CHECKS.get(call.declaration)
    if check is not None:
        check(Caller(state, block, account), *call.args)


def ensure_not_replaced(state: StateReader, account: bytes, call: Call) -> None:
    """Let only accounts pass that are not about to be replaced, or deal with just that.

    Raises:
        ColdkeySwapDisputed, ColdkeySwapAnnounced.
    """
    if not key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.contains(state, account):
        return
    if key_storage.COLDKEY_SWAP_DISPUTES.contains(state, account):
        raise ColdkeySwapDisputed
    if call.declaration not in _SWAP_CALLS:
        raise ColdkeySwapAnnounced


@dataclass(frozen=True, slots=True)
class Caller:
    """An account that wants to make a call in a block, whose state is that before the call."""

    state: StateReader
    block: int
    account: bytes

    def set_weights(self, netuid: int, mechanism: int) -> None:
        """Check weights that need not be committed first."""
        self.have_stake(netuid)
        if not storage.COMMIT_REVEAL_WEIGHTS_ENABLED.get(self.state, netuid):
            self._wait(netuid, mechanism, SettingWeightsTooFast)

    def commit(self, netuid: int, mechanism: int) -> None:
        """Check a commit to weights."""
        self.have_stake(netuid)
        self._wait(netuid, mechanism, CommittingWeightsTooFast)

    def seal(self, netuid: int, reveal_round: int) -> None:
        """Check a commit that opens at a round of the beacon."""
        self.have_stake(netuid)
        if reveal_round < drand.LAST_STORED_ROUND.get(self.state):
            raise InvalidRevealRound

    def reveal(self, given: Submission, salt: list[int]) -> None:
        """Check weights that were committed to."""
        self.have_stake(given.netuid)
        if not has_mechanism(self.state, given.netuid, given.mechanism):
            raise NoWeightsCommitFound
        commit_hash = commits.compute_commit_hash(self.account, given, salt)
        try:
            commits.find_due(self.state, self.account, given, commit_hash, self.block)
        except ExpiredWeightCommit as error:
            raise RevealTooEarly from error
        except InvalidRevealCommitHashNotMatch as error:
            raise NoWeightsCommitFound from error

    def reveal_all(self, netuid: int, *lists: Sequence[list[int]]) -> None:
        """Check several sets of weights that were committed to; the last of ``lists`` holds version keys."""
        batches.ensure_equal(*lists)
        for uids, values, salt, version_key in zip(*lists, strict=True):
            self.reveal(Submission(netuid, 0, uids, values, version_key), salt)

    def have_stake_on(self, netuids: Sequence[int], *lists: Sequence[object]) -> None:
        """Check the lists of a batch, and the caller's stake on each of its subnets."""
        batches.ensure_equal(netuids, *lists)
        for netuid in netuids:
            self.have_stake(netuid)

    def have_stake(self, netuid: int) -> None:
        """Check that the caller has the stake to set weights."""
        weights.ensure_stake(self.state, self.account, netuid)

    def serve(self, netuid: int, ip: int, port: int, ip_type: int) -> None:
        """Check where a neuron wants to answer."""
        address = serving.Address(netuid, ip, port, ip_type)
        serving.ensure_may_serve(self.state, self.block, self.account, address)

    def be_watched(self, netuid: int, ip: int, port: int, ip_type: int) -> None:
        """Check where a neuron wants to show its metrics."""
        address = serving.Address(netuid, ip, port, ip_type)
        serving.ensure_may_be_watched(self.state, self.block, self.account, address)

    def change_take(self, hotkey: bytes, take: int) -> None:
        """Check a new take."""
        takes.ensure_take_in_bounds(self.state, take)
        takes.ensure_may_change_take(self.state, self.account, hotkey)

    def _wait(self, netuid: int, mechanism: int, error: type[DispatchError]) -> None:
        uid = get_uid(self.state, netuid, self.account)
        if uid is None:
            return
        if not has_mechanism(self.state, netuid, mechanism) or weights.is_too_fast(
            self.state, netuid, storage_index(netuid, mechanism), uid, self.block
        ):
            raise error


_CHECKS: Mapping[AnyCall, Callable[..., None]] = {
    weights.set_weights: lambda caller, netuid, *_: caller.set_weights(netuid, 0),
    weights.set_mechanism_weights: lambda caller, netuid, mecid, *_: caller.set_weights(netuid, mecid),
    commits.commit_weights: lambda caller, netuid, _: caller.commit(netuid, 0),
    commits.commit_mechanism_weights: lambda caller, netuid, mecid, _: caller.commit(netuid, mecid),
    commits.reveal_weights: lambda caller, netuid, uids, values, salt, key: caller.reveal(
        Submission(netuid, 0, uids, values, key), salt
    ),
    commits.reveal_mechanism_weights: lambda caller, netuid, mecid, uids, values, salt, key: caller.reveal(
        Submission(netuid, mecid, uids, values, key), salt
    ),
    batches.batch_set_weights: Caller.have_stake_on,
    batches.batch_commit_weights: Caller.have_stake_on,
    batches.batch_reveal_weights: Caller.reveal_all,
    timelocks.commit_timelocked_weights: lambda caller, netuid, _, number, __: caller.seal(netuid, number),
    timelocks.commit_timelocked_mechanism_weights: (
        lambda caller, netuid, _, __, number, ___: caller.seal(netuid, number)
    ),
    timelocks.commit_crv3_mechanism_weights: lambda caller, netuid, _, __, number: caller.seal(netuid, number),
    serving.serve_axon: lambda caller, netuid, _, ip, port, kind, *__: caller.serve(netuid, ip, port, kind),
    serving.serve_axon_tls: lambda caller, netuid, _, ip, port, kind, *__: caller.serve(netuid, ip, port, kind),
    serving.serve_prometheus: lambda caller, netuid, _, ip, port, kind: caller.be_watched(netuid, ip, port, kind),
    takes.increase_take: Caller.change_take,
    takes.decrease_take: Caller.change_take,
    founding.register_network: lambda caller, _: subnets.ensure_not_too_often(caller.state, caller.block),
}
