"""Kernels that know only what they need, fall silent when they fail, and do not stay."""

import os
from pathlib import Path

from traitlets.config import Config

# What a kernel may know of the server's environment; everything else may be a secret.
_PASSED_ON = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "PYTHONPATH",
    "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "MPLCONFIGDIR",
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "APPDATA", "COMSPEC", "LOCALAPPDATA", "PATHEXT", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE",
}  # fmt: skip

ARGUMENTS = [
    "--IPKernelApp.kernel_class=clientops.serve.in_kernel.QuietKernel",
    "--HistoryManager.enabled=False",
]

CONFIG = Config(
    {
        "KernelSpecManager": {"allowed_kernelspecs": {"python3"}},
        # A restarted kernel would be empty behind a page that looks alive.
        "KernelManager": {"autorestart": False, "shutdown_wait_time": 2.0},
        # The net below the beacon of closing tabs; a page that is open keeps its kernel.
        "MappingKernelManager": {
            "cull_idle_timeout": 600,
            "cull_interval": 60,
            "cull_busy": True,
            "transport_encryption": "auto",
        },
        "VoilaExecutor": {"timeout": 300},  # seconds a cell may take
    }
)


def environment(data: Path, address: str, query: str, private: Path) -> dict[str, str]:
    """The whole environment of a kernel that shows the page *address*.

    *private* is a folder of this server: nobody's IPython profile changes what a page does.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _PASSED_ON or name.startswith("LC_")
    }
    return inherited | {
        "CLIENTOPS_DATA": str(data),
        "IPYTHONDIR": str(private / "ipython"),
        "SCRIPT_NAME": address,
        "QUERY_STRING": query,
    }
