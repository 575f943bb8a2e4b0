"""Figures of a network whose miners come and go."""

from localnet.drill import epochs_until_gone, epochs_until_paid, judge

NEWCOMER = [(1, 0.0), (2, 0.0), (3, 0.1), (4, 0.3), (5, 0.38), (6, 0.4), (7, 0.42), (8, 0.5)]
LEAVER = [(5, 0.3), (6, 0.3), (7, 0.3), (8, 0.2), (9, 0.04)]


def test_newcomer_is_measured_against_what_it_earned_before_somebody_left():
    assert epochs_until_paid(NEWCOMER, joined=2, left=7) == 3
    assert epochs_until_paid([(1, 0.0), (2, 0.0)], joined=1, left=2) is None


def test_leaver_is_gone_when_almost_nothing_is_paid_to_it():
    assert epochs_until_gone(LEAVER, left=7) == 2
    assert epochs_until_gone(LEAVER[:-1], left=7) is None


def test_report_is_judged_by_its_changes():
    report = {
        "epochs": 9,
        "changes": [{"hotkey": "a", "epoch": 2, "joins": True}, {"hotkey": "b", "epoch": 7, "joins": False}],
        "miners": [{"hotkey": "a", "history": NEWCOMER}, {"hotkey": "b", "history": LEAVER}],
        "mixed_bits_per_byte": {"mixture": 2.0, "best_per_window": 2.5, "best_single": 3.0, "anchor": 3.1},
    }
    found = judge(report)
    assert (found["newcomer_epochs"], found["leaver_epochs"], found["leaver_incentive_last"]) == (3, 2, 0.04)
