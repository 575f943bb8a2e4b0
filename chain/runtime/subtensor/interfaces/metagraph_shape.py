"""The metagraph as clients get it: 72 fields in the dialect's order."""

from typing import Annotated

from chain.runtime.subtensor.interfaces.shapes import (
    ChainIdentity,
    CompactAlpha,
    CompactNetUid,
    CompactTao,
    CompactU8,
    CompactU128,
    SubnetIdentity,
)
from chain.runtime.subtensor.types import AxonInfo
from chain.runtime.types import FIXED_I128, AccountId
from chain.scale.composite import struct
from chain.scale.hints import CompactU16, CompactU64


@struct("pallet_subtensor::rpc_info::metagraph::Metagraph")
class Metagraph:
    """A subnet with its rules, money and neurons."""

    netuid: CompactNetUid
    name: list[CompactU8]
    symbol: list[CompactU8]
    identity: SubnetIdentity | None
    network_registered_at: CompactU64
    owner_hotkey: AccountId
    owner_coldkey: AccountId
    block: CompactU64
    tempo: CompactU16
    last_step: CompactU64
    blocks_since_last_step: CompactU64
    subnet_emission: CompactU64
    alpha_in: CompactAlpha
    alpha_out: CompactAlpha
    tao_in: CompactTao
    alpha_out_emission: CompactAlpha
    alpha_in_emission: CompactAlpha
    tao_in_emission: CompactTao
    pending_alpha_emission: CompactAlpha
    pending_root_emission: CompactTao
    subnet_volume: CompactU128
    moving_price: Annotated[int, FIXED_I128]
    rho: CompactU16
    kappa: CompactU16
    min_allowed_weights: CompactU16
    max_weights_limit: CompactU16
    weights_version: CompactU64
    weights_rate_limit: CompactU64
    activity_cutoff: CompactU64
    max_validators: CompactU16
    num_uids: CompactU16
    max_uids: CompactU16
    burn: CompactTao
    difficulty: CompactU64
    registration_allowed: bool
    pow_registration_allowed: bool
    immunity_period: CompactU16
    min_difficulty: CompactU64
    max_difficulty: CompactU64
    min_burn: CompactTao
    max_burn: CompactTao
    adjustment_alpha: CompactU64
    adjustment_interval: CompactU16
    target_regs_per_interval: CompactU16
    max_regs_per_block: CompactU16
    serving_rate_limit: CompactU64
    commit_reveal_weights_enabled: bool
    commit_reveal_period: CompactU64
    liquid_alpha_enabled: bool
    alpha_high: CompactU16
    alpha_low: CompactU16
    bonds_moving_avg: CompactU64
    hotkeys: list[AccountId]
    coldkeys: list[AccountId]
    identities: list[ChainIdentity | None]
    axons: list[AxonInfo]
    active: list[bool]
    validator_permit: list[bool]
    pruning_score: list[CompactU16]
    last_update: list[CompactU64]
    emission: list[CompactAlpha]
    dividends: list[CompactU16]
    incentives: list[CompactU16]
    consensus: list[CompactU16]
    trust: list[CompactU16]
    rank: list[CompactU16]
    block_at_registration: list[CompactU64]
    alpha_stake: list[CompactAlpha]
    tao_stake: list[CompactTao]
    total_stake: list[CompactTao]
    tao_dividends_per_hotkey: list[tuple[AccountId, CompactTao]]
    alpha_dividends_per_hotkey: list[tuple[AccountId, CompactAlpha]]
