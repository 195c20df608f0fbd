"""A parent that has imported what pages need and forks their kernels: no page waits for imports.

It runs as a process of its own with the few variables a kernel may know, talks over the socket that
is its standard input, and answers a request with the new kernel's process as a file descriptor.
When the server goes, the socket ends, and with it every kernel.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
from pathlib import Path

LONGEST = 1 << 17  # bytes of a request: arguments and environment of a kernel
READY, RETIRE = b"ready", b"retire"
_MODULES = (
    "duckdb", "ipykernel.debugger", "ipykernel.kernelapp", "ipywidgets", "nbformat", "scipy.stats",
    "matplotlib.backends.backend_svg", "matplotlib_inline.backend_inline", "holidays.countries",
    "clientops.serve.quiet_kernel", "clientops.page",
)  # fmt: skip
_ROOMS = ("clientops.page", "clientops.metrics", "clientops.figures", "clientops.findings")


def main() -> None:
    """Import, then fork what is asked for until the server goes or retires this parent."""
    channel = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    _import()
    gc.collect()
    gc.freeze()  # no collection touches, and so copies, the pages that kernels share
    with contextlib.suppress(OSError):
        channel.send(READY)
    kernels: set[int] = set()
    is_retired = False
    while kernels or not is_retired:
        readable, _, _ = select.select([channel, woken], [], [])
        if woken in readable:
            os.read(woken, 1000)
            kernels -= _ended()
        if channel in readable:
            message = b""
            with contextlib.suppress(OSError):
                message = channel.recv(LONGEST)
            if not message:
                break
            is_retired = is_retired or message == RETIRE
            if message != RETIRE:
                kernels.add(_fork(json.loads(message), channel))
    for process in kernels - _ended():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    gc.unfreeze()  # else nothing is let go at exit, of which duckdb's binding complains at length


def _import() -> None:
    """All that a page imports; what cannot be imported the page itself will tell."""
    names = [*_MODULES]
    for room in _ROOMS:
        path = Path(__file__).parent.parent / room.rpartition(".")[2]
        names += [f"{room}.{module.name}" for module in pkgutil.iter_modules([str(path)])]
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            traceback.print_exc()
    _draw()


def _draw() -> None:
    """A first figure finds fonts and imports what matplotlib leaves for later."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().set_title("0")
    figure.savefig(io.BytesIO(), format="svg")


def _ended() -> set[int]:
    """Kernels that have ended since; they leave no zombie."""
    found = set()
    with contextlib.suppress(ChildProcessError):
        while process := os.waitpid(-1, os.WNOHANG)[0]:
            found.add(process)
    return found


def _fork(request: dict, channel: socket.socket) -> int:
    """Start a kernel; the server gets its process as a descriptor, which cannot be mistaken."""
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        _become(request, channel)
    descriptor = os.pidfd_open(process)
    with contextlib.suppress(OSError):  # the server is gone: the loop will see
        socket.send_fds(channel, [str(process).encode()], [descriptor])
    os.close(descriptor)
    return process


def _become(request: dict, channel: socket.socket) -> None:
    """Be the kernel asked for; never returns."""
    code = 1
    try:
        parent = os.getppid()
        os.setsid()
        channel.close()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with contextlib.suppress(OSError):  # where memory ends, kernels go before servers
            Path("/proc/self/oom_score_adj").write_text("500")
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        from ipykernel.kernelapp import IPKernelApp

        sys.argv = ["kernel", *request["argv"], f"--IPKernelApp.parent_handle={parent}"]
        IPKernelApp.launch_instance(sys.argv[1:])
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:  # asked to end while it was starting
        code = 130
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
