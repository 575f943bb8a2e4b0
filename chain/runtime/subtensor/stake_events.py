"""Events of SubtensorModule about stake: moved, claimed, inherited."""

from chain.runtime.dispatch import event
from chain.runtime.subtensor.types import RootClaimType
from chain.runtime.types import AccountId, Alpha, NetUid, Tao
from chain.scale.hints import u16, u64


@event(4, named=False)
class StakeMoved:
    """Stake moved to another hotkey or subnet of the same coldkey, worth ``tao``."""

    coldkey: AccountId
    origin_hotkey: AccountId
    origin_netuid: NetUid
    destination_hotkey: AccountId
    destination_netuid: NetUid
    tao: Tao


@event(30, named=False)
class DelegateAdded:
    """A hotkey began to take nominations."""

    coldkey: AccountId
    hotkey: AccountId
    take: u16


@event(48, named=False)
class ChildKeyTakeSet:
    """A hotkey changed its take as a child."""

    hotkey: AccountId
    take: u16


@event(56, named=False)
class Faucet:
    """The faucet paid."""

    account: AccountId
    amount: u64


@event(75, named=False)
class SetChildrenScheduled:
    """Children were chosen, and will be in force from this block on."""

    hotkey: AccountId
    netuid: NetUid
    cooldown_block: u64
    children: list[tuple[u64, AccountId]]


@event(76, named=False)
class SetChildren:
    """Children are in force."""

    hotkey: AccountId
    netuid: NetUid
    children: list[tuple[u64, AccountId]]


@event(91, named=False)
class StakeTransferred:
    """Stake passed to another coldkey, worth ``tao``."""

    origin_coldkey: AccountId
    destination_coldkey: AccountId
    hotkey: AccountId
    origin_netuid: NetUid
    destination_netuid: NetUid
    tao: Tao


@event(92, named=False)
class StakeSwapped:
    """Stake moved to another subnet, worth ``tao``."""

    coldkey: AccountId
    hotkey: AccountId
    origin_netuid: NetUid
    destination_netuid: NetUid
    tao: Tao


@event(109)
class AutoStakeAdded:
    """A miner's incentive was staked where its coldkey chose."""

    netuid: NetUid
    destination: AccountId
    hotkey: AccountId
    owner: AccountId
    incentive: Alpha


@event(112)
class AutoStakeDestinationSet:
    """A coldkey chose where its incentives go."""

    coldkey: AccountId
    netuid: NetUid
    hotkey: AccountId


@event(114)
class RootClaimed:
    """A coldkey claimed its root dividends."""

    coldkey: AccountId


@event(115)
class RootClaimTypeSet:
    """A coldkey chose what becomes of its root dividends."""

    coldkey: AccountId
    root_claim_type: RootClaimType


@event(121)
class AddStakeBurn:
    """Stake was bought and burned."""

    netuid: NetUid
    hotkey: AccountId
    amount: Tao
    alpha: Alpha
