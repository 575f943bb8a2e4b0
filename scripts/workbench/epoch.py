"""Time the epoch that a node runs, on dense networks.

usage: scripts/bench/epoch [--json] [--repeats N] [--reference]

Each network has its weights and bonds as rows from storage: every validator weighs every uid. Medians are in
milliseconds of wall time; median_cpu_ms is the processor's, which other programs disturb less. With --json the last
line is an object with a list of results. --reference times the readable form instead, which takes seconds.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chain.epoch import compute
from chain.runtime import yuma
from chain.runtime.yuma import EpochCompute, EpochInputs, EpochParameters
from chain.runtime.yuma.packed import PackedRow
from workbench.report import build_parser

VARIANTS = {
    "yuma2": EpochParameters(),
    "yuma3": EpochParameters(yuma3=True),
    "yuma3_liquid": EpochParameters(yuma3=True, liquid_alpha=True),
}
SIZES = ((64, 256), (256, 256), (64, 4096))


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    variant: str
    validators: int
    uids: int
    median_ms: float
    fastest_ms: float
    median_cpu_ms: float


def build_network(validators: int, uids: int, parameters: EpochParameters, seed: int = 1) -> EpochInputs:
    """A network in which the first ``validators`` uids hold stake, and weigh and have bonds to all uids."""
    rng = random.Random(seed)

    def rows() -> list[PackedRow]:
        dense = (PackedRow.of([(uid, rng.randrange(1, 65_536)) for uid in range(uids)]) for _ in range(validators))
        return [*dense, *[PackedRow(b"")] * (uids - validators)]

    return EpochInputs(
        block=10_000,
        tempo=360,
        rao_emission=10**9,
        stake=[rng.randrange(1, 10**12) << 64 if uid < validators else 0 for uid in range(uids)],
        registered_at=[0] * uids,
        last_update=[9_990] * uids,
        validator_permit=[uid < validators for uid in range(uids)],
        weights=rows(),
        bonds=rows(),
        parameters=replace(parameters, max_allowed_validators=validators, last_mechanism_step_block=9_000),
    )


def measure(variant: str, size: tuple[int, int], epoch: EpochCompute, repeats: int) -> Result:
    """Times of ``repeats`` epochs, after one that warms the caches."""
    inputs = build_network(*size, VARIANTS[variant])
    epoch(inputs)
    wall, cpu = [], []
    for _ in range(repeats):
        began, began_cpu = time.perf_counter(), time.process_time()
        epoch(inputs)
        wall.append((time.perf_counter() - began) * 1_000)
        cpu.append((time.process_time() - began_cpu) * 1_000)
    figures = (statistics.median(wall), min(wall), statistics.median(cpu))
    return Result(variant, *size, *(round(milliseconds, 2) for milliseconds in figures))


def main(arguments: Sequence[str]) -> int:
    parser = build_parser("epoch", __doc__)
    parser.add_argument("--repeats", type=int, default=15, help="epochs per network")
    parser.add_argument("--reference", action="store_true", help="time the readable form")
    options = parser.parse_args(arguments)
    results = []
    for size in SIZES:
        for variant in VARIANTS:
            result = measure(variant, size, yuma.compute if options.reference else compute, max(1, options.repeats))
            print(f"{variant:14}{size[0]:5} validators {size[1]:5} uids {result.median_ms:10.2f} ms", flush=True)
            results.append(vars(result))
    if options.json:
        print(json.dumps({"results": results}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
