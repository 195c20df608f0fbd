"""Signing in and out."""

import asyncio
import concurrent.futures
import math
from urllib.parse import urlsplit

import tornado.web
from jupyter_server.auth.decorator import allow_unauthenticated

from clientops import words
from clientops.serve import users
from clientops.serve.layout import HtmlHandler
from clientops.serve.sessions import KNOWN, LONGEST

# A hash takes a tenth of a second and 64 MB, on purpose: never many at once.
_hashing = concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="passwords")


class SignIn(HtmlHandler):
    """The form of name and password."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show it; who is signed in already goes on."""
        if self.current_user is not None:
            self.redirect(self._after())
        elif self.app.users is None or self.app.proxy.header:
            raise tornado.web.HTTPError(403)  # there is nobody to be, or the proxy says who
        else:
            self._form()

    @allow_unauthenticated
    async def post(self) -> None:
        """Sign in, under a key nobody has seen before."""
        if self.app.users is None or self.app.proxy.header:
            raise tornado.web.HTTPError(403)
        name = self.get_body_argument("name", "")
        password = self.get_body_argument("password", "", strip=False)
        attempts, audit = self.app.attempts, self.app.audit
        user = self.app.users.get(name)
        said = user.name if user else ""  # it may be a password in the wrong field
        identity = self.identity_provider
        known = self.app.sessions.known(self.get_cookie(identity.cookie(self, "known")), name)
        counted = (name, self.address, known)
        if wait := attempts.wait(*counted):
            audit.note("sign-in refused", user=said, address=self.address, why="too many attempts")
            self.set_status(429)
            self.set_header("Retry-After", str(wait))
            self._form(name, minutes=math.ceil(wait / 60))
            return
        attempts.begin(*counted)
        hashed = user.password if user else ""
        is_right = await asyncio.get_running_loop().run_in_executor(
            _hashing, users.is_password, hashed, password
        )
        if not is_right or self.app.users.get(name) != user:
            audit.note("sign-in refused", user=said, address=self.address, why="wrong password")
            self.set_status(403)
            self._form(name, is_wrong=True)
            return
        attempts.forgive(*counted)
        if self.current_user is not None and self.current_user.session is not None:
            self.app.sessions.end(self.current_user.session)  # that of before
        session = self.app.sessions.begin(user, self.address)
        cookies = {"": (session.key, LONGEST), "known": (self.app.sessions.know(user), KNOWN)}
        for kind, (value, seconds) in cookies.items():
            self.set_cookie(
                identity.cookie(self, kind), value, path="/", httponly=True, samesite="Lax",
                secure=identity.is_secure(self), max_age=int(seconds),
            )  # fmt: skip
        audit.note("signed in", user=user.name, address=self.address, session=session.name)
        self.redirect(self._after(), status=303)

    def _after(self) -> str:
        """Where to go then: a path of this server and nothing else."""
        wanted = self.get_argument("next", "/")
        parts = urlsplit(wanted)
        is_ours = wanted.startswith("/") and not wanted.startswith("//") and not parts.netloc
        return wanted if is_ours and wanted.isprintable() and "\\" not in wanted else "/"

    def _form(self, name: str = "", is_wrong: bool = False, minutes: int = 0) -> None:
        with self.company_language():
            problem = ""
            if is_wrong:
                problem = words._("Name or password is wrong.")
            if minutes:
                problem = words.plural(
                    "Too many attempts. Try again in {number} minute.",
                    "Too many attempts. Try again in {number} minutes.",
                    minutes,
                )
            self.show("sign_in.html", problem=problem, typed=name, next=self._after())


class SignOut(HtmlHandler):
    """The end of a session, and of the pages it has open."""

    @tornado.web.authenticated
    async def post(self) -> None:
        """Sign out."""
        session = self.current_user.session
        if session is not None:
            self.app.sessions.end(session)
            self.app.audit.note(
                "signed out", user=session.user.name, address=self.address, session=session.name
            )
            await self.app.open_pages.end_those_of(session.name, "signed out")
        self.clear_cookie(self.identity_provider.cookie(self), path="/")
        self.redirect("/sign-in", status=303)
