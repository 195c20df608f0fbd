"""Who may sign in: one file of users, kept outside the data folder, passwords as argon2 hashes.

The file is replaced whole under a lock and can be read by its owner only. A name is the same name
in capitals and small letters.
"""

import functools
import logging
import os
import stat
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import argon2
import filelock
import msgspec
import platformdirs

from clientops.book import Book, Viewer
from clientops.errors import ClientOpsError, nearest

Role = Literal["director", "analyst", "lead", "manager"]
ROLES = get_args(Role)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000  # longer ones only cost time
LONGEST_NAME = 100

_hasher = argon2.PasswordHasher()


class User(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may sign in; without a *password* only a proxy can say that it is this one."""

    name: str
    role: Role
    manager_ids: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    password: str = ""  # the hash

    def __repr__(self) -> str:
        return f"<User {self.name}: {self.role} {', '.join([*self.manager_ids, *self.teams])}>"

    @property
    def viewer(self) -> Viewer:
        """The viewer without the password: what a kernel may know."""
        return Viewer(self.name, self.role, self.manager_ids, self.teams)


def users_file() -> Path:
    """The file of users: $CLIENTOPS_USERS, else in the user's configuration."""
    given = os.environ.get("CLIENTOPS_USERS")
    return Path(given) if given else platformdirs.user_config_path("clientops") / "users.json"


def folded(name: str) -> str:
    """What makes two names the same."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def read(path: Path) -> dict[str, User]:
    """The users by folded name; none where there is no file.

    Raises ClientOpsError for a file that others may read or that is damaged.
    """
    try:
        content = path.read_bytes()
        mode = path.stat().st_mode
    except FileNotFoundError:
        return {}
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise ClientOpsError(f"{path}: others may read or write it; run chmod 600 {path}")
    try:
        users = msgspec.json.decode(content, type=list[User])
    except msgspec.MsgspecError as error:
        raise ClientOpsError(f"{path}: damaged: {error}") from error
    for user in users:
        _check(user)
    return {folded(user.name): user for user in users}


def add(path: Path, user: User) -> None:
    """Add a user. Raises ClientOpsError for a name that is taken and for an impossible scope."""

    def change(users: dict[str, User]) -> None:
        check(user, users)
        users[folded(user.name)] = user

    _change(path, change)


def check(user: User, users: dict[str, User]) -> None:
    """Raises ClientOpsError where *user* cannot be added to *users*."""
    _check(user)
    if folded(user.name) in users:
        raise ClientOpsError(f"user {user.name!r} is there already")


def scope(user: User, book: Book | None) -> list[tuple[str, tuple[str, ...], list[str]]]:
    """Teams and managers that a user sees, each with those that the data of *book* know."""
    known = ([*book.managers["team"].dropna().unique()], book.manager_ids) if book else ([], [])
    return [("team", user.teams, known[0]), ("manager", user.manager_ids, known[1])]


def check_scope(user: User, book: Book, data: Path) -> None:
    """Raises ClientOpsError for a team or a manager that the *book* of *data* does not know."""
    for kind, wanted, known in scope(user, book):
        for each in wanted:
            if each not in known:
                raise ClientOpsError(f"no {kind} {each!r} in {data}; {nearest(each, known)}")


def remove(path: Path, name: str) -> None:
    """Remove a user; a server ends the user's sessions within seconds."""
    _change(path, lambda users: users.pop(_known(users, name)))


def set_password(path: Path, name: str, password: str) -> None:
    """Give a user another password; a server ends the user's sessions within seconds."""
    hashed = hash_password(password)

    def change(users: dict[str, User]) -> None:
        key = _known(users, name)
        users[key] = msgspec.structs.replace(users[key], password=hashed)

    _change(path, change)


def known(path: Path, name: str) -> User:
    """The user of this name; raises ClientOpsError where there is none."""
    users = read(path)
    return users[_known(users, name)]


def hash_password(password: str) -> str:
    """The argon2 hash of a password, which is refused where it is easily guessed by its length."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ClientOpsError(f"a password has at least {SHORTEST_PASSWORD} characters")
    return _hasher.hash(password)


def is_password(hashed: str, password: str) -> bool:
    """Whether the password is the hashed one; takes as long where there is no hash."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _hasher.verify(hashed or _nobodys(), password) and bool(hashed)
    except argon2.exceptions.VerificationError:
        return False


@functools.cache
def _nobodys() -> str:
    return _hasher.hash("nobody's password")


class Users:
    """The file of users as a server sees it: read anew when it changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple | None = None
        self._users: dict[str, User] = {}

    def get(self, name: str) -> User | None:
        """The user of this name; None where there is none (any more)."""
        return self.all().get(folded(name))

    def all(self) -> dict[str, User]:
        """All users by folded name; none while the file cannot be understood."""
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)
        except OSError:
            stamp = None
        if stamp != self._stamp:
            self._stamp, self._users = stamp, {}
            try:
                self._users = read(self.path)
            except (ClientOpsError, OSError) as error:
                logging.getLogger(__name__).error("nobody may sign in: %s", error)
        return self._users


def _check(user: User) -> None:
    """Refuse a user who could see nothing, or whose role and scope contradict each other."""
    name = user.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ClientOpsError(f"{user.name!r} is not a name of 1 to {LONGEST_NAME} characters")
    if user.role not in ROLES:
        raise ClientOpsError(f"unknown role {user.role!r}; {nearest(user.role, ROLES)}")
    if user.viewer.sees_everything and (user.manager_ids or user.teams):
        raise ClientOpsError(f"a {user.role} sees everything: no --manager-id, no --team")
    if user.role == "lead" and not user.teams:
        raise ClientOpsError("a lead needs --team")
    if user.role == "manager" and (not user.manager_ids or user.teams):
        raise ClientOpsError("a manager needs --manager-id, and no --team")


def _known(users: dict[str, User], name: str) -> str:
    if folded(name) not in users:
        names = [user.name for user in users.values()]
        raise ClientOpsError(f"no user {name!r}; {nearest(name, names)}")
    return folded(name)


def _change(path: Path, change: Callable[[dict[str, User]], object]) -> None:
    """Change the users under the lock and replace the file whole."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with filelock.FileLock(f"{path}.lock", mode=0o600):
        users = read(path)
        change(users)
        text = msgspec.json.format(msgspec.json.encode(list(users.values())), indent=1)
        handle, new = tempfile.mkstemp(dir=path.parent, prefix=".users-")  # 0600 from the first
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text + b"\n")
                file.flush()
                os.fsync(file.fileno())
            Path(new).replace(path)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
