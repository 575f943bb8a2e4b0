"""Figures of a network whose miners come and go."""

import pytest

from localnet.drill import TooShort, epochs_until_gone, epochs_until_paid, judge

NEWCOMER = [(1, 0.0), (2, 0.0), (3, 0.1), (4, 0.31), (5, 0.38), (6, 0.4), (7, 0.42), (8, 0.4), (9, 0.4)]
LEAVER = [(5, 0.3), (6, 0.3), (7, 0.3), (8, 0.2), (9, 0.04)]


def test_newcomer_is_measured_against_what_it_earns_at_the_end():
    assert epochs_until_paid(NEWCOMER, joined=2) == 3
    assert epochs_until_paid([(1, 0.0), (2, 0.0)], joined=1) is None


def test_leaver_is_gone_when_almost_nothing_is_paid_to_it():
    assert epochs_until_gone(LEAVER, left=7) == 2
    assert epochs_until_gone(LEAVER[:-1], left=7) is None


def report(seated_in: int | None = 3):
    return {
        "epochs": 11,
        "changes": [{"hotkey": "a", "epoch": 1, "joins": True}, {"hotkey": "b", "epoch": 7, "joins": False}],
        "miners": [
            {"hotkey": "a", "seated_in": seated_in, "history": NEWCOMER},
            {"hotkey": "b", "seated_in": 1, "history": LEAVER},
        ],
        "mixed_bits_per_byte": {"mixture": 2.0, "best_per_window": 2.5, "best_single": 3.0, "anchor": 3.1},
    }


def test_report_counts_from_the_seat_and_not_from_the_rehearsal():
    found = judge(report())
    assert (found["newcomer_epochs_to_80_percent"], found["leaver_epochs_below_5_percent"]) == (2, 2)
    assert found["newcomer_took_its_seat_in_epoch"] == 3


def test_run_that_was_too_short_is_told_with_the_fix():
    with pytest.raises(TooShort, match="--for"):
        judge({**report(), "changes": []})


def test_newcomer_that_never_took_a_seat_is_never_paid():
    assert judge(report(None))["newcomer_epochs_to_80_percent"] is None
