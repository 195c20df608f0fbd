"""Kernels that know only what they need, fall silent when they fail, and do not stay."""

import asyncio
import contextlib
import datetime
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
from jupyter_client.provisioning import LocalProvisioner
from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from traitlets import default
from traitlets.config import Config

from clientops.book import Viewer
from clientops.serve import fork_server

CAN_FORK = sys.platform == "linux"
PACKAGE = Path(__file__).parent.parent
SCREENS = ("desk", "tablet", "phone")  # what figures are drawn for

# What a kernel may know of the server's environment; everything else may be a secret.
_PASSED_ON = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "PYTHONPATH",
    "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "MPLCONFIGDIR",
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "APPDATA", "COMSPEC", "LOCALAPPDATA", "PATHEXT", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE",
}  # fmt: skip

ARGUMENTS = [
    "--IPKernelApp.kernel_class=clientops.serve.quiet_kernel.QuietKernel",
    "--IPKernelApp.outstream_class=clientops.serve.quiet_kernel.stream",
    "--HistoryManager.enabled=False",
]

CONFIG = Config(
    {
        "KernelSpecManager": {"allowed_kernelspecs": {"python3"}},
        "AsyncMappingKernelManager": {
            "kernel_manager_class": "clientops.serve.kernels.PageKernel",
            # The net below our own, which ends the kernel of a tab that is gone within seconds.
            "cull_idle_timeout": 600,
            "cull_interval": 60,
            "cull_busy": True,
            "allow_tracebacks": False,
            # Where kernels listen on ports, other people of this machine could read along.
            "transport_encryption": "disabled" if os.name == "posix" else "auto",
        },
        "KernelManager": {
            "autorestart": False,  # it would be empty behind a page that looks alive
            "shutdown_wait_time": 2.0,
            "transport": "ipc" if os.name == "posix" else "tcp",  # sockets in a folder of our own
        },
        "VoilaExecutor": {"timeout": 300},  # seconds a cell may take
    }
)


def environment(private: Path) -> dict[str, str]:
    """What every kernel knows. *private* is a folder of this server: nobody's IPython profile
    changes what a page does."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _PASSED_ON or name.startswith("LC_")
    }
    return inherited | {
        "IPYTHONDIR": str(private / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger, which nobody reaches, is silent
    }


def page_environment(
    data: Path, viewer: Viewer, address: str, query: str, screen: str, card_cache: Path
) -> dict[str, str]:
    """What the kernel of one page knows besides: who looks at which data, what was asked, and
    where cards drawn for this scope are kept."""
    return {
        "CLIENTOPS_CARD_CACHE": str(card_cache),
        "CLIENTOPS_DATA": str(data),
        "CLIENTOPS_VIEWER": msgspec.json.encode(viewer).decode(),
        "CLIENTOPS_SCREEN": screen,
        "SCRIPT_NAME": address,
        "QUERY_STRING": query.replace("\0", ""),
    }


class ForkedProcess:
    """A kernel's process as `subprocess.Popen` would show it, though it is not our child."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self._descriptor = descriptor
        self._code: int | None = None

    def poll(self) -> int | None:
        """None while it runs."""
        if self._code is None and select.select([self._descriptor], [], [], 0)[0]:
            os.close(self._descriptor)
            self._code = 0
        return self._code

    def wait(self) -> int:
        """0, once it has ended."""
        while self.poll() is None:
            select.select([self._descriptor], [], [])
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal to this process and no other."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The fork server as the server sees it: started anew when code changes or it has ended."""

    def __init__(self, private: Path, log: Any) -> None:
        self._private, self._log = private, log
        self._lock = asyncio.Lock()
        self._process: subprocess.Popen | None = None
        self._channel: socket.socket | None = None
        self._code: object = None
        self._retired: list[tuple[subprocess.Popen, socket.socket]] = []

    def start(self) -> None:
        """Start it; it imports while the server gets ready."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._code = code_version()
        self._process = subprocess.Popen(
            [sys.executable, "-m", fork_server.__name__],
            stdin=theirs, env=environment(self._private), cwd=self._private,
            start_new_session=True,  # Ctrl-C is for the server, which ends it
        )  # fmt: skip
        theirs.close()
        self._channel = ours
        self._is_ready = False

    async def fork(self, argv: list[str], env: dict[str, str], cwd: str) -> ForkedProcess | None:
        """A new kernel; None where there can be none this way."""
        message = msgspec.json.encode({"argv": argv, "env": env, "cwd": cwd})
        async with self._lock:
            for _ in range(2):
                if self._process is None or self._code != code_version():
                    self._retire()
                    self.start()
                try:
                    return await asyncio.to_thread(self._ask, message)
                except OSError as error:
                    self._log.warning("fork server: %s", error)
                    self._retire()
        return None

    def _ask(self, message: bytes) -> ForkedProcess:
        self._channel.settimeout(60)
        if not self._is_ready:
            self._expect(self._channel.recv(len(fork_server.READY)))
            self._is_ready = True
        self._channel.send(message)
        text, descriptors, _, _ = socket.recv_fds(self._channel, 100, 1)
        self._expect(text)
        return ForkedProcess(int(text), descriptors[0])

    @staticmethod
    def _expect(answer: bytes) -> None:
        if not answer:
            raise ConnectionError("has ended")

    def _retire(self) -> None:
        """It forks no more, and ends after its last kernel."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._channel.send(fork_server.RETIRE)
            self._retired.append((self._process, self._channel))
            self._process = None
        for process, channel in [*self._retired]:
            if process.poll() is not None:
                channel.close()
                self._retired.remove((process, channel))

    def stop(self) -> None:
        """End it, and with it what is left of its kernels."""
        self._retire()
        for process, channel in self._retired:
            with contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)  # wakes a thread that still waits for an answer
            channel.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()
        self._retired = []


def code_version() -> object:
    """Changes when the package's code does."""
    return frozenset((str(path), path.stat().st_mtime_ns) for path in PACKAGE.rglob("*.py"))


class ForkedProvisioner(LocalProvisioner):
    """Has a kernel forked instead of started, where that can be."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork it; the arguments are those behind the module that would be started."""
        server: ForkServer | None = self.parent.parent.parent.fork_server
        if server is not None:
            arguments = cmd[cmd.index("-f") :]
            self.process = await server.fork(arguments, kwargs["env"], str(kwargs["cwd"]))
            if self.process is not None:
                self.pid, self.cwd = self.process.pid, kwargs["cwd"]
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)


class PageKernel(ServerKernelManager):
    """The manager of one page's kernel."""

    @default("last_activity")
    def _default_last_activity(self) -> datetime.datetime:
        return utcnow()  # Jupyter, which looks after kernels too, asks before there was any

    async def _async_pre_start_kernel(self, **kwargs: Any) -> tuple[list[str], dict[str, Any]]:
        if self.provisioner is None:
            self.provisioner = ForkedProvisioner(
                kernel_id=kwargs["kernel_id"], kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kwargs)
