"""Who is signed in, and how often one may try. Both live in memory: a new server knows nobody."""

import collections
import dataclasses
import ipaddress
import secrets
import time

from clientops.serve.users import User, Users, folded

IDLE = 12 * 3600.0  # seconds without a request after which one must sign in again
LONGEST = 7 * 24 * 3600.0  # seconds after which one must sign in again in any case

WINDOW = 15 * 60.0  # seconds in which failed attempts are counted
PER_PAIR = 5  # failed attempts of one name from one address
PER_NAME_OR_ADDRESS = 50  # of one name from anywhere, and from one address with any name


@dataclasses.dataclass
class Session:
    """Somebody who has signed in. *key* is secret, the cookie; *name* may be shown and logged."""

    user: User  # as it was then: any change of it ends the session
    address: str
    key: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    name: str = dataclasses.field(default_factory=lambda: secrets.token_hex(4))
    began: float = dataclasses.field(default_factory=time.time)
    seen: float = dataclasses.field(default_factory=time.time)


class Sessions:
    """The sessions of a server by their keys."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._open: dict[str, Session] = {}

    def begin(self, user: User, address: str) -> Session:
        """A new session under a key nobody has seen before."""
        session = Session(user, address)
        self._open[session.key] = session
        return session

    def find(self, key: str | None) -> Session | None:
        """The session of a key, marked as seen; None where there is none (any more)."""
        session = self._open.get(key or "")
        if session is None or not self.is_good(session):
            return None
        session.seen = time.time()
        return session

    def is_good(self, session: Session) -> bool:
        """Whether a session has not ended: the user is still the same, the time is not over."""
        now = time.time()
        is_good = (
            self._open.get(session.key) is session
            and self._users.get(session.user.name) == session.user
            and now - session.seen < IDLE
            and now - session.began < LONGEST
        )
        if not is_good:
            self.end(session)
        return is_good

    def end(self, session: Session) -> None:
        """Sign out."""
        self._open.pop(session.key, None)

    def all(self) -> list[Session]:
        """Those that are good."""
        return [session for session in list(self._open.values()) if self.is_good(session)]


class Attempts:
    """Failed attempts to sign in, by name and address, within a quarter of an hour."""

    def __init__(self) -> None:
        self._failed: dict[tuple[str, ...], collections.deque[float]] = {}

    def wait(self, name: str, address: str) -> int:
        """Seconds until another attempt is heard; 0: now."""
        now = time.monotonic()
        waits = [
            times[-limit] + WINDOW - now
            for key, limit in _limits(name, address)
            if len(times := self._recent(key, now)) >= limit
        ]
        return int(max(waits) + 1) if waits else 0

    def begin(self, name: str, address: str) -> None:
        """Count an attempt as failed until it succeeds, so that many at once count as many."""
        now = time.monotonic()
        for key, limit in _limits(name, address):
            times = self._failed.setdefault(key, collections.deque(maxlen=limit))
            times.append(now)
        if len(self._failed) > 10_000:  # somebody tries many names
            for key in list(self._failed):
                self._recent(key, now)

    def forgive(self, name: str, address: str) -> None:
        """The attempt succeeded: it counts no longer, and the pair's count starts anew."""
        pair, *others = (key for key, _limit in _limits(name, address))
        self._failed.pop(pair, None)
        for key in others:
            if times := self._failed.get(key):
                times.pop()

    def _recent(self, key: tuple[str, ...], now: float) -> collections.deque[float]:
        times = self._failed.get(key, collections.deque())
        while times and times[0] < now - WINDOW:
            times.popleft()
        if not times:
            self._failed.pop(key, None)
        return times


def _limits(name: str, address: str) -> list[tuple[tuple[str, ...], int]]:
    """What is counted, and how much of it is allowed: the pair, the name, the address."""
    name, network = folded(name)[:200], _network(address)
    return [
        (("pair", name, network), PER_PAIR),
        (("name", name), PER_NAME_OR_ADDRESS),
        (("address", network), PER_NAME_OR_ADDRESS),
    ]


def _network(address: str) -> str:
    """The address; of IPv6 the network, of which one host has all addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    is_old = found.version == 4
    return address if is_old else str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
