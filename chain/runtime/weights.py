"""What a block can hold and what a transaction costs, as numbers and as metadata constants."""

from typing import Annotated

from chain.runtime.types import DispatchClass, Weight
from chain.scale.composite import struct
from chain.scale.hints import TypeName, u32, u64

BASE_EXTRINSIC_WEIGHT = Weight(108_157_000, 0)
BASE_BLOCK_WEIGHT = Weight(431_614_000, 0)
MAX_BLOCK_WEIGHT = Weight(4_000_000_000_000, 2**64 - 1)
MAX_BLOCK_BYTES = 10_485_760
NORMAL_SHARE_PERCENT = 75
"""Share of a block that is open to normal extrinsics; the rest is kept for the others."""

WEIGHT_PER_RAO = 2_000
"""Picoseconds that one rao pays for."""

RAO_PER_BYTE = 1


@struct("frame_support::dispatch::PerDispatchClass")
class PerClassWeight:
    """Weight used by each class."""

    normal: Weight
    operational: Weight
    mandatory: Weight


@struct("frame_support::dispatch::PerDispatchClass")
class PerClassBytes:
    """Bytes allowed to each class."""

    normal: u32
    operational: u32
    mandatory: u32


@struct("frame_system::limits::WeightsPerClass")
class WeightsPerClass:
    """Weights allowed to one class; ``None`` is no limit."""

    base_extrinsic: Weight
    max_extrinsic: Annotated[Weight | None, TypeName("Option<Weight>")]
    max_total: Annotated[Weight | None, TypeName("Option<Weight>")]
    reserved: Annotated[Weight | None, TypeName("Option<Weight>")]


@struct("frame_support::dispatch::PerDispatchClass")
class PerClassLimits:
    """Weights allowed to each class."""

    normal: WeightsPerClass
    operational: WeightsPerClass
    mandatory: WeightsPerClass


@struct("frame_system::limits::BlockWeights")
class BlockWeights:
    """Weights allowed to a block."""

    base_block: Weight
    max_block: Weight
    per_class: PerClassLimits


@struct("frame_system::limits::BlockLength")
class BlockLength:
    """Bytes allowed to a block."""

    max: PerClassBytes


@struct("sp_weights::RuntimeDbWeight")
class DbWeight:
    """What one access to storage weighs, in picoseconds."""

    read: u64
    write: u64


def max_weight(dispatch_class: DispatchClass) -> int:
    """Reference time that extrinsics of the class may use in one block, with all others."""
    if dispatch_class is DispatchClass.Normal:
        return MAX_BLOCK_WEIGHT.ref_time * NORMAL_SHARE_PERCENT // 100
    return MAX_BLOCK_WEIGHT.ref_time


def max_bytes(dispatch_class: DispatchClass) -> int:
    """Bytes that extrinsics of the class may fill in one block, with all others."""
    if dispatch_class is DispatchClass.Normal:
        return MAX_BLOCK_BYTES * NORMAL_SHARE_PERCENT // 100
    return MAX_BLOCK_BYTES


def block_weights() -> BlockWeights:
    """Limits of weight, for the metadata."""
    normal = Weight(max_weight(DispatchClass.Normal), MAX_BLOCK_WEIGHT.proof_size)
    return BlockWeights(
        BASE_BLOCK_WEIGHT,
        MAX_BLOCK_WEIGHT,
        PerClassLimits(
            WeightsPerClass(BASE_EXTRINSIC_WEIGHT, normal, normal, None),
            WeightsPerClass(BASE_EXTRINSIC_WEIGHT, MAX_BLOCK_WEIGHT, MAX_BLOCK_WEIGHT, None),
            WeightsPerClass(BASE_EXTRINSIC_WEIGHT, None, None, None),
        ),
    )


def block_length() -> BlockLength:
    """Limits of bytes, for the metadata."""
    return BlockLength(PerClassBytes(max_bytes(DispatchClass.Normal), MAX_BLOCK_BYTES, MAX_BLOCK_BYTES))
