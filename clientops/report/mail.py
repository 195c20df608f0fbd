"""Packs sent by e-mail: to each reader the own pack, and to nobody twice.

`sent.json` beside what is sent says who got what. A letter is noted there before its text goes
out, so that one whose fate a broken line hides is told, not sent again.
"""

import contextlib
import datetime
import email.headerregistry
import email.policy
import email.utils
import hashlib
import json
import os
import smtplib
import ssl
import time
from collections.abc import Callable, Collection, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

from clientops import periods, store, words
from clientops.book import Book, open_book
from clientops.errors import ClientOpsError
from clientops.report import recipients, record
from clientops.report.run import alone, writing
from clientops.settings import FILE as TOML
from clientops.settings import Mail, read_settings
from clientops.words import _

FILE = "sent.json"
PASSWORD = "CLIENTOPS_MAIL_PASSWORD"
PAUSES = (5.0, 30.0)  # seconds before a letter is tried again
TIMEOUT = 60.0  # seconds that a server may take to answer
SENT, BEFORE, WOULD, NOBODY, UNCERTAIN, FAILED = (
    "sent", "sent before", "would be sent", "no address", "uncertain", "failed")  # fmt: skip


class Letter(NamedTuple):
    """Files and who is to get them."""

    key: str  # of what is sent
    name: str
    address: str  # empty: nobody knows
    entry: dict[str, Any]  # its files, as the run record holds them, and what is wrong with them
    attach: Sequence[str]  # which of its files
    file: str  # what they are called
    subject: str
    paragraphs: Sequence[str]

    @property
    def mark(self) -> str:
        """What the record of sent letters knows it by."""
        return f"{self.address} {self.key}"


class Outcome(NamedTuple):
    """What became of a letter."""

    letter: Letter
    status: str
    reason: str = ""


class _Later(Exception):
    """The server asks to come back."""


class _Unreachable(_Later):
    """There is no server to talk to, for this letter as for any other."""


def send(
    data: str | Path = "",
    *,
    month: str = "",
    out: str | Path = "reports",
    store_folder: str | Path = "",
    dry_run: bool = False,
    again: Collection[str] = (),
    progress: Callable[[str, int, int], None] = lambda step, number, total: None,
) -> list[Outcome]:
    """Send the packs of a month, or only say who would get what (*dry_run*).

    *again*: addresses that get theirs once more. Raises ClientOpsError where there are no packs,
    no mail server is set, or it does not let us in.
    """
    config = read_settings(store.data_folder(data))
    book = open_book(data, store_folder=store_folder)
    label = periods.label(book.check_month(month))
    folder = Path(out).resolve() / label
    kept = record.read(folder)
    if not kept["packs"]:
        raise ClientOpsError(f"{folder}: no packs; run clientops report --month {label}")
    if not config.mail.host and not dry_run:
        raise ClientOpsError(f"no mail server: set host and sender under [mail] in {TOML}")
    with words.using(kept["language"], kept["currency"]):
        letters = _letters(kept, config.mail, book)
    with writing(folder), alone(folder):
        return deliver(letters, config.mail, folder, dry_run, again, progress)


def deliver(
    letters: Sequence[Letter],
    mail: Mail,
    folder: Path,
    dry_run: bool,
    again: Collection[str],
    progress: Callable[[str, int, int], None],
) -> list[Outcome]:
    """Send letters whose files stand in a folder that is held, those that nobody has got yet."""
    sent = _sent(folder)
    for letter in letters:
        if letter.address in again:
            sent.pop(letter.mark, None)
    plan = [_planned(letter, sent) for letter in letters]
    if dry_run:
        return plan
    with contextlib.closing(_Post(mail, sent, folder)) as post:
        return _sent_all(plan, post, progress)


