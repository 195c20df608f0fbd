"""Commands about the dashboards: serve, and who may sign in."""

import getpass
import sys
from pathlib import Path
from typing import Any

import click

from clientops import build as building
from clientops import serve as serving
from clientops import store
from clientops.book import Book, Viewer, open_book
from clientops.cli.base import cli, of_store, progress, today
from clientops.errors import ClientOpsError
from clientops.serve import users as people
from clientops.serve.audit import Audit
from clientops.words import N_


@cli.command()
@of_store
@click.option("--host", default="127.0.0.1", help="Address; others than this machine need users.")
@click.option("--port", default=8866, help="Port; 0: any free one.")
@click.option("--notebooks", default="notebooks", help="Folder of the pages.")
@click.option("--max-kernels", default=0, help="Pages open at once; default: what memory holds.")
@click.option("--log-folder", default="", help="Of the audit log; default: beside the users.")
@click.option("--proxy-address", "proxy_addresses", multiple=True, metavar="ADDR",
              help="Of a reverse proxy.")  # fmt: skip
@click.option("--proxy-header", default="", help="In which that proxy names the user.")
@click.option("--open", "for_all", is_flag=True, help="Without users: through a proxy too.")
def serve(data: str, store_folder: str, **options: Any) -> None:
    """Build if the data changed, then serve the notebooks as dashboards.

    People sign in where there are users (clientops users add). Without any, everybody on this
    machine sees everything, and no other machine is served; nor is who comes through a proxy,
    unless --open is said.
    """
    with progress() as step:
        building.build(data, store_folder, today=today(), progress=step)
    serving.run(
        data, store_folder=store_folder, **options,
        ready=lambda address: click.echo(f"{address}  (Ctrl-C ends)"),
        tell=lambda line: click.echo(line, err=True),
    )  # fmt: skip
    click.echo("stopped", err=True)


@cli.group()
def users() -> None:
    """Who may sign in to the dashboards, and what they see.

    Passwords are asked for, or read as the first line of standard input; they are kept as hashes,
    in $CLIENTOPS_USERS or the user's configuration folder. Teams and managers are those of the data
    named by --data; one file of users may serve several data folders.
    """


@users.command()
@click.argument("name")
@of_store
@click.option("--role", required=True, type=click.Choice(people.ROLES), help="See above.")
@click.option("--manager-id", "manager_ids", multiple=True, metavar="ID",
              help="Of a manager, as in the data; may be repeated.")  # fmt: skip
@click.option("--team", "teams", multiple=True, metavar="TEAM",
              help="Of a lead, as in the data; may be repeated.")  # fmt: skip
@click.option("--no-password", is_flag=True, help="Known by a proxy's header only.")
def add(name: str, data: str, store_folder: str, no_password: bool, **scope: Any) -> None:
    """Add a user, who signs in with a password.

    It has at least 10 characters and is asked for, or read from standard input.

    \b
    --role director  the whole company, drafts and /admin
    --role analyst   the same, under another name
    --role lead      the clients and sales of a team's managers; needs --team
    --role manager   own clients and own sales; needs --manager-id

    A team or a manager that the data do not know is refused once they are built, and those that
    they know are named.
    """
    path = people.users_file()
    user = people.User(name.strip(), **scope)
    people.check(user, people.read(path))
    book, folder = _built(data, store_folder), store.data_folder(data)
    if book is not None:
        people.check_scope(user, book, folder)
    elif user.manager_ids or user.teams:
        click.echo(f"not checked: {folder} is not built, so its teams and managers are not known",
                   err=True)  # fmt: skip
    hashed = "" if no_password else people.hash_password(_password())
    people.add(path, people.User(user.name, **scope, password=hashed))
    told = {"role": user.role, "manager_ids": user.manager_ids, "teams": user.teams}
    _note(path, N_("user added"), user.name, **told)
    click.echo(f"added {user.name} to {path}")


@users.command("list")
@of_store
def list_users(data: str, store_folder: str) -> None:
    """Who may sign in, what they see, and what of it the data do not know."""
    path = people.users_file()
    found = people.read(path)
    book = _built(data, store_folder)
    click.echo(f"{path}: {len(found) or 'no'} users")
    for user in sorted(found.values(), key=lambda user: people.folded(user.name)):
        scope = [
            f"{kind} {each}" + (" (not in the data)" if book and each not in known else "")
            for kind, wanted, known in people.scope(user, book)
            for each in wanted
        ]
        scope += [] if user.password else ["no password"]
        click.echo(f"  {user.name}: {user.role}{'; ' if scope else ''}{', '.join(scope)}")


def _built(data: str, store_folder: str) -> Book | None:
    """The data whose teams and managers users may see; None where they are not built yet."""
    folder = store.data_folder(data)
    if store.snapshot(store.folder(folder, store_folder)) is None and (folder.is_dir() or not data):
        return None
    return open_book(data, Viewer(), store_folder=store_folder)


@users.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a user, who is signed out within seconds."""
    path = people.users_file()
    user = people.known(path, name)
    people.remove(path, name)
    _note(path, N_("user removed"), user.name)
    click.echo(f"removed {user.name} from {path}")


@users.command()
@click.argument("name")
def password(name: str) -> None:
    """Give a user another password, who is signed out within seconds."""
    path = people.users_file()
    user = people.known(path, name)
    people.set_password(path, name, _password())
    _note(path, N_("password changed"), user.name)
    click.echo(f"{user.name} has another password")


def _password() -> str:
    """Typed twice at a terminal, else the first line that comes; never shown."""
    if sys.stdin.isatty():
        return click.prompt(f"Password (at least {people.SHORTEST_PASSWORD} characters)",
                            hide_input=True, confirmation_prompt=True, err=True)  # fmt: skip
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise ClientOpsError("no password on standard input")
    return line


def _note(path: Path, event: str, name: str, **details: object) -> None:
    try:
        by = getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name
        by = ""
    Audit(path.parent).note(event, user=name, by=by, **details)
