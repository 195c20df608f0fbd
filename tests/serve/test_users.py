"""Who may sign in: the file, its commands, and how often one may try."""

import concurrent.futures
import io
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
import pytest

from clientops.book import Viewer
from clientops.cli import serving
from clientops.errors import ClientOpsError
from clientops.serve import sessions, users
from clientops.serve.audit import Audit
from clientops.serve.sessions import Attempts, Sessions
from clientops.serve.users import User, Users
from tests.conftest import SAMPLE, Done

PASSWORD = "a long enough one"


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "configuration" / "users.json"


@pytest.fixture
def command(run, path, monkeypatch) -> Callable[..., Done]:
    """A function that runs `clientops users` with these words, when something is *typed*."""
    monkeypatch.setenv("CLIENTOPS_USERS", str(path))
    monkeypatch.setenv("CLIENTOPS_DATA", str(path.parent / "raw"))

    def command(*words: str, typed: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return run("users", *words)

    return command


def test_users_are_added_listed_changed_and_removed_by_command(path, command):
    added = command("add", "Anna", "--role", "manager", "--manager-id", "3",
                    typed=f"{PASSWORD}\nno matter\n")  # fmt: skip
    assert added.status == 0 and "added Anna" in added.out
    assert command("add", "Lea", "--role", "lead", "--team", "North",
                   "--no-password").status == 0  # fmt: skip
    listed = command("list").out
    assert "Anna: manager; manager 3" in listed
    assert "Lea: lead; team North, no password" in listed
    assert users.is_password(users.read(path)["anna"].password, PASSWORD)
    assert command("password", "ANNA", typed="another long one\n").status == 0
    assert not users.is_password(users.read(path)["anna"].password, PASSWORD)
    assert command("remove", "anna").status == 0
    assert [user.name for user in users.read(path).values()] == ["Lea"]
    written = path.read_text() + (path.parent / "audit.jsonl").read_text()
    for said in (added.out, added.err, listed, written):
        assert PASSWORD not in said
    lines = (path.parent / "audit.jsonl").read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert events == ["user added", "user added", "password changed", "user removed"]


@pytest.mark.parametrize(
    ("words", "typed", "why"),
    [
        (
            ["add", "A", "--role", "boss"],
            PASSWORD,
            "'boss' is not one of 'director', 'analyst', 'lead', ",
        ),
        (["add", "A"], PASSWORD, "Choose from: director, analyst, lead, manager"),
        (["add", "A", "--role", "manager"], PASSWORD, "needs --manager-id"),
        (["add", "A", "--role", "manager", "--team", "N"], PASSWORD, "needs --manager-id"),
        (["add", "A", "--role", "lead", "--manager-id", "3"], PASSWORD, "needs --team"),
        (["add", "A", "--role", "director", "--team", "N"], PASSWORD, "sees everything"),
        (["add", " ", "--role", "director"], PASSWORD, "not a name"),
        (["add", "A\x1b[2J", "--role", "director"], PASSWORD, "not a name"),
        (["add", "A", "--role", "director"], "short", "at least 10 characters"),
        (["add", "A", "--role", "director"], "", "no password on standard input"),
        (["password", "A"], PASSWORD, "no user 'A'"),
        (["remove", "A"], "", "no user 'A'"),
    ],
)
def test_what_cannot_be_is_one_line(path, command, words, typed, why):
    done = command(*words, typed=typed)
    assert done.status == 2 and why in done.err and "Traceback" not in done.err
    assert done.err.count("\n") <= 1
    assert not path.exists()


def test_what_is_demanded_is_said_beforehand(command, monkeypatch):
    told = " ".join(command("add", "--help").out.split())
    least = f"at least {users.SHORTEST_PASSWORD} characters"
    assert least in told
    for role in users.ROLES:
        assert re.search(rf"--role {role} +\w+", told)
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(
        click.termui, "hidden_prompt_func", lambda text: asked.append(text) or PASSWORD
    )
    assert serving._password() == PASSWORD
    assert least in asked[0] and len(asked) == 2


@pytest.fixture
def add(command) -> Callable[..., Done]:
    return lambda name, *words: command("add", name, "--no-password", *words)


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (("--role", "lead", "--team", "Soth"), "no team 'Soth' in "),
        (("--role", "lead", "--team", "Soth"), "did you mean South?"),
        (("--role", "manager", "--manager-id", "3", "--manager-id", "99"), "no manager '99' in "),
        (("--role", "manager", "--manager-id", "Anna"), "known: (unassigned), 1, "),
    ],
)
def test_a_scope_that_the_data_do_not_know_is_refused(path, add, sample_store, scope, why):
    done = add("Anna", *scope, "--data", str(SAMPLE), "--store", str(sample_store))
    assert done.status == 2 and why in done.err and done.err.count("\n") == 1
    assert not path.exists()