def _letters(kept: dict[str, Any], mail: Mail, book: Book) -> list[Letter]:
    """Each pack with the addresses of its readers, in the words of the context."""
    own, found = addresses(book), []
    month = words.long_month(periods.parse_month(kept["month"]))
    partial = f" ({kept['partial']})" if kept["partial"] else ""
    for key, entry in kept["packs"].items():
        readers = {
            "company": mail.directors,
            "team": [each for team, each in mail.leads.items() if team == entry["id"]],
            "manager": [each for each in [own.get(entry["id"], "")] if each],
        }[entry["kind"]]
        reader = recipients.Recipient(entry["kind"], entry["id"], entry["name"], key)
        whose = recipients.whose(reader)
        subject = f"{kept['company']}: {month}, {whose}{partial}"
        said = [f"{_('Monthly report')} {month}: {whose}", kept["partial"], *entry["summary"]]
        file = f"{kept['company']} {kept['month']} {whose}"
        found += [
            Letter(key, entry["name"], each.strip(), entry, mail.attach, file, subject, said)
            for each in readers or [""]
        ]
    return found


def addresses(book: Book) -> dict[str, str]:
    """The addresses of managers who have one."""
    rows = book.managers[book.managers["email"].notna()]
    texts = rows["email"].astype(str).str.strip()
    known = zip(rows["manager_id"].astype(str), texts, strict=True)
    return {key: each for key, each in known if each}


def _planned(letter: Letter, sent: dict[str, Any]) -> Outcome:
    """What is to be done with a letter."""
    before = sent.get(letter.mark)
    if letter.entry["problem"]:
        return Outcome(letter, FAILED, f"the pack was not made: {letter.entry['problem']}")
    if not letter.address:
        return Outcome(letter, NOBODY)
    try:
        email.headerregistry.Address(addr_spec=letter.address)
    except Exception:  # the parser raises what it meets
        return Outcome(letter, FAILED, f"{letter.address!r} is no address")
    if before is None:
        return Outcome(letter, WOULD)
    if before["status"] != SENT:
        text = "the line broke while it was sent; ask, then clientops send --again"
        return Outcome(letter, UNCERTAIN, f"{text} {letter.address}")
    is_same = before["files"] == _hashes(letter.entry)
    return Outcome(letter, BEFORE, "" if is_same else "the pack was made anew since")


def _hashes(entry: dict[str, Any]) -> dict[str, str]:
    return {name: file["sha256"] for name, file in entry["files"].items()}


def _sent_all(
    plan: list[Outcome], post: "_Post", progress: Callable[[str, int, int], None]
) -> list[Outcome]:
    """Send what is to be sent over one connection."""
    total = sum(each.status == WOULD for each in plan)
    done = []
    for outcome in plan:
        if outcome.status == WOULD:
            progress(outcome.letter.name, len(done), max(total, len(done)))
            outcome = post.send(outcome.letter)
        done.append(outcome)
    return done


class _Post:
    """Letters on their way to the mail server, with the record of who got what.

    The connection is opened when it is needed, and again when it broke.
    """

    def __init__(self, mail: Mail, sent: dict[str, Any], folder: Path) -> None:
        self._mail, self._sent, self._folder = mail, sent, folder
        self._server: smtplib.SMTP | None = None

    def close(self) -> None:
        """Leave, politely where the other side still listens."""
        if self._server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._server = None

    def send(self, letter: Letter) -> Outcome:
        """One letter, tried again where the server asks for it."""
        try:
            message = _message(letter, self._mail.sender, self._folder)
        except ClientOpsError as error:
            return Outcome(letter, FAILED, str(error))
        for pause in (*PAUSES, None):
            try:
                self._deliver(letter, message)
                return Outcome(letter, SENT)
            except _Later as error:
                self.close()
                reason = str(error)
                if pause is not None:
                    time.sleep(pause)
                elif isinstance(error, _Unreachable):  # waiting with every letter would take hours
                    raise ClientOpsError(
                        f"{reason}; who has got a letter gets no second one"
                    ) from error
            except smtplib.SMTPServerDisconnected:
                self.close()
                return _planned(letter, self._sent)
            except smtplib.SMTPResponseException as error:
                return Outcome(letter, FAILED, _reply(error.smtp_code, error.smtp_error))
        return Outcome(letter, FAILED, reason)

    def _deliver(self, letter: Letter, message: EmailMessage) -> None:
        """Hand the letter over and note it. Raises _Later, or what the server refused it with."""
        server = self._server = self._server or _connected(self._mail)
        try:
            server.ehlo_or_helo_if_needed()
            for code, reply in (server.mail(self._mail.sender), server.rcpt(letter.address)):
                if code not in (250, 251):
                    server.rset()
                    _refused(code, reply)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise _Later(str(error)) from error
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        noted = {"status": "sending", "at": now, "message_id": message["Message-ID"],
                 "files": _hashes(letter.entry)}  # fmt: skip
        self._note(letter, noted)
        try:
            code, reply = server.data(message.as_bytes(policy=email.policy.SMTP))
        except smtplib.SMTPDataError as error:
            code, reply = error.smtp_code, error.smtp_error
        self._note(letter, noted | {"status": SENT} if code == 250 else None)
        if code != 250:
            _refused(code, reply)

    def _note(self, letter: Letter, noted: dict[str, Any] | None) -> None:
        """Keep what became of a letter; None: nothing has."""
        self._sent.pop(letter.mark, None)
        if noted:
            self._sent[letter.mark] = noted
        text = json.dumps(self._sent, indent=1, ensure_ascii=False, sort_keys=True)
        record.put(self._folder / FILE, text.encode() + b"\n")


