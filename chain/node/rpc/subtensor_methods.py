"""Methods of subtensor's own: runtime interfaces under older names, their answers as lists of bytes.

Newer clients ask through ``state_call``; SDKs of before still use these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from chain.node.core import Node
from chain.node.rpc.params import Json, Param, optional, parse_account, parse_hash
from chain.node.rpc.reading import discarded_told, find_number
from chain.node.rpc.registry import method
from chain.runtime.executive import call_api
from chain.runtime.subtensor.interfaces.swaps import SubnetPrice
from chain.scale.containers import Option, Vec
from chain.scale.hints import of
from chain.scale.types import U16, U64

_AT: Final = optional("at", parse_hash)
Decode = Callable[[bytes], object]


class _Interfaces:
    """Answers of runtime interfaces after any block."""

    def __init__(self, node: Node) -> None:
        self._ledger = node.ledger

    async def ask(self, name: str, data: bytes, at: bytes | None) -> bytes:
        """Encoded answer of an interface."""
        number = find_number(self._ledger, at)
        with discarded_told(number):
            view = self._ledger.state_at(number)
            return await asyncio.to_thread(partial(call_api, view, name, data))


def _parse_number(size_bytes: int) -> Callable[[Json], bytes]:
    """Parser of an unsigned number, which gives its bytes."""

    def parse(value: Json) -> bytes:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 256**size_bytes:
            raise ValueError(f"expected a number of {8 * size_bytes} bits")
        return value.to_bytes(size_bytes, "little")

    return parse


def _parse_any_account(value: Json) -> bytes:
    """An account as address, hexadecimal digits or list of bytes."""
    if not isinstance(value, list):
        return parse_account(value)
    if len(value) != 32:
        raise ValueError("expected an account of 32 bytes")
    return b"".join(map(_parse_number(1), value))


def _parse_indexes(value: Json) -> bytes:
    """A list of positions, which gives its bytes."""
    if not isinstance(value, list):
        raise ValueError("expected a list of numbers")
    return Vec(U16).encode([int.from_bytes(_parse_number(2)(item), "little") for item in value])


def _decode_prices(data: bytes) -> object:
    """Prices by netuid."""
    return [{"netuid": price.netuid, "price": price.price} for price in Vec(of(SubnetPrice)).decode(data)]


_NETUID: Final = Param("netuid", _parse_number(2))
_UID: Final = Param("uid", _parse_number(2))
_MECHANISM: Final = Param("mecid", _parse_number(1))
_ACCOUNT: Final = Param("account", _parse_any_account)
_INDEXES: Final = Param("metagraph_indexes", _parse_indexes)
_AMOUNT: Final = Param("amount", _parse_number(8))

_SUBNET = "SubnetInfoRuntimeApi_get_"
_ASKED: Mapping[str, tuple[str, tuple[Param, ...]]] = {
    "delegateInfo_getDelegates": ("DelegateInfoRuntimeApi_get_delegates", ()),
    "delegateInfo_getDelegate": ("DelegateInfoRuntimeApi_get_delegate", (_ACCOUNT,)),
    "delegateInfo_getDelegated": ("DelegateInfoRuntimeApi_get_delegated", (_ACCOUNT,)),
    "neuronInfo_getNeurons": ("NeuronInfoRuntimeApi_get_neurons", (_NETUID,)),
    "neuronInfo_getNeuron": ("NeuronInfoRuntimeApi_get_neuron", (_NETUID, _UID)),
    "neuronInfo_getNeuronsLite": ("NeuronInfoRuntimeApi_get_neurons_lite", (_NETUID,)),
    "neuronInfo_getNeuronLite": ("NeuronInfoRuntimeApi_get_neuron_lite", (_NETUID, _UID)),
    "subnetInfo_getSubnetInfo": (f"{_SUBNET}subnet_info", (_NETUID,)),
    "subnetInfo_getSubnetsInfo": (f"{_SUBNET}subnets_info", ()),
    "subnetInfo_getSubnetInfo_v2": (f"{_SUBNET}subnet_info_v2", (_NETUID,)),
    "subnetInfo_getSubnetsInfo_v2": (f"{_SUBNET}subnets_info_v2", ()),
    "subnetInfo_getSubnetHyperparams": (f"{_SUBNET}subnet_hyperparams", (_NETUID,)),
    "subnetInfo_getSubnetHyperparamsV2": (f"{_SUBNET}subnet_hyperparams_v2", (_NETUID,)),
    "subnetInfo_getDynamicInfo": (f"{_SUBNET}dynamic_info", (_NETUID,)),
    "subnetInfo_getAllDynamicInfo": (f"{_SUBNET}all_dynamic_info", ()),
    "subnetInfo_getMetagraph": (f"{_SUBNET}metagraph", (_NETUID,)),
    "subnetInfo_getAllMetagraphs": (f"{_SUBNET}all_metagraphs", ()),
    "subnetInfo_getMechagraph": (f"{_SUBNET}mechagraph", (_NETUID, _MECHANISM)),
    "subnetInfo_getAllMechagraphs": (f"{_SUBNET}all_mechagraphs", ()),
    "subnetInfo_getSubnetState": (f"{_SUBNET}subnet_state", (_NETUID,)),
    "subnetInfo_getSelectiveMetagraph": (f"{_SUBNET}selective_metagraph", (_NETUID, _INDEXES)),
    "subnetInfo_getSelectiveMechagraph": (f"{_SUBNET}selective_mechagraph", (_NETUID, _MECHANISM, _INDEXES)),
    "subnetInfo_getColdkeyAutoStakeHotkey": (f"{_SUBNET}coldkey_auto_stake_hotkey", (_ACCOUNT, _NETUID)),
    "swap_simSwapTaoForAlpha": ("SwapRuntimeApi_sim_swap_tao_for_alpha", (_NETUID, _AMOUNT)),
    "swap_simSwapAlphaForTao": ("SwapRuntimeApi_sim_swap_alpha_for_tao", (_NETUID, _AMOUNT)),
}
_DECODED: Mapping[str, tuple[str, tuple[Param, ...], Decode]] = {
    "subnetInfo_getLockCost": ("SubnetRegistrationRuntimeApi_get_network_registration_cost", (), U64.decode),
    "subnetInfo_getSubnetToPrune": (f"{_SUBNET}subnet_to_prune", (), Option(U16).decode),
    "swap_currentAlphaPriceAll": ("SwapRuntimeApi_current_alpha_price_all", (), _decode_prices),
    "swap_currentAlphaPrice": ("SwapRuntimeApi_current_alpha_price", (_NETUID,), U64.decode),
}


def _serve(name: str, interface: str, params: tuple[Param, ...], decode: Decode) -> Callable[..., object]:
    """The method ``name``, which asks an interface with its arguments one behind the other."""

    @method(name, params=(*params, _AT))
    async def ask(self: _Interfaces, *given: bytes | None) -> object:
        *arguments, at = given
        answer = await self.ask(interface, b"".join(part for part in arguments if part is not None), at)
        return decode(answer)

    return ask


def build_subtensor_methods(node: Node) -> object:
    """A service with all of them."""
    methods = {name: _serve(name, interface, params, list) for name, (interface, params) in _ASKED.items()}
    methods |= {name: _serve(name, *asked) for name, asked in _DECODED.items()}
    return type("SubtensorMethods", (_Interfaces,), dict(methods))(node)
