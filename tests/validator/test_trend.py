from typing import Any

import pytest

from validator.trend import POOLED, Trend, pool


def evaluation(block: int, mixture: float, size: int = 100, **miners: float) -> dict[str, Any]:
    return {
        "block": block,
        "epoch": 1,
        "time": 0.0,
        "bytes": size,
        "per_miner": miners,
        "mixture": mixture,
        "anchor": 3.0,
    }


def test_pool_weighs_by_bytes_and_takes_one_best_miner():
    pooled = pool([evaluation(1, 1.0, 100, a=2.0, b=4.0), evaluation(2, 2.0, 300, a=4.0, b=3.0)])
    assert pooled == {"mixture": pytest.approx(1.75), "best_single": pytest.approx(3.25), "anchor": pytest.approx(3.0)}


def test_miner_that_missed_an_evaluation_is_not_the_best_single():
    assert pool([evaluation(1, 1.0, a=1.0), evaluation(2, 1.0, b=2.0)])["best_single"] is None


def test_trend_forgets_what_is_older_than_the_pool():
    trend = Trend(evaluation(block, float(block), a=1.0) for block in range(1, 10))
    assert trend.points[0]["mixture"] == 1.0
    assert trend.newest is not None
    assert trend.newest["mixture"] == pytest.approx(sum(range(10 - POOLED, 10)) / POOLED)
    assert Trend().newest is None
