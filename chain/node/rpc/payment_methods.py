"""Methods ``payment_*``: what a transaction would cost, for clients that do not ask the runtime itself."""

from __future__ import annotations

from typing import Final

from chain.node.ledger import Ledger
from chain.node.rpc.errors import InvalidParams
from chain.node.rpc.params import Param, optional, parse_hash, parse_hex
from chain.node.rpc.reading import discarded_told, find_number
from chain.node.rpc.registry import method
from chain.runtime.apis import FeeDetails, RuntimeDispatchInfo
from chain.runtime.executive import call_api
from chain.scale.errors import ScaleError
from chain.scale.hints import of
from chain.scale.types import U32

_PARAMS: Final = (Param("extrinsic", parse_hex), optional("hash", parse_hash))
_INFO: Final = of(RuntimeDispatchInfo)
_DETAILS: Final = of(FeeDetails)


class PaymentMethods:
    """Asks the runtime; a transaction's signature may be made up."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @method("payment_queryInfo", "payment_queryInfoAt", params=_PARAMS)
    def query_info(self, raw: bytes, at: bytes | None) -> dict[str, object]:
        info = _INFO.decode(self._ask("query_info", raw, at))
        weight = {"ref_time": info.weight.ref_time, "proof_size": info.weight.proof_size}
        return {"weight": weight, "class": info.class_.name.lower(), "partialFee": str(info.partial_fee)}

    @method("payment_queryFeeDetails", params=_PARAMS)
    def query_fee_details(self, raw: bytes, at: bytes | None) -> dict[str, object]:
        fee = _DETAILS.decode(self._ask("query_fee_details", raw, at)).inclusion_fee
        if fee is None:
            return {"inclusionFee": None}
        parts = {"baseFee": fee.base_fee, "lenFee": fee.len_fee, "adjustedWeightFee": fee.adjusted_weight_fee}
        return {"inclusionFee": {name: hex(rao) for name, rao in parts.items()}}

    def _ask(self, name: str, raw: bytes, at: bytes | None) -> bytes:
        number = find_number(self._ledger, at)
        with discarded_told(number):
            state = self._ledger.state_at(number)
        try:
            return call_api(state, f"TransactionPaymentApi_{name}", raw + U32.encode(len(raw)))
        except ScaleError as error:
            raise InvalidParams(f"extrinsic: {error}") from error
