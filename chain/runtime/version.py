"""Which runtime this is, and which interfaces it offers to clients."""

from typing import Annotated

from chain.crypto import blake2_64
from chain.scale.composite import struct
from chain.scale.containers import FixedBytes
from chain.scale.hints import u8, u32

API_VERSIONS = (
    ("Core", 5),
    ("Metadata", 2),
    ("TaggedTransactionQueue", 3),
    ("AccountNonceApi", 1),
    ("TransactionPaymentApi", 4),
    ("TransactionPaymentCallApi", 3),
    ("AuraApi", 1),
    ("DelegateInfoRuntimeApi", 1),
    ("NeuronInfoRuntimeApi", 1),
    ("StakeInfoRuntimeApi", 1),
    ("SubnetInfoRuntimeApi", 2),
    ("SubnetRegistrationRuntimeApi", 1),
    ("SwapRuntimeApi", 1),
    ("ProxyFilterRuntimeApi", 1),
)
"""Every interface of the runtime; kept beside the numbers since both change together."""


@struct("sp_version::RuntimeVersion")
class RuntimeVersion:
    """Name and numbers of a runtime; ``apis`` are digests of interface names with their versions."""

    spec_name: str
    impl_name: str
    authoring_version: u32
    spec_version: u32
    impl_version: u32
    apis: list[tuple[Annotated[bytes, FixedBytes(8)], u32]]
    transaction_version: u32
    system_version: u8


RUNTIME_VERSION = RuntimeVersion(
    spec_name="node-subtensor",
    impl_name="node-subtensor",
    authoring_version=1,
    spec_version=425,
    impl_version=1,
    apis=[(blake2_64(name.encode()), version) for name, version in API_VERSIONS],
    transaction_version=1,
    system_version=1,
)
"""Raise ``spec_version`` with every change of the metadata: clients cache it by this number."""
