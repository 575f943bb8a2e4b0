"""Every call of every pallet with arguments of any kind: none can stop a block, create rao or lose them unseen."""

from operator import itemgetter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.runtime import balances, system
from chain.runtime.dispatch import RUNTIME_CALL, Call
from chain.runtime.executive import BlockEnv, build_block, execute_block
from chain.runtime.extrinsic import Anchor, Terms, decode_extrinsic, encode_signed
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.runtime import RUNTIME
from chain.runtime.types import ACCOUNT_ID, NET_UID, Sr25519
from chain.scale.composite import EnumType, Struct, UnitEnum
from chain.scale.containers import BYTES, Array, Compact, FixedBytes, Option, Vec
from chain.scale.errors import ScaleError
from chain.scale.products import Newtype, Tuple
from chain.scale.types import BOOL, STR, Primitive
from chain.state.overlay import MemoryState

SIGNERS = [Keypair.from_uri(uri) for uri in ("//Alice", "//Bob", "//Charlie", "//Alice//hive", "//nobody")]
GENESIS = build_genesis(dev_spec(tempo=3))
GENESIS_HASH = blake2_256(b"genesis")


def integers(size_bytes, *, signed=False):
    top = 256**size_bytes // (2 if signed else 1) - 1
    bottom = -top - 1 if signed else 0
    common = st.sampled_from([value for value in (0, 1, 2, 500, 65_535, 10**9, 10**12) if value <= top])
    return common | st.integers(bottom, top) | st.just(top)


def values(kind):
    """Values of a type, those that mean something to the chain more often."""
    if kind in _MEANINGFUL:
        return _MEANINGFUL[kind]
    if kind == RUNTIME_CALL:
        return calls(depth=1)
    build = next((build for cls, build in _BUILDERS.items() if isinstance(kind, cls)), _decodable)
    return build(kind)


def _variants(kind):
    shapes = st.sampled_from([variant.shape for variant in kind.variants])
    return shapes.flatmap(lambda shape: st.builds(shape.cls, *map(values, shape.types)))


def _decodable(kind):
    """Values that some short bytes stand for."""

    def decode(data):
        try:
            return kind.decode_from(data, 0)
        except ScaleError:
            return None

    return st.binary(min_size=1, max_size=40).map(decode).filter(lambda found: found is not None).map(itemgetter(0))


_MEANINGFUL = {
    ACCOUNT_ID: st.sampled_from([pair.public_key for pair in SIGNERS]) | st.binary(min_size=32, max_size=32),
    NET_UID: st.sampled_from([0, 1, 1, 1, 2]) | integers(2),
    BOOL: st.booleans(),
    BYTES: st.binary(max_size=40),
    STR: st.text(max_size=9),
}
_BUILDERS = {
    Compact: lambda kind: values(kind.inner),
    Newtype: lambda kind: values(kind.inner),
    Vec: lambda kind: st.lists(values(kind.inner), max_size=3),
    Array: lambda kind: st.lists(values(kind.inner), min_size=kind.size, max_size=kind.size),
    Option: lambda kind: st.none() | values(kind.inner),
    Tuple: lambda kind: st.tuples(*map(values, kind.types)),
    FixedBytes: lambda kind: st.binary(min_size=kind.min_size, max_size=kind.min_size),
    Struct: lambda kind: st.builds(kind.shape.cls, *map(values, kind.shape.types)),
    EnumType: _variants,
    UnitEnum: lambda kind: st.sampled_from(list(kind.members)),
    Primitive: lambda kind: integers(kind.min_size, signed=kind.name.startswith("i")),
}
DECLARATIONS = [call for pallet in RUNTIME.pallets for call in pallet.calls]
FLAT = [call for call in DECLARATIONS if not any("Call" in field.type.name for field in call.fields)]


def calls(depth=0):
    def with_arguments(declaration):
        arguments = st.tuples(*[values(field.type) for field in declaration.fields])
        return arguments.map(lambda made: Call(declaration, made))

    return st.sampled_from(FLAT if depth else DECLARATIONS).flatmap(with_arguments)


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.tuples(st.sampled_from(SIGNERS), calls()), max_size=4), min_size=1, max_size=5))
def test_no_call_of_any_pallet_can_stop_the_chain(blocks):
    state = MemoryState(GENESIS)
    for number, wanted in enumerate(blocks, start=1):
        parent_hash = blake2_256(b"%d" % (number - 1)) if number > 1 else GENESIS_HASH
        env = BlockEnv(number, parent_hash, number * 1000, GENESIS_HASH)
        result = build_block(state, env, [_sign(state, pair, call) for pair, call in wanted])
        assert execute_block(state, env, result.extrinsics).changes == result.changes
        _ensure_calls_survive_the_wire(result.extrinsics)
        state.apply(result.changes)
        system.EVENTS.get(state)
        _ensure_accounts_add_up(state, wanted)


def _sign(state, pair, call):
    nonce = system.get_account(state, pair.public_key).nonce
    anchor = Anchor(GENESIS_HASH, GENESIS_HASH)
    return encode_signed(call, pair.public_key, lambda data: Sr25519(pair.sign(data)), anchor, Terms(nonce))


def _ensure_calls_survive_the_wire(extrinsics):
    for raw in extrinsics:
        call = decode_extrinsic(raw).call
        assert RUNTIME.call_type.decode(RUNTIME.call_type.encode(call)) == call


def _ensure_accounts_add_up(state, wanted):
    """Root may overwrite any storage; short of that, the issuance is the sum of the accounts."""
    raw_writes = {"set_storage", "kill_storage", "kill_prefix"}
    if not any(raw_writes & _names_in(call) for _, call in wanted):
        total = sum(account.data.free + account.data.reserved for _, account in system.ACCOUNT.items(state))
        assert balances.TOTAL_ISSUANCE.get(state) == total


def _names_in(call):
    inner = [arg for arg in call.args if isinstance(arg, Call)]
    inner += [item for arg in call.args if isinstance(arg, list) for item in arg if isinstance(item, Call)]
    return {call.declaration.name}.union(*map(_names_in, inner))
