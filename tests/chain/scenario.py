"""A long day on the ledger, always the same; prints a digest of all that was stored and announced."""

from random import Random

from chain.crypto import blake2_256
from chain.runtime.errors import DispatchError
from chain.runtime.runtime import RUNTIME
from chain.runtime.subtensor import children, hotkey_swaps, moving, root, root_claims, staking, storage, subnets
from chain.runtime.subtensor.weights import set_weights
from tests.chain.ledger import ALICE, BOB, CHARLIE, DAVE, TAO, Ledger, hotkey

NAMES = [f"n{number}" for number in range(12)]
COLDKEYS = [ALICE, BOB, CHARLIE, DAVE]


def act(ledger: Ledger, random: Random) -> None:
    """One random deed; a refused one is no deed."""
    coldkey, key, other = random.choice(COLDKEYS), hotkey(random.choice(NAMES)), hotkey(random.choice(NAMES))
    netuid, amount = random.choice([0, 1, 1, 2]), random.randrange(1, 50 * TAO)
    call, args = random.choice(
        [
            (staking.add_stake, (key, netuid, amount)),
            (staking.remove_stake, (key, netuid, amount)),
            (moving.move_stake, (key, other, netuid, random.choice([0, 1, 2]), amount)),
            (children.set_children, (key, netuid, [(random.randrange(2**62), other)])),
            (root_claims.claim_root, ([1, 2],)),
            (root.root_register, (key,)),
            (hotkey_swaps.swap_hotkey, (key, hotkey(f"x{ledger.number}"), random.choice([1, 2]))),
            (subnets.start_call, (2,)),
        ]
    )
    try:
        ledger.send(coldkey, call, *args)
        ledger.send(key, set_weights, 1, [random.randrange(6), 0], [5, 7], 0)
    except DispatchError:
        return


def compute_digest() -> str:
    """Run the day."""
    ledger, random = Ledger(tempo=5, mechanism=1), Random(20)
    for position, name in enumerate(NAMES):
        ledger.seat(COLDKEYS[position % 4], name)
        ledger.add_stake(COLDKEYS[position % 4], name, 1, (position + 3) * TAO)
        ledger.add_stake(COLDKEYS[position % 4], name, 0, (position + 5) * TAO)
    ledger.open_subnet(DAVE, "owner")
    for _ in range(25):
        for _ in range(5):
            act(ledger, random)
        ledger.pass_blocks(1)
    ledger.send(None, subnets.root_dissolve_network, 2)
    assert storage.SUBNET_EPOCH_INDEX.get(ledger.state, 1) >= 5
    changes = b"".join(key + (value or b"") for key, value in sorted(ledger.state.changes.items()))
    return blake2_256(changes + b"".join(map(RUNTIME.event_type.encode, ledger.state.events))).hex()


if __name__ == "__main__":
    print(compute_digest())
