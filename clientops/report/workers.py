"""Work shared among processes that start warm and cost one pack when they die, not the run."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
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


def each(work: Callable[[Any], Any], tasks: Sequence[Any], jobs: int) -> Iterator[tuple[Any, Any]]:
    """Do *work* on every task in up to *jobs* processes; give task and result as they are done.

    Each task has a process of its own, so that nothing of one is left in the memory of the next.
    Where the system can, it is forked: it has what this one has imported and read. One that dies
    gives `Died` for its task. Leaving early ends them all.
    """
    # Elsewhere than on Linux, libraries that talk to the system do not outlive a fork.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    left = list(tasks)
    busy: dict[Connection, tuple[BaseProcess, Any]] = {}
    gc.collect()
    gc.freeze()  # no collection touches, and so copies, what the processes share
    try:
        while left or busy:
            while left and len(busy) < jobs:
                channel, process = _start(context, work, left[0])
                busy[channel] = process, left.pop(0)
            for channel in wait(list(busy)):
                process, task = busy.pop(channel)
                yield task, _result(channel, process)
    finally:
        gc.unfreeze()
        for channel, (process, _task) in busy.items():
            process.kill()
            process.join()
            channel.close()


def _start(context: Any, work: Callable[[Any], Any], task: Any) -> tuple[Connection, BaseProcess]:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(theirs, work, task, os.getpid()), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _result(channel: Connection, process: BaseProcess) -> Any:
    """What the process gave, which ends with that."""
    with channel:
        try:
            result = channel.recv()
        except (EOFError, OSError):
            process.join()
            return Died(process.exitcode or 0)
    process.join()
    return result


def _serve(channel: Connection, work: Callable[[Any], Any], task: Any, parent: int) -> None:
    """In a process of its own: the task."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    channel.send(work(task))


def _watch(parent: int) -> None:
    """End with the parent, however that ended: a lock it held is free only then."""
    while os.getppid() == parent:
        time.sleep(WATCHED)
    os._exit(1)
