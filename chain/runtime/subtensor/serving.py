"""Neurons announce where they serve."""

from dataclasses import dataclass

from chain.runtime import hive
from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.errors import (
    HotKeyNotRegisteredInNetwork,
    InvalidIpAddress,
    InvalidIpType,
    InvalidPort,
    ServingRateLimitExceeded,
)
from chain.runtime.subtensor.events import AxonServed, PrometheusServed
from chain.runtime.subtensor.types import NO_AXON, NO_PROMETHEUS, AxonInfo, NeuronCertificate, PrometheusInfo
from chain.runtime.types import NetUid, Pays
from chain.scale.hints import u8, u16, u32, u128

LOOPBACK_V4 = (127 << 24) | 1
LOOPBACK_V6 = 1
HIGHEST_V4 = (1 << 32) - 1
HIGHEST_V6 = (1 << 128) - 1
LONGEST_KEY = 64


@dataclass(frozen=True)
class Address:
    """Where a neuron of a subnet is to be reached; an ip of 0 is nowhere."""

    netuid: int
    ip: int
    port: int
    ip_type: int


@call(4, weight=33_000_000, pays=Pays.No)
def serve_axon(  # noqa: PLR0913, PLR0917  the dialect's own arguments
    ctx: Context,
    netuid: NetUid,
    version: u32,
    ip: u128,
    port: u16,
    ip_type: u8,
    protocol: u8,
    placeholder1: u8,
    placeholder2: u8,
) -> None:
    """Announce where the caller's neuron answers; an ip of 0 means nowhere."""
    hotkey, state = ctx.signer(), ctx.state
    ensure_may_serve(state, ctx.block_number, hotkey, Address(netuid, ip, port, ip_type))
    axon = AxonInfo(ctx.block_number, version, ip, port, ip_type, protocol, placeholder1, placeholder2)
    storage.AXONS.put(state, netuid, hotkey, axon)
    ctx.deposit(AxonServed(netuid, hotkey))


@call(5, weight=29_000_000, pays=Pays.No)
def serve_prometheus(ctx: Context, netuid: NetUid, version: u32, ip: u128, port: u16, ip_type: u8) -> None:
    """Announce where the caller's neuron shows its metrics."""
    hotkey, state = ctx.signer(), ctx.state
    ensure_may_be_watched(state, ctx.block_number, hotkey, Address(netuid, ip, port, ip_type))
    storage.PROMETHEUS.put(state, netuid, hotkey, PrometheusInfo(ctx.block_number, version, ip, port, ip_type))
    ctx.deposit(PrometheusServed(netuid, hotkey))


@call(40, weight=44_930_000, pays=Pays.No)
def serve_axon_tls(  # noqa: PLR0913, PLR0917  the dialect's own arguments
    ctx: Context,
    netuid: NetUid,
    version: u32,
    ip: u128,
    port: u16,
    ip_type: u8,
    protocol: u8,
    placeholder1: u8,
    placeholder2: u8,
    certificate: bytes,
) -> None:
    """Announce where the caller's neuron answers, and with which key: one byte for its algorithm, then the key.

    What is no such certificate is not stored.
    """
    serve_axon(ctx, netuid, version, ip, port, ip_type, protocol, placeholder1, placeholder2)
    if not 1 <= len(certificate) <= 1 + LONGEST_KEY:
        return
    made = NeuronCertificate(certificate[1:], certificate[0])
    key_storage.NEURON_CERTIFICATES.put(ctx.state, netuid, ctx.signer(), made)


def ensure_may_serve(state: StateReader, block: int, hotkey: bytes, address: Address) -> None:
    """Let only neurons pass that may announce this address, which may be none, in this block.

    Raises:
        HotKeyNotRegisteredInNetwork, InvalidIpType, InvalidIpAddress, ServingRateLimitExceeded, InvalidPort.
    """
    ensure_registered(state, address.netuid, hotkey)
    ensure_ip_type(address.ip_type)
    if address.ip:
        ensure_address(state, address.ip, address.ip_type)
    previous = storage.AXONS.get(state, address.netuid, hotkey) or NO_AXON
    _ensure_not_too_often(state, address.netuid, block, previous.block)
    _ensure_port(address.port)


def ensure_may_be_watched(state: StateReader, block: int, hotkey: bytes, address: Address) -> None:
    """Let only neurons pass that may announce this address of their metrics in this block.

    Raises:
        InvalidIpType, InvalidIpAddress, HotKeyNotRegisteredInNetwork, ServingRateLimitExceeded, InvalidPort.
    """
    ensure_address(state, address.ip, address.ip_type)
    ensure_registered(state, address.netuid, hotkey)
    previous = storage.PROMETHEUS.get(state, address.netuid, hotkey) or NO_PROMETHEUS
    _ensure_not_too_often(state, address.netuid, block, previous.block)
    _ensure_port(address.port)


def ensure_registered(state: StateReader, netuid: int, hotkey: bytes) -> None:
    """Let only hotkeys of the subnet pass.

    Raises:
        HotKeyNotRegisteredInNetwork: this one has no uid there.
    """
    if not storage.UIDS.contains(state, netuid, hotkey):
        raise HotKeyNotRegisteredInNetwork


def ensure_ip_type(ip_type: int) -> None:
    """Let IPv4 and IPv6 pass.

    Raises:
        InvalidIpType: it is neither.
    """
    if ip_type not in {4, 6}:
        raise InvalidIpType


def ensure_address(state: StateReader, ip: int, ip_type: int) -> None:
    """Let only addresses pass that others can reach; loopback ones where genesis says that all live on one machine.

    Raises:
        InvalidIpType, InvalidIpAddress.
    """
    ensure_ip_type(ip_type)
    loopback, highest = (LOOPBACK_V4, HIGHEST_V4) if ip_type == 4 else (LOOPBACK_V6, HIGHEST_V6)
    if ip == 0 or ip >= highest or (ip == loopback and not hive.LOOPBACK_AXONS.get(state)):
        raise InvalidIpAddress


def _ensure_not_too_often(state: StateReader, netuid: int, block: int, last: int) -> None:
    if last and block - last < storage.SERVING_RATE_LIMIT.get(state, netuid):
        raise ServingRateLimitExceeded


def _ensure_port(port: int) -> None:
    if port == 0:
        raise InvalidPort
