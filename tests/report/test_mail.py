"""Packs by e-mail, to a real server over TLS: each to its reader, once."""

import email
import email.policy
import functools
import json
import re
import shutil
import socket
import ssl
from pathlib import Path

import click.testing
import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from clientops.cli import cli
from clientops.errors import ClientOpsError
from clientops.report import mail
from tests.conftest import ROOT
from tests.report.conftest import EMAILS, MONTH, write_data

STALE_ADDRESS = ROOT / "tests" / "data" / "cases" / "27-send-stale-address"
ACCOUNT = ("reports@example.com", "a secret")


class Mailbox:
    """Takes letters as a server does; *answers*: what it says to the next ones instead."""

    def __init__(self) -> None:
        self.letters: list[email.message.EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answers: list[str] = []
        self.signed_in: list[bool] = []  # with each letter

    async def handle_DATA(self, server, session, envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer == "hang up":
            server.transport.abort()
            return "421 gone"
        if answer.startswith("250"):
            assert server.transport.get_extra_info("sslcontext") is not None
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
            content = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.letters.append(content)
            self.signed_in.append(session.authenticated)
        return answer

    @property
    def readers(self) -> list[str]:
        return [address for _sender, to in self.envelopes for address in to]


class AnyPort(Controller):
    """A server on whichever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def check_account(_server, _session, _envelope, _mechanism, login) -> AuthResult:
    given = login.login.decode(), login.password.decode()
    return AuthResult(success=given == ACCOUNT, handled=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Path:
    """The certificate of who vouches for this machine, and beside it this machine's own."""
    folder = tmp_path_factory.mktemp("certificates")
    root = trustme.CA()
    root.cert_pem.write_to_path(folder / "root.pem")
    root.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "own.pem")
    return folder / "root.pem"


@pytest.fixture(scope="module")
def running(authority):
    """Two mail servers on this machine, one with STARTTLS, one in TLS from the first byte."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.with_name("own.pem"))
    box, asked = Mailbox(), {"hostname": "127.0.0.1", "port": 0, "authenticator": check_account}
    upgraded = AnyPort(box, tls_context=context, require_starttls=True, **asked)
    wrapped = AnyPort(box, ssl_context=context, auth_require_tls=False, **asked)
    upgraded.start()
    wrapped.start()
    box.port, box.tls_port = upgraded.port, wrapped.port
    yield box
    upgraded.stop()
    wrapped.stop()


@pytest.fixture
def server(running, authority, monkeypatch):
    """The mailbox of both, empty, and trusted by this machine."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.delenv(mail.PASSWORD, raising=False)
    monkeypatch.setattr(mail, "PAUSES", (0.01, 0.01))
    for kept in (running.letters, running.envelopes, running.answers, running.signed_in):
        kept.clear()
    return running


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny, packs) -> Path:
    """A data folder whose packs stand in its folder reports."""
    data = tmp_path_factory.mktemp("mail") / "data"
    shutil.copytree(tiny, data)
    shutil.copytree(packs, data / "reports" / MONTH)
    return data


@pytest.fixture
def data(made, tmp_path, server) -> Path:
    """That folder with the server in its settings, and nobody who got anything yet."""
    (made / "reports" / MONTH / mail.FILE).unlink(missing_ok=True)
    write_data(made, toml=settings(server.port))
    return made


def settings(port: int, more: str = "") -> str:
    return (f'[mail]\nhost = "localhost"\nport = {port}\nsender = "reports@example.com"\n{more}'
            'directors = ["chief@example.com", "board@example.com"]\n'
            'leads = { "South/West" = "lead@example.com" }\n')  # fmt: skip


def send(data: Path, **asked) -> dict[str, str]:
    outcomes = mail.send(data, month=MONTH, out=data / "reports", **asked)
    return {letter.address or letter.key: status for letter, status, _reason in outcomes}


def test_each_reader_gets_the_own_pack_over_tls(data, server):
    result = send(data)
    known = {
        "chief@example.com",
        "board@example.com",
        "lead@example.com",
        EMAILS["M1"],
        EMAILS["M2"],
    }
    assert {address for address, status in result.items() if status == mail.SENT} == known
    assert result["manager-M3"] == result["team-North"] == mail.NOBODY
    assert sorted(server.readers) == sorted(known)
    letter = next(each for each in server.letters if each["To"] == EMAILS["M2"])
    assert letter["Subject"] == "Tiny & <Sons>: February 2026, Пётр Синица"
    assert letter["From"] == "reports@example.com"
    assert "Portfolio:" in letter.get_body().get_content()
    files = {each.get_filename(): each.get_content() for each in letter.iter_attachments()}
    folder = data / "reports" / MONTH
    assert [*files.values()] == [(folder / f"manager-M2.{e}").read_bytes() for e in ("pdf", "xlsx")]
    assert all("Синица" in name for name in files)
    for each in server.letters:
        for file in each.iter_attachments():
            is_own = each["To"] in (EMAILS["M2"], "lead@example.com")
            assert is_own or b"\xd0\xa1\xd0\xb8\xd0\xbd" not in each.as_bytes()
            assert file.get_content()


def test_nobody_gets_it_twice(data, server):
    send(data)
    count = len(server.letters)
    assert set(send(data).values()) == {mail.BEFORE, mail.NOBODY}
    assert len(server.letters) == count
    again = send(data, again=["chief@example.com"])
    assert again["chief@example.com"] == mail.SENT
    assert server.readers[count:] == ["chief@example.com"]


def test_a_dry_run_sends_nothing(data, server):
    assert send(data, dry_run=True)["chief@example.com"] == mail.WOULD
    assert server.letters == []
    assert not (data / "reports" / MONTH / mail.FILE).exists()


