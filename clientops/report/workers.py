"""Work shared among processes that start warm and cost one pack when they die, not the run."""

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

WATCHED = 0.2  # seconds between two looks whether the parent still lives


class Died(NamedTuple):
    """The result of a task whose process ended before it was done."""

    code: int

    @property
    def reason(self) -> str:
        """In words."""
        if self.code == -signal.SIGKILL:
            return "its process was killed; is the memory full?"
        return f"its process ended with {self.code}"


class _Worker(NamedTuple):
    process: multiprocessing.process.BaseProcess
    channel: Connection


def each(work: Callable[[Any], Any], tasks: Sequence[Any], jobs: int) -> Iterator[tuple[Any, Any]]:
    """Do *work* on every task in up to *jobs* processes; give task and result as they are done.

    Where the system can, processes are forked: they have what this one has imported and read. One
    that dies gives `Died` for its task, and another takes its place. Leaving early ends them all.
    """
    # Elsewhere than on Linux, libraries that talk to the system do not outlive a fork.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    left = list(tasks)
    busy: dict[Connection, tuple[_Worker, Any]] = {}
    gc.collect()
    gc.freeze()  # no collection touches, and so copies, what the processes share
    try:
        for _ in range(min(jobs, len(left))):
            worker = _start(context, work)
            busy[worker.channel] = worker, _give(worker, left)
        while busy:
            for channel in wait(list(busy)):
                worker, task = busy.pop(channel)
                try:
                    result = channel.recv()
                except (EOFError, OSError):
                    worker.process.join()
                    result = Died(worker.process.exitcode or 0)
                    worker = _start(context, work) if left else worker
                yield task, result
                if left:
                    busy[worker.channel] = worker, _give(worker, left)
                else:
                    _end(worker)
    finally:
        gc.unfreeze()
        for worker, _task in busy.values():
            worker.process.kill()
            _end(worker)


def _give(worker: _Worker, left: list[Any]) -> Any:
    task = left.pop(0)
    worker.channel.send(task)
    return task


def _start(context: Any, work: Callable[[Any], Any]) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work, os.getpid()), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _end(worker: _Worker) -> None:
    with contextlib.suppress(OSError):
        worker.channel.close()
    worker.process.join(5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _serve(channel: Connection, work: Callable[[Any], Any], parent: int) -> None:
    """In a process of its own: do what comes until nothing more does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    while True:
        try:
            task = channel.recv()
        except (EOFError, OSError):
            return
        channel.send(work(task))


def _watch(parent: int) -> None:
    """End with the parent, however that ended: a lock it held is free only then."""
    while os.getppid() == parent:
        time.sleep(WATCHED)
    os._exit(1)
