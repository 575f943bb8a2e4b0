"""Jobs divided among processes give what they give in one."""

import os
from functools import partial

import pytest

from simulate.workers import run_jobs


def test_results_come_in_the_order_of_the_jobs_from_several_processes() -> None:
    held = {number: object() for number in range(7)}

    def job(number: int) -> tuple[int, bool, int]:
        return number, number in held, os.getpid()

    found = list(run_jobs([partial(job, number) for number in range(7)], 2))
    assert [number for number, inherited, _ in found if inherited] == list(range(7))
    assert len({process for _, _, process in found} - {os.getpid()}) == 2


def test_one_process_works_itself() -> None:
    assert list(run_jobs([os.getpid, os.getpid], 1)) == [os.getpid()] * 2


def test_a_job_that_fails_is_not_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    results = run_jobs([lambda: 1, lambda: 1 // 0, lambda: 3], 2)
    assert next(results) == 1
    with pytest.raises(EOFError):
        next(results)
    assert "ZeroDivisionError" in capfd.readouterr().err
