"""Who is signed in, and how often one may try. Both live in memory: a new server knows nobody."""

import collections
import dataclasses
import ipaddress
import math
import secrets
import time

from clientops.serve.users import User, Users, folded

IDLE = 12 * 3600.0  # seconds without a request after which one must sign in again
LONGEST = 7 * 24 * 3600.0  # seconds after which one must sign in again in any case
KNOWN = 90 * 24 * 3600.0  # seconds for which a browser is known in which somebody has signed in

WINDOW = 15 * 60.0  # seconds in which failed attempts are counted
PER_PAIR = 5  # failed attempts of one name from one address
SLOWED = 20.0  # seconds between two attempts from an address of which there were too many
PER_NAME_OR_ADDRESS = 50  # of one name from anywhere, and from one address with any name


@dataclasses.dataclass
class Session:
    """Somebody who has signed in. *key* is secret, the cookie; *name* may be shown and logged."""

    user: User  # as it was then: any change of it ends the session
    address: str
    key: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    name: str = dataclasses.field(default_factory=lambda: secrets.token_hex(4))
    began: float = dataclasses.field(default_factory=time.monotonic)
    seen: float = dataclasses.field(default_factory=time.monotonic)


class Sessions:
    """The sessions of a server by their keys."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._open: dict[str, Session] = {}
        self._known: dict[str, str] = {}

    def know(self, user: User) -> str:
        """A sign by which a browser is known in which this user has signed in."""
        sign = secrets.token_urlsafe(16)
        self._known[sign] = folded(user.name)
        return sign

    def known(self, sign: str | None, name: str) -> str:
        """The sign of a browser in which the user of this name has signed in; else empty."""
        return sign if sign and self._known.get(sign) == folded(name) else ""

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
        session.seen = time.monotonic()
        return session

    def is_good(self, session: Session) -> bool:
        """Whether a session has not ended: the user is still the same, the time is not over."""
        now = time.monotonic()
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
    """Failed attempts to sign in, by name and address, within a quarter of an hour.

    Too many of a name, or of a name from one address, end in a pause; too many from one address
    slow it down, for others may be behind it. A browser in which the user has signed in before
    (*known*: its sign) does not pay for what others tried: only its own attempts count.
    """

    def __init__(self) -> None:
        self._failed: dict[tuple[str, ...], collections.deque[float]] = {}

    def wait(self, name: str, address: str, known: str = "") -> int:
        """Seconds until another attempt is heard; 0: now."""
        now = time.monotonic()
        waits = [0.0]
        for key, limit in _limits(name, address, known):
            if len(times := self._recent(key, now)) >= limit:
                ends = times[-1] + SLOWED if key[0] == "address" else times[-limit] + WINDOW
                waits.append(ends - now)
        return max(0, math.ceil(max(waits)))

    def begin(self, name: str, address: str, known: str = "") -> None:
        """Count an attempt as failed until it succeeds, so that many at once count as many."""
        now = time.monotonic()
        for key, limit in _limits(name, address, known):
            times = self._failed.setdefault(key, collections.deque(maxlen=limit))
            times.append(now)
        if len(self._failed) > 10_000:  # somebody tries many names
            for key in list(self._failed):
                self._recent(key, now)

    def forgive(self, name: str, address: str, known: str = "") -> None:
        """The attempt succeeded: it counts no longer, and the pair's count starts anew."""
        pair, *others = (key for key, _limit in _limits(name, address, known))
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


def _limits(name: str, address: str, known: str) -> list[tuple[tuple[str, ...], int]]:
    """What is counted, and how much of it is allowed: the pair, the name, the address."""
    name, network = folded(name)[:200], _network(address)
    if known:
        return [(("pair", name, known), PER_PAIR)]
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
