"""`clientops serve`: the notebooks of a folder as dashboards.

A standalone Voila application of our own. `/` lists the pages and starts nothing; `/portfolio` runs
`portfolio.ipynb` in a kernel of its own, which ends with the tab. Where there are users one signs
in, and a kernel holds only its viewer's rows; without users it is open to this machine and to no
other. Nothing here calls another host.
"""

import os
from collections.abc import Callable
from pathlib import Path

from clientops import jupyter as jupyter
from clientops import store
from clientops.errors import ClientOpsError

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


def run(
    data: str | Path = "",
    host: str = "127.0.0.1",
    port: int = 8866,
    notebooks: str | Path = "notebooks",
    *,
    store_folder: str | Path = "",
    max_kernels: int = 0,
    warm: bool = True,
    log_folder: str | Path = "",
    proxy_header: str = "",
    proxy_addresses: tuple[str, ...] = (),
    for_all: bool = False,
    ready: Callable[[str], None] = lambda address: None,
    tell: Callable[[str], None] = lambda line: None,
) -> None:
    """Serve a store that has been built until Ctrl-C or SIGTERM.

    *port* 0 takes any free one. *store_folder*: default inside the data folder. *max_kernels* 0: as
    many as memory holds. *warm*: draw the first pages before anybody asks. *log_folder*: of the
    audit log, default beside the users.
    *for_all*: where nobody signs in, whoever comes through a proxy sees everything too.
    *proxy_header* names the user, and is believed from *proxy_addresses* only. *ready* is told the
    address as soon as it answers, *tell* what else one should know. Raises ClientOpsError for a
    host that others can reach where nobody signs in, a port in use, no folder of notebooks, and a
    file of users that cannot be or must not be used.
    """
    from clientops.serve.app import Dashboards  # takes seconds: kernels and `users` need none
    from clientops.serve.audit import Audit
    from clientops.serve.identity import Proxy
    from clientops.serve.open_pages import most_kernels
    from clientops.serve.users import Users, read, users_file

    notebooks = Path(notebooks)
    if not notebooks.is_dir():
        raise ClientOpsError(f"{notebooks}: no such folder of notebooks")
    data = store.data_folder(data).resolve()
    where = store.folder(data, store_folder).resolve()
    proxy = Proxy.of(proxy_addresses, proxy_header)
    path = users_file().resolve()
    if os.environ.get("CLIENTOPS_USERS") and not path.exists():
        raise ClientOpsError(f"{path}: no such file of users ($CLIENTOPS_USERS)")
    if any(path.is_relative_to(folder) for folder in (data, where, notebooks.resolve())):
        raise ClientOpsError(f"{path}: users are kept outside data, store and notebooks")
    is_open = not read(path)
    if is_open and path.exists() and not for_all:
        raise ClientOpsError(
            f"{path}: the last user was removed: add one (clientops users add), or say --open"
        )
    if is_open and (proxy_header or host not in LOCAL_HOSTS):
        why = "a proxy" if proxy_header else f"host {host}"
        raise ClientOpsError(
            f"{why}: only this machine can be served ({LOCAL_HOSTS[0]}) while there are no users; "
            "add them: clientops users add"
        )
    if is_open:
        tell("no users: open to everybody on this machine, who see everything")
    elif host not in LOCAL_HOSTS and not proxy_addresses:
        tell(
            "passwords travel readable: put a proxy with TLS before it (clientops/serve/README.md)"
        )
    log_folder = Path(log_folder) if log_folder else (None if is_open else path.parent)
    app = Dashboards(
        data=data,
        store_folder=where,
        root_dir=str(notebooks.resolve()),
        ip=host,
        port=port,
        users=None if is_open else Users(path),
        proxy=proxy,
        for_all=for_all,
        audit=Audit(log_folder),
        max_kernels=max_kernels or most_kernels(),
        warm=warm,
        ready=ready,
    )
    app.initialize([])
    app.start()
