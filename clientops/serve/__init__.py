"""`clientops serve`: the notebooks of a folder as dashboards, on this machine only.

A standalone Voila application of our own. `/` lists the pages and starts nothing; `/portfolio` runs
`portfolio.ipynb` in a kernel of its own, which ends with the tab. Nothing here calls another host.
"""

from collections.abc import Callable
from pathlib import Path

from clientops import store
from clientops.build import Progress, build
from clientops.errors import ClientOpsError
from clientops.serve.app import Dashboards

LOCAL = ("127.0.0.1", "localhost", "::1")


def run(
    data: str | Path = "",
    host: str = "127.0.0.1",
    port: int = 8866,
    notebooks: str | Path = "notebooks",
    ready: Callable[[str], None] = lambda address: None,
    progress: Progress = lambda step, number, total: None,
) -> None:
    """Build the store if the data changed, then serve until Ctrl-C or SIGTERM.

    *ready* is told the address as soon as it answers; *port* 0 takes any free one. Raises
    ClientOpsError for a host that others can reach, a port in use, and no folder of notebooks.
    """
    if host not in LOCAL:
        raise ClientOpsError(
            f"host {host}: only this machine can be served ({LOCAL[0]}) while there is no sign-in"
        )
    notebooks = Path(notebooks)
    if not notebooks.is_dir():
        raise ClientOpsError(f"{notebooks}: no such folder of notebooks")
    data = store.data_folder(data).resolve()
    build(data, progress=progress)
    app = Dashboards(data=data, notebooks=notebooks.resolve(), host=host, port=port, ready=ready)
    app.initialize([])
    app.start()