def test_what_the_server_puts_off_is_tried_again(data, server):
    server.answers = ["451 come back", "452 still busy"]
    result = send(data)
    assert mail.FAILED not in result.values()
    assert len(server.letters) == 5


def test_what_the_server_refuses_is_told_and_the_others_go_out(data, server):
    server.answers = ["554 no such reader"]
    outcomes = mail.send(data, month=MONTH, out=data / "reports")
    bad = [each for each in outcomes if each.status == mail.FAILED]
    assert [each.reason for each in bad] == ["the server said 554 no such reader"]
    assert len(server.letters) == 4
    assert send(data)[bad[0].letter.address] == mail.SENT  # it did not get it before


def test_a_letter_whose_fate_is_unknown_is_not_sent_again(data, server):
    server.answers = ["hang up"]
    result = send(data)
    assert list(result.values()).count(mail.UNCERTAIN) == 1
    assert list(result.values()).count(mail.SENT) == 4
    doubtful = next(address for address, status in result.items() if status == mail.UNCERTAIN)
    assert send(data)[doubtful] == mail.UNCERTAIN
    assert doubtful not in server.readers
    assert send(data, again=[doubtful])[doubtful] == mail.SENT


def test_a_server_that_is_not_there_is_one_line(data, server):
    with socket.socket() as taken:  # and does not listen
        taken.bind(("127.0.0.1", 0))
        write_data(data, toml=settings(taken.getsockname()[1]))
        with pytest.raises(ClientOpsError, match="Connection refused; who has got a letter"):
            send(data)


def test_a_server_without_our_trust_gets_nothing(data, server, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ClientOpsError, match="no safe connection"):
        send(data)
    assert server.letters == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_password_comes_from_the_environment(data, server, monkeypatch, security):
    port = server.port if security == "starttls" else server.tls_port
    write_data(data, toml=settings(port, f'security = "{security}"\n'))
    monkeypatch.setenv(mail.PASSWORD, "guessed")
    with pytest.raises(ClientOpsError, match=r"sign-in refused .*CLIENTOPS_MAIL_PASSWORD"):
        send(data)
    monkeypatch.setenv(mail.PASSWORD, "пароль")
    with pytest.raises(ClientOpsError, match="letters of ASCII only"):
        send(data)
    assert server.letters == []
    monkeypatch.setenv(mail.PASSWORD, ACCOUNT[1])
    assert list(send(data).values()).count(mail.SENT) == 5
    assert server.signed_in == [True] * 5


def test_files_that_are_not_as_made_are_not_sent(data, server):
    path = data / "reports" / MONTH / "manager-M1.pdf"
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    try:
        outcomes = mail.send(data, month=MONTH, out=data / "reports")
    finally:
        path.write_bytes(content)
    reasons = {each.letter.key: each.reason for each in outcomes if each.status == mail.FAILED}
    assert reasons == {"manager-M1": "manager-M1.pdf is not as it was made"}


def test_the_command_lists_who_gets_what(data, server):
    arguments = ["send", "--data", str(data), "--month", MONTH, "--out", str(data / "reports")]
    done = click.testing.CliRunner().invoke(cli, [*arguments, "--dry-run"], standalone_mode=False)
    assert done.return_value == 0
    assert "would be sent: company to chief@example.com" in done.output
    assert "no address: manager-M3" in done.output
    server.answers = ["550 no"]
    done = click.testing.CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert done.return_value == 1
    assert "the server said 550 no" in done.output
    kept = json.loads((data / "reports" / MONTH / mail.FILE).read_text(encoding="utf-8"))
    assert {each["status"] for each in kept.values()} == {mail.SENT}


def test_addresses_are_those_of_today_and_packs_are_counted_from_the_start(brief, tmp_path):
    data = shutil.copytree(STALE_ADDRESS, tmp_path / "data")
    asked = ["--data", str(data), "--month", "2026-10", "--out", str(tmp_path / "reports")]
    packs = ["--manager", "m1", "--format", "html", "--notebooks", str(brief)]
    run = functools.partial(click.testing.CliRunner().invoke, cli, standalone_mode=False)
    told = run(["report", *asked, *packs]).output
    assert re.search(r"0 of 1: warming up\n.* s  1 of 1: Anna\n1 pack made", told)
    before = (data / "managers.csv").read_text(encoding="utf-8")
    (data / "managers.csv").write_text(before.replace("old@", "new@"), encoding="utf-8")
    told = run(["send", *asked, "--dry-run"]).output
    assert "would be sent: manager-m1 to new@example.com" in told


def test_without_packs_or_server_one_line_says_so(made, tmp_path):
    write_data(made)
    with pytest.raises(ClientOpsError, match="no mail server: set host and sender under"):
        mail.send(made, month=MONTH, out=made / "reports")
    with pytest.raises(ClientOpsError, match="no packs; run clientops report --month 2026-02"):
        mail.send(made, month=MONTH, out=tmp_path)


@pytest.mark.parametrize(("toml", "said"), [
    ('host = "mail.example.com"\nsecurity = "none"\nsender = "a@b"', "only for this machine"),
    ('host = "mail.example.com"', "sender '' is no address"),
    ('hots = "x"', "did you mean host"),
    ("port = 70000", "expected `int` <= 65535"),
])  # fmt: skip
def test_settings_that_cannot_be_are_told(tmp_path, toml, said):
    from clientops.settings import read_settings

    (tmp_path / "clientops.toml").write_text(f"[mail]\n{toml}\n", encoding="utf-8")
    with pytest.raises(ClientOpsError, match=said):
        read_settings(tmp_path)
