"""A live network put to the test: what ``scripts/bench/live`` runs.

When its founders have learnt, one leaves for good; then a newcomer rehearses, registers and stays. How soon does pay
follow? And does the mixture beat, on texts that change their domain, the best single expert of each text in hindsight?
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

FINAL_EPOCHS = 5
"""Epochs at the end whose mean counts as what a miner earns in the long run."""
EPOCHS_BEFORE = 3
"""Epochs whose mean counts as what a miner earned before it left."""
AFTER = "so many epochs after the founders have learnt"

History = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Wishes:
    """One run: epochs of the changes after the founders have learnt, and how long it lasts in seconds."""

    newcomer: int
    leaver: int
    seconds: float
    more: tuple[str, ...] = ()


class TooShort(Exception):
    """The run ended before the newcomer had been paid for long enough to tell what it earns."""


def mean_before(history: History, epoch: int) -> float:
    """Mean incentive of the epochs right before ``epoch``, it included."""
    return fmean([value for number, value in history if number <= epoch][-EPOCHS_BEFORE:])


def mean_at_end(history: History) -> float:
    """Mean incentive of the last epochs."""
    return fmean([value for _, value in history[-FINAL_EPOCHS:]])


def epochs_until_paid(history: History, joined: int, share: float = 0.8) -> int | None:
    """Epochs after taking its seat until a newcomer earns ``share`` of what it earns at the end; None if never."""
    wanted = share * mean_at_end(history)
    return next((number - joined for number, value in history if number >= joined and value >= wanted > 0), None)


def epochs_until_gone(history: History, left: int, share: float = 0.05) -> int | None:
    """Epochs after leaving until a miner's incentive is below ``share`` of all; None if that never came."""
    return next((number - left for number, value in history if number >= left and value < share), None)


def judge(report: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of one report of ``hivegate up``.

    Raises: TooShort.
    """
    changes = {change["joins"]: change for change in report["changes"]}
    if len(changes) < 2 or report["epochs"] - changes[True]["epoch"] < 2 * FINAL_EPOCHS:
        raise TooShort(f"only {report['changes']} in {report['epochs']} epochs (give the run more time with --for)")
    rows = {row["hotkey"]: row for row in report["miners"]}
    newcomer, leaver, left = rows[changes[True]["hotkey"]], rows[changes[False]["hotkey"]], changes[False]["epoch"]
    joined, mixed = newcomer["seated_in"], report["mixed_bits_per_byte"]
    return {
        "newcomer_epochs_to_80_percent": None if joined is None else epochs_until_paid(newcomer["history"], joined),
        "leaver_epochs_below_5_percent": epochs_until_gone(leaver["history"], left),
        "newcomer_began_to_rehearse_in_epoch": changes[True]["epoch"],
        "newcomer_took_its_seat_in_epoch": joined,
        "newcomer_final_incentive": mean_at_end(newcomer["history"]),
        "leaver_left_in_epoch": left,
        "leaver_incentive_before": mean_before(leaver["history"], left),
        "leaver_final_incentive": mean_at_end(leaver["history"]),
        "epochs": report["epochs"],
        "mixed_mixture": mixed["mixture"],
        "mixed_best_per_window": mixed["best_per_window"],
        "mixed_best_single": mixed["best_single"],
    }


def run_network(wishes: Wishes) -> dict[str, Any]:
    """The report of one network in a folder of its own.

    Raises: subprocess.CalledProcessError.
    """
    changes = (f"--newcomer={wishes.newcomer}", f"--leaver={wishes.leaver}", f"--for={wishes.seconds}")
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "hivegate", "up", "--json", f"--data-dir={folder}", *changes, *wishes.more)
        found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    report = json.loads(found.stdout.splitlines()[-1])
    assert isinstance(report, dict)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the network and print its figures."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench/live",
        description=__doc__,
        epilog="Flags that it does not know go to hivegate up: scripts/bench/live --json --miners 6",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--leaver", type=int, default=5, metavar="N", help=f"when a founder leaves: {AFTER}")
    parser.add_argument("--newcomer", type=int, default=8, metavar="N", help=f"when a newcomer rehearses: {AFTER}")
    parser.add_argument("--for", dest="seconds", type=float, default=1300.0, help="length of the run in seconds")
    given, more = parser.parse_known_args(arguments)
    report = run_network(Wishes(given.newcomer, given.leaver, given.seconds, tuple(more)))
    figures = judge(report)
    for name, value in figures.items():
        print(f"{name:<36} {'never' if value is None else f'{value:.4g}'}")
    if given.json:
        histories = {row["domain"]: row["history"] for row in report["miners"]}
        print(json.dumps({"results": figures, "histories": histories}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
