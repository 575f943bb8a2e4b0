"""Jobs divided among processes that inherit what the jobs need, so that it need not be sent."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

T = TypeVar("T")

Job = Callable[[], T]


def available_processes() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def run_jobs(jobs: Sequence[Job[T]], processes: int) -> Iterator[T]:
    """Results in the order of the jobs, each as soon as it and those before it are there.

    A job that fails ends its process, which the reader hears as ``EOFError`` after the traceback.
    """
    if min(processes, len(jobs)) <= 1:
        yield from (job() for job in jobs)
        return
    context = multiprocessing.get_context("fork")
    receivers, workers = [], []
    for first in range(processes):
        receiver, sender = context.Pipe(duplex=False)
        workers.append(context.Process(target=_work, args=(jobs[first::processes], sender), daemon=True))
        workers[-1].start()
        sender.close()
        receivers.append(receiver)
    try:
        for number in range(len(jobs)):
            yield receivers[number % processes].recv()
    finally:
        for receiver, worker in zip(receivers, workers, strict=True):
            receiver.close()
            worker.join()


def _work(jobs: Sequence[Job[object]], sender: Connection) -> None:
    for job in jobs:
        sender.send(job())
    sender.close()