def test_a_scope_is_taken_unchecked_where_nothing_is_built(command, add, tmp_path, sample_store):
    done = add("Mari", "--role", "lead", "--team", "Soth", "--data", str(tmp_path))
    assert done.status == 0
    assert done.err.startswith(f"not checked: {tmp_path} is not built") and "added" in done.out
    assert add("Dora", "--role", "director", "--data", str(tmp_path)).err == ""
    assert "no such folder" in add("Lea", "--role", "lead", "--team", "South", "--data",
                                   str(tmp_path / "none")).err  # fmt: skip
    there = ("--data", str(SAMPLE), "--store", str(sample_store))
    assert add("Ivo", "--role", "manager", "--manager-id", "3", *there).err == ""
    listed = command("list", *there).out
    assert "Mari: lead; team Soth (not in the data), no password" in listed
    assert "Ivo: manager; manager 3, no password" in listed
    assert "not in the data" not in command("list").out  # not built: nobody knows


def test_a_name_is_the_same_in_capitals(path):
    users.add(path, User("Анна", "director"))
    with pytest.raises(ClientOpsError, match="there already"):
        users.add(path, User("АННА ", "director"))
    assert Users(path).get(" анна").name == "Анна"


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_only_the_owner_reads_the_file_and_nobody_half_of_it(path):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for number in range(20):
            pool.submit(users.add, path, User(f"U{number}", "director"))
    assert len(users.read(path)) == 20
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {each.name for each in path.parent.iterdir()} == {"users.json", "users.json.lock"}
    path.chmod(0o640)
    with pytest.raises(ClientOpsError, match="others may read"):
        users.read(path)
    assert Users(path).get("U1") is None


@pytest.mark.parametrize(
    "text",
    ["{", "null", '[{"name": "A"}]', '[{"name": "A", "role": "boss"}]',
     '[{"name": "A", "role": "manager"}]', '[{"name": "A", "role": "lead", "manager_id": ["3"]}]',
     '[{"name": "A", "role": "manager", "manager_ids": "3"}]'],
)  # fmt: skip
def test_a_file_that_says_anything_else_lets_nobody_in(path, text):
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ClientOpsError):
        users.read(path)
    assert Users(path).get("A") is None


def test_a_hash_is_neither_shown_nor_passed_on(path):
    user = User("A", "manager", ("3",), password=users.hash_password(PASSWORD))
    assert "$argon2id$" in user.password
    assert "argon2" not in repr(user) + repr(user.viewer)
    assert msgspec.json.decode(msgspec.json.encode(user.viewer)) == {
        "name": "A", "role": "manager", "manager_ids": ["3"], "teams": [],
    }  # fmt: skip
    assert user.viewer == Viewer("A", "manager", ("3",))


def test_no_hash_fits_no_password():
    assert not users.is_password("", "")
    assert not users.is_password("", "nobody's password")
    hashed = users.hash_password(PASSWORD)
    assert users.is_password(hashed, PASSWORD)
    assert not users.is_password(hashed, PASSWORD + " ")
    assert not users.is_password(hashed, PASSWORD * 100)


