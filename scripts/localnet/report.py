"""The account of one run: who earned what, how well the mixture does, and whether the money adds up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chain.client import ChainClient
from localnet.plan import NETUID, Plan
from localnet.provision import hotkey_address

_PALLET = "SubtensorModule"
_SETTLED_EPOCHS = 5
"""Epochs that a new network needs until its weights tell miners apart."""

_LONGEST_WALK = 200


async def miner_rows(client: ChainClient, plan: Plan) -> list[dict[str, object]]:
    """Domain, honesty, incentive, stake in rao and share of emission of every miner, from the chain's head.

    ``emission_share`` is of what all miners were paid after the network settled; None before that. ``history``
    is the incentive after each of the latest epochs, ``seated_in`` the first of them with a seat; None without one.
    """
    neurons = (await client.metagraph(NETUID)).by_hotkey()
    epochs = await _walk_epochs(client)
    paid = _paid_after_settling(epochs)
    total = sum(paid[hotkey_address(miner.name)] for miner in plan.miners)
    rows: list[dict[str, object]] = []
    for miner in plan.miners:
        hotkey = hotkey_address(miner.name)
        neuron = neurons.get(hotkey)
        rows.append(
            {
                "hotkey": hotkey,
                "domain": miner.domain,
                "honest": miner.honest,
                "behaviour": miner.behaviour,
                "incentive": neuron.incentive if neuron else 0.0,
                "stake": neuron.stake if neuron else 0,
                "emission_share": paid[hotkey] / total if total else None,
                "seated_in": next((epoch.number for epoch in epochs if hotkey in epoch.incentives), None),
                "history": [[epoch.number, epoch.incentives.get(hotkey, 0.0)] for epoch in epochs],
            }
        )
    return rows


async def count_epochs(client: ChainClient) -> int:
    """Epochs of the subnet since genesis."""
    return int(await client.query(_PALLET, "SubnetEpochIndex", [NETUID]))


@dataclass(frozen=True)
class Epoch:
    """What an epoch of the subnet left behind: incentive and emission in rao by hotkey."""

    number: int
    incentives: Mapping[str, float]
    emission: Mapping[str, int]


def _paid_after_settling(epochs: Iterable[Epoch]) -> Counter[str]:
    """Emission by hotkey, in rao, summed over the epochs that came after the network settled."""
    paid: Counter[str] = Counter()
    for epoch in epochs:
        if epoch.number > _SETTLED_EPOCHS:
            paid.update(epoch.emission)
    return paid


async def _walk_epochs(client: ChainClient) -> list[Epoch]:
    """The latest epochs, the oldest first."""
    found: list[Epoch] = []
    block_hash = await client.block_hash()
    while len(found) < _LONGEST_WALK and (number := await _epochs_at(client, block_hash)):
        neurons = (await client.metagraph(NETUID, block_hash)).neurons
        incentives = {neuron.hotkey: neuron.incentive for neuron in neurons}
        found.append(Epoch(number, incentives, {neuron.hotkey: neuron.emission for neuron in neurons}))
        epoch_block = int(await client.query(_PALLET, "LastEpochBlock", [NETUID], block_hash))
        block_hash = await client.block_hash(epoch_block - 1)
    return found[::-1]


async def _epochs_at(client: ChainClient, block_hash: str) -> int:
    return int(await client.query(_PALLET, "SubnetEpochIndex", [NETUID], block_hash))


def summary(report: Mapping[str, Any]) -> str:
    """The report for a reader in a hurry."""
    bits, mixed = report["bits_per_byte"], report["mixed_bits_per_byte"]
    issuance = report["issuance"]
    lines = [
        f"{report['epochs']} epochs; first answer after {report['first_answer_seconds']:.1f} s; "
        f"at most {report['peak_pss_bytes'] / 2**30:.2f} GiB",
        "bits per byte of held-out text: "
        + ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in bits.items() if value is not None),
        "texts that change their domain: "
        + ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in mixed.items() if value is not None),
        "issuance in rao: {initial} + {emitted} emitted - {burned} burned = {final}".format(**issuance),
    ]
    for row in report["miners"]:
        kind = "honest" if row["honest"] else row["behaviour"]
        lines.append(f"  {row['domain']:<12} {kind:<10} incentive {row['incentive']:.3f}  {row['hotkey']}")
    return "\n".join(lines)
