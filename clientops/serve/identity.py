"""Who asks: the session of a cookie, the name a proxy vouches for, or anybody on this machine.

Jupyter's handlers refuse everything to whom `get_user` does not know, and every kernel to whom
`is_authorized` does not know as its owner.
"""

import dataclasses
import ipaddress
from typing import Any

import tornado.web
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.auth.identity import User as JupyterUser

from clientops.book import Viewer
from clientops.errors import ClientOpsError
from clientops.serve.sessions import Session
from clientops.serve.users import User, folded

NOBODY = Viewer(role="manager")  # of no rows
_FORWARDED = {"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
              "X-Real-Ip"}  # fmt: skip
LOCAL_VIEWER = Viewer(role="director")  # anybody on this machine, where nobody signs in


@dataclasses.dataclass
class Visitor(JupyterUser):
    """Who asks, as Jupyter's handlers know it. Kernels belong to an *owner*: session or name."""

    viewer: Viewer = NOBODY
    owner: str = ""
    user: User | None = None  # None: anybody on this machine
    session: Session | None = None


@dataclasses.dataclass(frozen=True)
class Proxy:
    """A reverse proxy: only from its *addresses* are its words about a request believed."""

    addresses: tuple[str, ...] = ()
    header: str = ""  # that names the user; empty: people sign in here

    @classmethod
    def of(cls, addresses: tuple[str, ...], header: str) -> "Proxy":
        """Checked; raises ClientOpsError for an address that is none and a header from anybody."""
        if header and not addresses:
            raise ClientOpsError("--proxy-header needs --proxy-address: from whom it is believed")
        try:
            found = tuple(str(ipaddress.ip_address(address)) for address in addresses)
        except ValueError as error:
            raise ClientOpsError(f"--proxy-address: {error}") from error
        return cls(found, header)

    def speaks(self, request: Any) -> bool:
        """Whether a request comes from it."""
        return _peer(request) in self.addresses

    def address(self, request: Any) -> str:
        """From where a request comes in the end: what the proxy itself has added last."""
        forwarded = request.headers.get_list("X-Forwarded-For")
        if forwarded and self.speaks(request):
            return forwarded[-1].rpartition(",")[2].strip() or _peer(request)
        return _peer(request)

    def is_secure(self, request: Any) -> bool:
        """Whether a request travelled encrypted to the proxy."""
        told = request.headers.get_list("X-Forwarded-Proto")
        return self.speaks(request) and told[-1:] == ["https"]

    def name(self, request: Any) -> str:
        """Whom the proxy vouches for; nobody where it says it twice, or somebody else says it."""
        names = request.headers.get_list(self.header)
        return names[0].strip() if len(names) == 1 and self.speaks(request) else ""


def is_forwarded(request: Any) -> bool:
    """Whether a request seems to come through a proxy: it says so, or is in the old HTTP in which
    nginx speaks unless it is told otherwise, and browsers do not."""
    return request.version == "HTTP/1.0" or not _FORWARDED.isdisjoint(request.headers)


def _peer(request: Any) -> str:
    try:
        found = ipaddress.ip_address(request.remote_ip.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


class Identity(IdentityProvider):
    """Asks the parent application: its `users` (None: open to this machine), `sessions` and
    `proxy`."""

    login_available = False  # the application has its own addresses
    logout_available = False
    has_warned = False

    def get_user(self, handler: tornado.web.RequestHandler) -> Visitor | None:
        """The visitor of a request; None: nobody."""
        users, proxy = self.parent.users, self.parent.proxy
        self._warn_of_proxy(handler.request)
        if users is None:
            if is_forwarded(handler.request) and not self.parent.for_all:
                return None  # from wherever: not this machine alone, then
            return Visitor("local", viewer=LOCAL_VIEWER)
        if proxy.header:
            user = users.get(proxy.name(handler.request))
            return user and Visitor(
                user.name, viewer=user.viewer, owner=f"proxy {folded(user.name)}", user=user
            )
        session = self.parent.sessions.find(handler.get_cookie(self.cookie(handler)))
        return session and Visitor(
            session.user.name, viewer=session.user.viewer, owner=session.name,
            user=session.user, session=session,
        )  # fmt: skip

    def _warn_of_proxy(self, request: Any) -> None:
        """Say once that all who come through a proxy seem to come from its address, or that they
        are refused."""
        is_told = self.parent.for_all or self.parent.proxy.speaks(request)
        if is_forwarded(request) and not is_told and not self.has_warned:
            text = "requests come through %s: if it is your proxy, say --proxy-address %s"
            if self.parent.users is None:
                text = ("requests come through %s and are refused: clientops users add, or say "
                        "--open where all who reach %s may see everything")  # fmt: skip
            self.log.warning(text, *[_peer(request)] * 2)
            self.has_warned = True

    def is_current(self, visitor: Visitor) -> bool:
        """Whether a visitor of before would still be let in as the same."""
        users = self.parent.users
        if visitor.user is None or users is None:
            return visitor.user is None and users is None
        if visitor.session is not None:
            return self.parent.sessions.is_good(visitor.session)
        return users.get(visitor.user.name) == visitor.user

    def is_secure(self, handler: tornado.web.RequestHandler) -> bool:
        """Whether the request travelled encrypted."""
        return handler.request.protocol == "https" or self.parent.proxy.is_secure(handler.request)

    def cookie(self, handler: tornado.web.RequestHandler, kind: str = "") -> str:
        """The name of the cookie; its prefix binds it to this host and to TLS."""
        name = f"clientops-{self.parent.port}{kind and '-'}{kind}"
        return f"__Host-{name}" if self.is_secure(handler) else name

    def is_token_authenticated(self, handler: tornado.web.RequestHandler) -> bool:
        """There are no tokens."""
        return False


class KernelOwners(Authorizer):
    """A kernel is its owner's."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Whether the visitor owns the kernel that the address names."""
        kernel_id = handler.path_kwargs.get("kernel_id", "")
        return self.parent.open_pages.is_owner(kernel_id, user)
