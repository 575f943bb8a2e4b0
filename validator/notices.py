"""What a validator says of itself on chain: where others reach it, what binds its seeds and its newest samples.

Three fields of the commitments pallet, free of charge: the address as raw bytes behind a mark, the first link of the
chain of seeds (Sha256), and the hash of a bundle of samples (BlakeTwo256), which is on chain before the weights that
were made of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chain.client import Call, ChainClient
from validator.ledger import View

PALLET = "Commitments"
MARK = b"hivegate "
LONGEST_URL_BYTES = 128 - len(MARK)
SUBMIT_SECONDS = 20.0


@dataclass(frozen=True)
class Notice:
    """``url`` of the API; ``seeds`` and ``samples`` as hexadecimal text; ``block`` in which it was published."""

    url: str
    seeds: str
    samples: str | None = None
    block: int | None = None

    def says_as(self, other: "Notice | None") -> bool:
        """Whether another notice says the same, whenever it was published."""
        return other is not None and (self.url, self.seeds, self.samples) == (other.url, other.seeds, other.samples)


def build_notice_call(netuid: int, notice: Notice) -> Call:
    """The call that publishes a notice in place of the one before."""
    address = MARK + notice.url.encode()
    assert len(address) <= LONGEST_URL_BYTES + len(MARK), "settings were checked"
    fields: list[dict[str, object]] = [{f"Raw{len(address)}": address}, {"Sha256": bytes.fromhex(notice.seeds)}]
    if notice.samples is not None:
        fields.append({"BlakeTwo256": bytes.fromhex(notice.samples)})
    return Call(PALLET, "set_commitment", {"netuid": netuid, "info": {"fields": [fields]}})


def read_notice(registration: Mapping[str, Any] | None) -> Notice | None:
    """The notice in a registration of the pallet; None where there is none, or another commitment, as of a miner."""
    if registration is None:
        return None
    fields = [pair for field in registration["info"]["fields"] if isinstance(field, Mapping) for pair in field.items()]
    raw = [_unhex(text) for name, text in fields if name.startswith("Raw")]
    hashes = {name: str(text).removeprefix("0x") for name, text in fields if not name.startswith("Raw")}
    if len(raw) != 1 or not raw[0].startswith(MARK) or "Sha256" not in hashes:
        return None
    url = raw[0].removeprefix(MARK).decode("ascii", "replace")
    return Notice(url, hashes["Sha256"], hashes.get("BlakeTwo256"), int(registration["block"]))


async def find_notice(client: ChainClient, netuid: int, hotkey: str, block_hash: str | None = None) -> Notice | None:
    """The notice of a hotkey.

    Raises: ChainError.
    """
    return read_notice(await client.query(PALLET, "CommitmentOf", [netuid, hotkey], block_hash))


def find_validators(view: View) -> dict[str, int]:
    """Stake, in rao, of all who may set weights and have any."""
    return {one.hotkey: one.stake for one in view.metagraph.neurons if one.validator_permit and one.stake > 0}


def _unhex(text: object) -> bytes:
    return bytes.fromhex(str(text).removeprefix("0x"))
