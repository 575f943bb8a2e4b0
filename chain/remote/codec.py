"""What needs metadata: reading storage, signing, decoding events. Runs in the interface's thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import substrateinterface
from substrateinterface import SubstrateInterface

from chain.keys import Keypair
from chain.remote.errors import UnknownItem
from chain.remote.faults import read_dispatch_error
from chain.remote.submission import Included
from chain.remote.values import Call, Event, Receipt, encode_params
from chain.runtime.errors import DispatchError, InvalidTransaction, StaleTransaction

_ERA_BLOCKS: Final = 128
_PAGE: Final = 500


def query(pallet: str, item: str, params: Sequence[Any], block_hash: str | None, interface: SubstrateInterface) -> Any:
    """Plain value of a storage item."""
    return interface.query(pallet, item, encode_params(list(params)), block_hash).value


def query_map(
    pallet: str, item: str, params: Sequence[Any], block_hash: str | None, interface: SubstrateInterface
) -> list[tuple[Any, Any]]:
    """Plain keys and values of a map."""
    found = interface.query_map(
        pallet, item, encode_params(list(params)), block_hash, page_size=_PAGE, ignore_decoding_errors=False
    )
    return [(_plain(key), value.value) for key, value in found]


def list_events(block_hash: str, interface: SubstrateInterface) -> list[dict[str, Any]]:
    """Events of a block."""
    return [record.value for record in interface.get_events(block_hash)]


def sign(call: Call, signer: Keypair, nonce: int, interface: SubstrateInterface) -> tuple[str, str]:
    """Bytes and hash of a signed extrinsic, mortal so that a lost one cannot come back much later.

    Raises:
        UnknownItem: the chain has no such call.
    """
    keypair = substrateinterface.Keypair(
        public_key=signer.public_key, private_key=signer.private_key, ss58_format=42, crypto_type=signer.crypto_type
    )
    try:
        composed = interface.compose_call(call.pallet, call.function, encode_params(call.params))
    except ValueError as error:
        raise UnknownItem(f"{call.pallet}.{call.function}: {error}") from error
    extrinsic = interface.create_signed_extrinsic(composed, keypair, era={"period": _ERA_BLOCKS}, nonce=nonce)
    return str(extrinsic.data), "0x" + extrinsic.extrinsic_hash.hex()


def read_receipt(
    extrinsic_hash: str, included: Included, interface: SubstrateInterface
) -> tuple[Receipt, DispatchError | None]:
    """Receipt of an extrinsic, and the error it failed with."""
    records = [
        record for record in list_events(included.block_hash, interface) if record["extrinsic_idx"] == included.index
    ]
    events = tuple(Event(item["module_id"], item["event_id"], item["attributes"]) for item in records)
    receipt = Receipt(extrinsic_hash, included.block_hash, included.number, included.index, _read_fee(events), events)
    failed = next((event for event in events if (event.pallet, event.name) == ("System", "ExtrinsicFailed")), None)
    if failed is None:
        return receipt, None
    return receipt, read_dispatch_error(failed.fields["dispatch_error"], interface.metadata)


def is_nonce_taken(error: InvalidTransaction) -> bool:
    """Whether another transaction of the same account came first."""
    return isinstance(error, StaleTransaction) or "too low priority" in str(error)


def _read_fee(events: Sequence[Event]) -> int:
    fees = (event.fields["actual_fee"] for event in events if event.name == "TransactionFeePaid")
    return next(fees, 0)


def _plain(key: Any) -> Any:
    return tuple(_plain(part) for part in key) if isinstance(key, tuple) else key.value
