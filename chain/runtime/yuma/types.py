"""What the epoch takes and gives: frozen records without any knowledge of storage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chain.runtime.fixed import U64_MAX
from chain.runtime.yuma.packed import U16Row
from chain.runtime.yuma.rows import Matrix, Vector

NO_COMMIT = U64_MAX


@dataclass(frozen=True)
class EpochParameters:
    """Hyper-parameters of one subnet that the epoch reads; u16 proportions are of 65535."""

    kappa: int = 32_767
    bonds_moving_average: int = 900_000
    bonds_penalty: int = 65_535
    activity_cutoff_blocks: int = 5_000
    max_allowed_validators: int = 128
    stake_threshold: int = 0
    owner_uid: int | None = None
    yuma3: bool = False
    liquid_alpha: bool = False
    alpha_low: int = 45_875
    alpha_high: int = 58_982
    alpha_sigmoid_steepness: int = 1_000
    commit_reveal: bool = False
    last_mechanism_step_block: int = 0


@dataclass(frozen=True)
class EpochInputs:
    """State of one mechanism of a subnet just before its epoch; every sequence is indexed by uid.

    ``stake`` is the total stake weight in rao as I64F64 bits. ``weights`` and ``bonds`` are u16 rows in stored order.
    ``earliest_commit`` is the block of each uid's oldest live weight commit, ``NO_COMMIT`` where there is none.
    """

    block: int
    tempo: int
    rao_emission: int
    stake: Sequence[int]
    registered_at: Sequence[int]
    last_update: Sequence[int]
    validator_permit: Sequence[bool]
    weights: Sequence[U16Row]
    bonds: Sequence[U16Row]
    parameters: EpochParameters
    earliest_commit: Sequence[int] = ()

    @property
    def size(self) -> int:
        """Number of uids."""
        return len(self.stake)


@dataclass(frozen=True)
class EpochTrace:
    """The same quantities before quantisation, as I32F32 bits, under the names of the published vectors."""

    vectors: Mapping[str, Vector] = field(default_factory=dict)
    matrices: Mapping[str, Matrix | list[Vector]] = field(default_factory=dict)


@dataclass(frozen=True)
class EpochOutputs:
    """What one epoch writes: u16 proportions, emissions in rao, permits and bonds for the next epoch."""

    active: tuple[bool, ...]
    consensus: tuple[int, ...]
    incentive: tuple[int, ...]
    dividends: tuple[int, ...]
    validator_trust: tuple[int, ...]
    stake_weight: tuple[int, ...]
    validator_permit: tuple[bool, ...]
    bonds: tuple[U16Row, ...]
    emission: tuple[int, ...]
    server_emission: tuple[int, ...]
    validator_emission: tuple[int, ...]
    trace: EpochTrace
