"""Which storage item stands behind a field of the answers: for fields that are just a subnet's stored value."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any  # values of many types, put into fields that are encoded by their own

from chain.runtime.storage import StateReader, StorageMap
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.epoch import get_activity_cutoff

STORED: Mapping[str, StorageMap[int, Any]] = {
    "adjustment_alpha": storage.ADJUSTMENT_ALPHA,
    "adjustment_interval": storage.ADJUSTMENT_INTERVAL,
    "alpha_in": storage.SUBNET_ALPHA_IN,
    "alpha_in_emission": storage.SUBNET_ALPHA_IN_EMISSION,
    "alpha_out": storage.SUBNET_ALPHA_OUT,
    "alpha_out_emission": storage.SUBNET_ALPHA_OUT_EMISSION,
    "blocks_since_last_step": storage.BLOCKS_SINCE_LAST_STEP,
    "bonds_moving_avg": storage.BONDS_MOVING_AVERAGE,
    "burn": storage.BURN,
    "commit_reveal_period": storage.REVEAL_PERIOD_EPOCHS,
    "commit_reveal_weights_enabled": storage.COMMIT_REVEAL_WEIGHTS_ENABLED,
    "difficulty": storage.DIFFICULTY,
    "immunity_period": storage.IMMUNITY_PERIOD,
    "kappa": storage.KAPPA,
    "last_step": storage.LAST_MECHANISM_STEP_BLOCK,
    "liquid_alpha_enabled": storage.LIQUID_ALPHA_ON,
    "max_burn": storage.MAX_BURN,
    "max_difficulty": storage.MAX_DIFFICULTY,
    "max_regs_per_block": storage.MAX_REGISTRATIONS_PER_BLOCK,
    "max_uids": storage.MAX_ALLOWED_UIDS,
    "max_validators": storage.MAX_ALLOWED_VALIDATORS,
    "max_weights_limit": storage.MAX_WEIGHTS_LIMIT,
    "min_allowed_weights": storage.MIN_ALLOWED_WEIGHTS,
    "min_burn": storage.MIN_BURN,
    "min_difficulty": storage.MIN_DIFFICULTY,
    "moving_price": storage.SUBNET_MOVING_PRICE,
    "network_registered_at": storage.NETWORK_REGISTERED_AT,
    "num_uids": storage.SUBNETWORK_N,
    "owner_coldkey": storage.SUBNET_OWNER,
    "owner_hotkey": storage.SUBNET_OWNER_HOTKEY,
    "pow_registration_allowed": storage.NETWORK_POW_REGISTRATION_ALLOWED,
    "registration_allowed": storage.NETWORK_REGISTRATION_ALLOWED,
    "rho": storage.RHO,
    "serving_rate_limit": storage.SERVING_RATE_LIMIT,
    "subnet_volume": storage.SUBNET_VOLUME,
    "tao_in": storage.SUBNET_TAO,
    "tao_in_emission": storage.SUBNET_TAO_IN_EMISSION,
    "target_regs_per_interval": storage.TARGET_REGISTRATIONS_PER_INTERVAL,
    "tempo": storage.TEMPO,
    "transfers_enabled": storage.TRANSFER_TOGGLE,
    "weights_rate_limit": storage.WEIGHTS_SET_RATE_LIMIT,
    "weights_version": storage.WEIGHTS_VERSION_KEY,
}


def read_stored(state: StateReader, netuid: int, shape: type) -> dict[str, Any]:
    """Values of those fields of ``shape`` that are stored, or follow from what is, by name."""
    low, high = storage.ALPHA_VALUES.get(state, netuid)
    derived = {"activity_cutoff": get_activity_cutoff(state, netuid), "alpha_low": low, "alpha_high": high}
    names = set(_names(shape))
    stored = {name: item.get(state, netuid) for name, item in STORED.items() if name in names}
    return stored | {name: value for name, value in derived.items() if name in names}


def _names(shape: type) -> Iterable[str]:
    return (field.name for field in fields(shape))
