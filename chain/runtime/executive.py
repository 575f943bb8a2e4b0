"""Executive: the state transition, block by block.

``build_block`` and ``execute_block`` depend on nothing but their arguments, and change none of them. A block is:
initialise, the timestamp inherent, the signed extrinsics in order, finalise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chain.record import record
from chain.runtime import payment, system, timestamp, yuma
from chain.runtime.admission import ensure_may_enter, ensure_worth_including
from chain.runtime.api import UnknownRuntimeApi
from chain.runtime.dispatch import Call, Context, Origin, Root, Signed, Unsigned
from chain.runtime.errors import (
    BadMandatory,
    CannotPay,
    DispatchError,
    ExhaustsResources,
    InvalidTransaction,
    UnexpectedCall,
)
from chain.runtime.extrinsic import (
    Authorization,
    Extrinsic,
    Proven,
    decode_extrinsic,
    encode_bare,
    verify_signature,
)
from chain.runtime.guards import ensure_passes
from chain.runtime.outcome import describe_failure
from chain.runtime.proxy.payers import find_payer
from chain.runtime.runtime import METADATA_V14, METADATA_V15, RUNTIME, RUNTIME_CODE
from chain.runtime.subtensor.alpha_fees import AlphaFee, announce_alpha_fee, pay_in_alpha
from chain.runtime.types import DispatchClass, DispatchEventInfo, Pays, Weight
from chain.runtime.validation import (
    Position,
    ValidTransaction,
    compute_charge,
    ensure_exists,
    ensure_next_nonce,
    find_anchor,
    validate_transaction,
)
from chain.runtime.version import RUNTIME_VERSION
from chain.runtime.weights import BASE_EXTRINSIC_WEIGHT, PerClassWeight, max_bytes, max_weight
from chain.runtime.yuma import EpochCompute
from chain.scale.compact import encode_compact
from chain.state.overlay import Reader, State

__all__ = [
    "METADATA_V14",
    "METADATA_V15",
    "RUNTIME_VERSION",
    "BlockEnv",
    "BlockResult",
    "ExtrinsicResult",
    "Proven",
    "UnknownRuntimeApi",
    "ValidTransaction",
    "build_block",
    "call_api",
    "execute_block",
    "validate_transaction",
]


@dataclass(frozen=True)
class BlockEnv:
    """What a block is given from outside: its place, its time, and logs (encoded digest items) of its author.

    ``compute_epoch`` is how epochs are computed; every implementation gives the same bits.
    """

    number: int
    parent_hash: bytes
    timestamp_ms: int
    genesis_hash: bytes
    digest_logs: tuple[bytes, ...] = ()
    compute_epoch: EpochCompute = yuma.compute


@record
class ExtrinsicResult:
    """What became of one extrinsic; ``fee`` is what was kept, in rao, the tip included."""

    error: DispatchError | None
    fee: int


@dataclass(frozen=True)
class BlockResult:
    """Everything that follows from executing a block.

    ``changes`` holds ``None`` where a key was removed. ``rejected`` tells, by index, which candidates did not
    get into a block that was built, and why.
    """

    changes: dict[bytes, bytes | None]
    extrinsics: tuple[bytes, ...]
    results: tuple[ExtrinsicResult, ...]
    digest_logs: tuple[bytes, ...]
    rejected: Mapping[int, InvalidTransaction] = field(default_factory=dict)


def build_block(parent: Reader, env: BlockEnv, candidates: Iterable[bytes | Proven]) -> BlockResult:
    """Block of the timestamp and those of ``candidates`` that are valid in turn.

    The signature of a ``Proven`` candidate is checked again only if this block anchors it elsewhere.

    Raises:
        BadMandatory: the time of the block does not come after its parent's.
    """
    execution = Execution(parent, env)
    execution.initialize()
    execution.apply_inherent(encode_bare(timestamp.set.with_args(env.timestamp_ms)))
    rejected: dict[int, InvalidTransaction] = {}
    for index, candidate in enumerate(candidates):
        try:
            execution.apply_signed(candidate)
        except InvalidTransaction as error:
            rejected[index] = error
    return execution.finalize(rejected)


def execute_block(parent: Reader, env: BlockEnv, extrinsics: Sequence[bytes]) -> BlockResult:
    """Replay a block that somebody built.

    Raises:
        InvalidTransaction: an extrinsic may not be in it, so nor may the block be in the chain.
    """
    if not extrinsics:
        raise BadMandatory("a block starts with its timestamp")
    execution = Execution(parent, env)
    execution.initialize()
    execution.apply_inherent(extrinsics[0])
    for raw in extrinsics[1:]:
        execution.apply_signed(raw)
    return execution.finalize({})


def call_api(parent: Reader, method: str, data: bytes) -> bytes:
    """Result of the runtime interface ``method``, e.g. ``AccountNonceApi_account_nonce``, on encoded arguments.

    Raises:
        UnknownRuntimeApi: there is no such method.
        ScaleError: the arguments do not decode.
    """
    return RUNTIME.call_api(parent, method, data)


class Execution:
    """One block in the making."""

    def __init__(self, parent: Reader, env: BlockEnv) -> None:
        self.state = State(parent)
        self._env = env
        self._position = Position(env.number, env.parent_hash, env.genesis_hash)
        self._extrinsics: list[bytes] = []
        self._results: list[ExtrinsicResult] = []
        self._event_counts: list[int] = []  # events so far, after initialisation and after every extrinsic
        self._weights = dict.fromkeys(DispatchClass, 0)
        self._size_bytes = 0

    def initialize(self) -> None:
        """Note where the block stands, and let the pallets begin."""
        env, state = self._env, self.state
        assert env.number == system.NUMBER.get(state) + 1, f"block {env.number} does not follow its parent"
        system.NUMBER.put(state, env.number)
        system.PARENT_HASH.put(state, env.parent_hash)
        system.note_block_hash(state, env.number - 1, env.parent_hash)
        system.DIGEST.put(state, system.decode_digest(env.digest_logs))
        ctx = self._context(Root())
        system.note_runtime(ctx, RUNTIME_CODE)
        for hook in RUNTIME.on_initialize:
            hook(ctx)
        self._event_counts.append(len(state.events))

    def apply_inherent(self, raw: bytes) -> None:
        """Run the author's own extrinsic.

        Raises:
            BadMandatory: it is not the timestamp, or failed.
        """
        extrinsic = decode_extrinsic(raw)
        if extrinsic.authorization is not None or extrinsic.call.declaration is not timestamp.set:
            raise BadMandatory("a block starts with its timestamp")
        try:
            extrinsic.call.dispatch(self._context(Unsigned()))
        except DispatchError as error:
            raise BadMandatory(str(error)) from error
        self._conclude(raw, extrinsic, None, 0, Pays.Yes)

    def apply_signed(self, candidate: bytes | Proven) -> None:
        """Run a signed extrinsic; if its call fails, only nonce, fee and event remain.

        Raises:
            InvalidTransaction: it may not be in this block, and left no trace.
        """
        if isinstance(candidate, Proven):
            raw, extrinsic, proven_under = candidate.raw, candidate.extrinsic, candidate.anchor
        else:
            raw, extrinsic, proven_under = candidate, decode_extrinsic(candidate), None
        authorization = extrinsic.authorization
        if authorization is None:
            raise UnexpectedCall("inherents come first and only once")
        anchor = find_anchor(self.state, authorization, self._position)
        if proven_under != anchor:
            verify_signature(authorization, anchor)
        self._ensure_room(extrinsic)
        charge = compute_charge(extrinsic, authorization)
        ctx = self._context(Signed(authorization.account))
        ensure_may_enter(self.state, self._env.number, authorization.account, extrinsic.call)
        payer = find_payer(self.state, authorization.account, extrinsic.call)
        with self.state.transaction():
            in_alpha = self._take_nonce_and_fee(ctx, authorization, payer, extrinsic.call, charge)
            error, pays = _dispatch(ctx, extrinsic.call)
            ensure_worth_including(self.state, authorization.account, extrinsic.call, error)
        if in_alpha:
            kept = announce_alpha_fee(ctx, authorization.account, in_alpha, authorization.tip)
        else:
            kept = charge if pays is Pays.Yes else authorization.tip
            kept = payment.settle_fee(ctx, payer, charge, kept, authorization.tip)
        self._conclude(raw, extrinsic, error, kept, pays)

    def finalize(self, rejected: Mapping[int, InvalidTransaction]) -> BlockResult:
        """Let the pallets end, and write down what happened."""
        ctx = self._context(Root())
        for hook in RUNTIME.on_finalize:
            hook(ctx)
        state = self.state
        state.put(system.EVENTS.prefix, self._encode_events())
        system.EVENT_COUNT.put(state, len(state.events))
        weights = [Weight(self._weights[dispatch_class], 0) for dispatch_class in DispatchClass]
        system.BLOCK_WEIGHT.put(state, PerClassWeight(*weights))
        return BlockResult(
            state.changes, tuple(self._extrinsics), tuple(self._results), self._env.digest_logs, rejected
        )

    def _context(self, origin: Origin) -> Context:
        env = self._env
        return Context(
            self.state,
            origin,
            env.number,
            env.timestamp_ms,
            env.compute_epoch,
            len(self._extrinsics),
            guard=ensure_passes,
        )

    def _take_nonce_and_fee(
        self, ctx: Context, authorization: Authorization, payer: bytes, call: Call, charge: int
    ) -> AlphaFee | None:
        """What pays the fee where nobody's rao do."""
        account = system.ACCOUNT.get(self.state, authorization.account)
        ensure_next_nonce(account, authorization)
        counted = account.with_nonce(account.nonce + 1)
        if payer != authorization.account:
            ensure_exists(account)
            system.ACCOUNT.put(self.state, authorization.account, counted)
            payment.withdraw_fee(ctx, payer, system.ACCOUNT.get(self.state, payer), charge)
            return None
        try:
            payment.withdraw_fee(ctx, authorization.account, counted, charge)
        except CannotPay:
            return pay_in_alpha(ctx, counted, authorization.account, call, charge)
        return None

    def _ensure_room(self, extrinsic: Extrinsic) -> None:
        dispatch_class = extrinsic.call.declaration.dispatch_class
        if dispatch_class is DispatchClass.Mandatory:
            raise UnexpectedCall("mandatory calls are the author's")
        weight = sum(self._weights.values()) + (extrinsic.call.weight + BASE_EXTRINSIC_WEIGHT).ref_time
        if weight > max_weight(dispatch_class):
            raise ExhaustsResources(f"a weight of {weight} is too much for the block")
        if self._size_bytes + extrinsic.size_bytes > max_bytes(dispatch_class):
            raise ExhaustsResources(f"{extrinsic.size_bytes} bytes are too many for the block")

    def _conclude(self, raw: bytes, extrinsic: Extrinsic, error: DispatchError | None, fee: int, pays: Pays) -> None:
        declaration = extrinsic.call.declaration
        weight = extrinsic.call.weight + BASE_EXTRINSIC_WEIGHT
        info = DispatchEventInfo(weight, declaration.dispatch_class, pays)
        if error is None:
            self.state.events.append(system.ExtrinsicSuccess(info))
        else:
            self.state.events.append(system.ExtrinsicFailed(describe_failure(error), info))
        self._weights[declaration.dispatch_class] += weight.ref_time
        self._size_bytes += extrinsic.size_bytes
        self._extrinsics.append(raw)
        self._results.append(ExtrinsicResult(error, fee))
        self._event_counts.append(len(self.state.events))

    def _encode_events(self) -> bytes:
        """The value of ``System.Events``: every event behind its phase, without topics."""
        phases: list[system.Phase] = [system.Initialization()]
        phases += map(system.ApplyExtrinsic, range(len(self._extrinsics)))
        phases.append(system.Finalization())
        encode, events = RUNTIME.event_type.encode, self.state.events
        records: list[bytes] = []
        for phase, end in zip(phases, [*self._event_counts, len(events)], strict=True):
            head = system.PHASE.encode(phase)
            records += [head + encode(event) + b"\0" for event in events[len(records) : end]]
        return encode_compact(len(records)) + b"".join(records)


def _dispatch(ctx: Context, call: Call) -> tuple[DispatchError | None, Pays]:
    """Error of the call, if it failed, and whether the fee is kept."""
    pays = call.declaration.pays
    try:
        corrected = call.dispatch(ctx)
    except DispatchError as error:
        return error, pays
    return None, corrected or pays