def _connected(mail: Mail) -> smtplib.SMTP:
    """A server that took our sign-in, over TLS where it is not on this machine. Raises _Unreachable
    where there is none just now."""
    context = ssl.create_default_context()
    password = os.environ.get(PASSWORD, "")
    if not password.isascii():
        raise ClientOpsError(f"${PASSWORD}: mail servers take letters of ASCII only")
    with contextlib.ExitStack() as unless_done:
        try:
            if mail.security == "tls":
                server = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT, context=context)
            else:
                server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT)
            unless_done.callback(server.close)
            if mail.security == "starttls":
                server.starttls(context=context)
            if password:
                server.login(mail.user or mail.sender, password)
        except (smtplib.SMTPException, OSError) as error:
            raise _no_line(error, mail) from error
        unless_done.pop_all()
    return server


def _no_line(error: Exception, mail: Mail) -> Exception:
    """Why there is no connection: for good, or just now (_Unreachable)."""
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
        return ClientOpsError(f"{mail.host}: sign-in refused ({error.smtp_code}); "
                              f"the password is read from ${PASSWORD}")  # fmt: skip
    if isinstance(error, (ssl.SSLError, smtplib.SMTPNotSupportedError)):
        return ClientOpsError(f"{mail.host}: no safe connection: {error}")
    return _Unreachable(f"{mail.host}:{mail.port}: {error}")


def _refused(code: int, reply: bytes) -> None:
    if 400 <= code < 500:
        raise _Later(_reply(code, reply))
    raise smtplib.SMTPResponseException(code, reply)


def _reply(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"the server said {code} {' '.join(text.split())}"


_KINDS = {
    "html": ("text", "html"),
    "pdf": ("application", "pdf"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ics": ("text", "calendar"),
}


def _message(letter: Letter, sender: str, folder: Path) -> EmailMessage:
    """The letter with its files. Raises ClientOpsError where these are not as they were made."""
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = sender
    message["To"] = letter.address
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid(domain=sender.rpartition("@")[2])
    message.set_content("\n\n".join(text for text in letter.paragraphs if text) + "\n")
    files = letter.entry["files"]
    for name in letter.attach:
        if name in files:
            content, (kind, form) = _content(folder, files[name]), _KINDS[name]
            file = f"{letter.file}.{name}".replace("/", "-")
            message.add_attachment(content, maintype=kind, subtype=form, filename=file)
    if not any(message.iter_attachments()):
        raise ClientOpsError(f"the pack has no {' or '.join(letter.attach)}")
    return message


def _content(folder: Path, file: dict[str, Any]) -> bytes:
    try:
        content = (folder / file["name"]).read_bytes()
    except OSError as error:
        raise ClientOpsError(f"{file['name']}: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise ClientOpsError(f"{file['name']} is not as it was made")
    return content


def _sent(folder: Path) -> dict[str, Any]:
    """Who got what. A record that cannot be read stops everything: it must not be guessed."""
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ClientOpsError(
            f"{path}: cannot be read ({error}); nobody knows who got what"
        ) from error