def test_a_session_ends_with_any_change_of_its_user_and_with_time(path, monkeypatch):
    for name in ("A", "B", "C", "D"):
        users.add(path, User(name, "director", password=users.hash_password(PASSWORD)))
    known = Users(path)
    begun = Sessions(known)
    opened = {name: begun.begin(known.get(name), "127.0.0.1") for name in "ABCD"}
    assert len({session.key for session in opened.values()}) == 4
    assert opened["A"].key not in repr(opened["A"])
    assert begun.find(opened["A"].key) is opened["A"]
    assert begun.find("") is None and begun.find(None) is None and begun.find("x") is None
    users.set_password(path, "A", PASSWORD)
    users.remove(path, "B")
    begun.end(opened["C"])
    assert [name for name in "ABCD" if begun.find(opened[name].key)] == ["D"]
    monkeypatch.setattr(sessions, "IDLE", 0)
    assert begun.find(opened["D"].key) is None and begun.all() == []


def test_attempts_are_counted_by_pair_name_and_address(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(sessions.time, "monotonic", lambda: now[0])
    tried = Attempts()
    for _ in range(sessions.PER_PAIR):
        assert tried.wait("Ann", "10.0.0.1") == 0
        tried.begin("Ann", "10.0.0.1")
    assert 0 < tried.wait("ANN ", "10.0.0.1") <= sessions.WINDOW + 1
    assert tried.wait("Ann", "10.0.0.2") == 0 and tried.wait("Bob", "10.0.0.1") == 0
    now[0] += sessions.WINDOW + 1
    assert tried.wait("Ann", "10.0.0.1") == 0
    for number in range(sessions.PER_NAME_OR_ADDRESS):
        tried.begin(f"name {number}", "10.0.0.1")
        tried.begin("Bob", f"10.0.1.{number}")
    assert 0 < tried.wait("anybody", "10.0.0.1") <= sessions.SLOWED  # others may be behind it
    assert tried.wait("Bob", "10.9.9.9") > sessions.SLOWED
    assert tried.wait("anybody", "10.9.9.9") == 0
    now[0] += sessions.SLOWED
    assert tried.wait("anybody", "10.0.0.1") == 0


def test_a_browser_that_is_known_does_not_pay_for_others(tmp_path):
    users.add(tmp_path / "users.json", User("Bob", "director"))
    bob = Users(tmp_path / "users.json").get("Bob")
    begun, tried = Sessions(Users(tmp_path / "users.json")), Attempts()
    sign = begun.know(bob)
    assert begun.known(sign, "bob ") == sign and begun.known(sign, "Ann") == ""
    assert begun.known(None, "Bob") == begun.known("guessed", "Bob") == ""
    for number in range(sessions.PER_NAME_OR_ADDRESS):
        tried.begin("Bob", "10.0.0.1")
        tried.begin(f"name {number}", "10.0.0.1")
    assert tried.wait("Bob", "10.0.0.1") and tried.wait("Bob", "10.0.0.1", sign) == 0
    for _ in range(sessions.PER_PAIR):
        tried.begin("Bob", "10.0.0.1", sign)
    assert tried.wait("Bob", "10.0.0.1", sign)


def test_the_audit_log_is_read_line_by_line_whatever_stands_in_it(tmp_path):
    log = Audit(tmp_path)
    odd = "/x?\u2028\x85\u2029\x0b\x1c"
    log.note("page opened", query=odd)
    log.note("page ended", query=odd)
    assert [each["event"] for each in log.latest(5)] == ["page ended", "page opened"]
    assert all(each["query"] == odd for each in log.latest(5))


def test_an_attempt_without_a_name_counts_for_its_address():
    tried = Attempts()
    for _ in range(sessions.PER_NAME_OR_ADDRESS):
        tried.begin("", "10.0.0.1")
    assert tried.wait("", "10.0.0.1") and tried.wait("Ann", "10.0.0.1")


def test_a_right_password_is_no_failed_attempt():
    tried = Attempts()
    for _ in range(3 * sessions.PER_NAME_OR_ADDRESS):
        assert tried.wait("Ann", "10.0.0.1") == 0
        tried.begin("Ann", "10.0.0.1")
        tried.forgive("Ann", "10.0.0.1")


def test_one_host_of_ipv6_has_one_count():
    tried = Attempts()
    for number in range(sessions.PER_PAIR):
        tried.begin("Ann", f"2001:db8::{number:x}")
    assert tried.wait("Ann", "2001:db8::ffff") and not tried.wait("Ann", "2001:db8:0:1::1")
