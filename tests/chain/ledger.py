"""A chain without transactions: calls and hooks on one state in memory."""

from functools import cache

from chain.keys import Keypair
from chain.runtime import balances, hive
from chain.runtime.dispatch import Context, Root, Signed
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.runtime import RUNTIME
from chain.runtime.subtensor import founding, registration, staking, storage, subnets
from chain.runtime.subtensor.stake import get_stake
from chain.state.overlay import MemoryState, State

TAO = 10**9
ALICE, BOB, CHARLIE, DAVE = (Keypair.from_uri(f"//{name}").public_key for name in ("Alice", "Bob", "Charlie", "Dave"))


@cache
def hotkey(name: str) -> bytes:
    """The hotkey of that name."""
    return Keypair.from_uri(f"//{name}//hot").public_key


class Ledger:
    """The dev chain, whose new subnets are of a mechanism."""

    def __init__(self, *, tempo: int = 20, mechanism: int = 0) -> None:
        self.state = State(MemoryState(build_genesis(dev_spec(tempo=tempo))))
        self.number = 0
        hive.SUBNET_MECHANISM.put(self.state, mechanism)
        self.pass_blocks(1)

    def pass_blocks(self, count: int) -> None:
        """Let blocks without transactions pass."""
        for _ in range(count):
            self.number += 1
            ctx = Context(self.state, Root(), self.number, 0)
            for hook in (*RUNTIME.on_initialize, *RUNTIME.on_finalize):
                if hook.__module__.startswith("chain.runtime.subtensor"):
                    hook(ctx)

    def send(self, account: bytes | None, call, *args) -> None:
        """Make a call as an account, or as root."""
        origin = Root() if account is None else Signed(account)
        call.with_args(*args).dispatch(Context(self.state, origin, self.number, 0))

    def refuse(self, error, account: bytes | None, call, *args) -> None:
        """Make a call that fails so, and changes nothing."""
        changes, events = dict(self.state.changes), len(self.state.events)
        try:
            self.send(account, call, *args)
        except error:
            assert self.state.changes == changes
            assert len(self.state.events) == events
            return
        raise AssertionError(f"{call.name} did not raise {error.__name__}")

    def events(self, kind):
        """What was announced of one kind."""
        return [event for event in self.state.events if isinstance(event, kind)]

    def free(self, account: bytes) -> int:
        """Rao of an account."""
        return balances.get_free(self.state, account)

    def stake(self, name: str, coldkey: bytes, netuid: int) -> int:
        """Alpha of a coldkey on the hotkey of that name."""
        return get_stake(self.state, hotkey(name), coldkey, netuid)

    def seat(self, owner: bytes, name: str, netuid: int = 1) -> int | None:
        """Register the hotkey of that name and give its uid."""
        self.send(owner, registration.burned_register, netuid, hotkey(name))
        return storage.UIDS.get(self.state, netuid, hotkey(name))

    def open_subnet(self, owner: bytes, name: str) -> int:
        """Create and start a subnet that emits; its netuid."""
        netuid = subnets.find_free_netuid(self.state)
        self.send(owner, founding.register_network, hotkey(name))
        self.send(owner, subnets.start_call, netuid)
        storage.SUBNET_EMISSION_ENABLED.put(self.state, netuid, True)
        return netuid

    def add_stake(self, coldkey: bytes, name: str, netuid: int, tao: int) -> int:
        """Stake rao on the hotkey of that name; alpha of the coldkey there."""
        self.send(coldkey, staking.add_stake, hotkey(name), netuid, tao)
        return self.stake(name, coldkey, netuid)
