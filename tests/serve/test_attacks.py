"""Attempts to see another's rows or to run code, against a live server: none succeeds, each is
answered cleanly. Every name in the data says whose it is, so whatever Ann is told is searched for
others' names."""

import base64
import concurrent.futures
import contextlib
import functools
import io
import json
import os
import re
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import psutil
import pytest
import websockets.exceptions

from clientops.serve import kernel_handlers, users
from clientops.serve.kernels import PACKAGE
from clientops.serve.prerendered import LOWER_PRIORITY
from tests.serve import firm
from tests.serve.conftest import Server, eventually
from tests.serve.visitors import PASSWORD, Answer, Visitor, channels

SIGN_IN = "/sign-in"
FILES = "/files/0123456789abcdef"
NAMES = ("ann", "bob", "lea", "dora")


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """Ann, who attacks, and Bob, Lea and Dora, who have a page open each."""
    folder = tmp_path_factory.mktemp("firm")
    firm.built(folder)
    server = Server(folder)
    with contextlib.ExitStack() as stack:
        people = {
            name: Visitor(server, name.capitalize()) for name in ("ann", "bob", "lea", "dora")
        }
        kernels, sockets = {}, {}
        for name, person in people.items():  # a page that nobody holds on to ends within seconds
            kernels[name] = person.open()
            sockets[name] = stack.enter_context(channels(person, kernels[name]))
        yield SimpleNamespace(
            server=server, folder=folder, kernels=kernels, ann_page=sockets["ann"],
            users=folder / "config" / "clientops" / "users.json", **people,
        )  # fmt: skip
    assert server.stop() == 0
    assert f"{PACKAGE}/" not in server.log.read_text()  # no traceback leads through our code


@pytest.fixture(scope="module")
def still(world) -> SimpleNamespace:
    """The same when no page is drawn beforehand any more, each of which takes as long as to open
    it; what was drawn is still shown."""
    world.server.draw_no_more()
    return world


ATTACKS, ON_DRAWN = {}, {}


def attack(function):
    """The docstring says what is tried."""
    ATTACKS[function.__name__] = function
    return function


def attack_on_drawn(function):
    """Of pages that are drawn beforehand meanwhile."""
    ON_DRAWN[function.__name__] = function
    return function


def test_there_are_enough():
    assert len(ATTACKS | ON_DRAWN) >= 25


@pytest.mark.parametrize("name", ON_DRAWN)
def test_none_on_what_is_drawn_succeeds(world, name):
    attempt(world, ON_DRAWN[name])


@pytest.mark.parametrize("name", ATTACKS)
def test_none_succeeds(still, name):
    attempt(still, ATTACKS[name])


def attempt(world, attack) -> None:
    before = len(world.ann.told)
    stranger = Visitor(world.server)
    world.ann.get("/")  # a token against forgery
    world.stranger = stranger
    attack(world)
    for text in [*world.ann.told[before:], *stranger.told]:
        for mark in ("bob-", "cleo-", "Traceback", "argon2", "/site-packages/", "clientops/serve"):
            assert mark not in text
    for text in stranger.told:
        assert "ann-" not in text
    others = [world.bob, world.lea, world.dora]
    for person in others:
        answer = person.get(f"/alive/{world.kernels[person.name.lower()]}")
        assert json.loads(answer.text)["alive"], person.name


def to_sign_in(answer: Answer) -> bool:
    return answer.status == 302 and answer.headers["Location"].startswith(SIGN_IN)


def forbidden(answer: Answer) -> bool:
    return answer.status in (403, 404, 405)


# --- who asks ---


@attack
def no_cookie(world):
    """Every address without having signed in."""
    for path in ("/", "/portfolio", "/drafts/secret_plan", "/admin", "/nothing"):
        assert to_sign_in(world.stranger.get(path)), path
    assert "data to" not in world.stranger.get(SIGN_IN).text
    assert "data to" in world.ann.get("/pages").text
    for path in (f"/alive/{world.kernels['bob']}", f"/api/kernels/{world.kernels['bob']}"):
        assert forbidden(world.stranger.get(path))


@attack
def forged_cookies(world):
    """Cookies that guess: a name, JSON of a viewer, an empty one, another port's, a part of one."""
    real = world.bob.cookies[world.bob.session]
    guesses = ["Dora", '{"role": "director"}', "", "0", real[:-1], real + "0", real.swapcase()]
    for value in guesses:
        assert to_sign_in(world.stranger.get("/", Cookie=f"{world.bob.session}={value}")), value
    assert to_sign_in(world.stranger.get("/", Cookie=f"clientops-1={real}"))
    assert to_sign_in(world.stranger.get("/", Cookie=f"__Host-{world.bob.session}={real}"))


@attack
def forged_headers(world):
    """Headers in which proxies name users, and tokens of Jupyter."""
    for name in ("X-Remote-User", "X-Forwarded-User", "Remote-User", "X-Auth-Request-User"):
        assert to_sign_in(world.stranger.get("/", **{name: "Dora"}))
        assert "Dora" not in world.ann.get("/pages", **{name: "Dora"}).text
    assert to_sign_in(world.stranger.get("/?token=x", Authorization="token x"))
    assert to_sign_in(world.stranger.get("/?user=Dora&viewer=Dora&role=director"))


@attack
def forged_address(world):
    """A forwarded address and protocol without a proxy: neither believed nor logged."""
    world.stranger.sign_in("Bob", "wrong password", next="/")
    world.stranger.get(SIGN_IN, X_Forwarded_Proto="https")
    refused = Visitor(world.server).request(
        "POST", SIGN_IN, "name=Bob", X_Forwarded_For="6.6.6.6")  # fmt: skip
    assert refused.status == 403
    assert "6.6.6.6" not in json.dumps(world.server.audit())


@attack
def a_key_planted_before_signing_in(world):
    """Session fixation: the key one had is not the key one gets."""
    victim = Visitor(world.server)
    victim.cookies[world.ann.session] = "planted"
    assert victim.sign_in("Lea").status == 303
    assert victim.cookies[victim.session] != "planted"
    assert to_sign_in(world.stranger.get("/", Cookie=f"{victim.session}=planted"))
    second = Visitor(world.server)
    second.cookies = dict(victim.cookies)
    assert second.sign_in("Lea").status == 303
    assert second.cookies[second.session] != victim.cookies[victim.session]


@attack
def many_passwords(world):
    """Guessing, also many at once: after five the right password is not heard either."""
    world.stranger.get(SIGN_IN)
    fields = {"name": "Bob", "next": "/"}
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        guesses = [pool.submit(world.stranger.post, SIGN_IN, fields | {"password": f"guess {n}"})
                   for n in range(12)]  # fmt: skip
        found = sorted(guess.result().status for guess in guesses)
    assert set(found) == {403, 429} and found.count(403) <= 5
    last = world.stranger.sign_in("Bob")
    assert last.status == 429 and int(last.headers["Retry-After"]) > 0
    assert "Too many attempts" in last.text
    log = world.server.audit()
    assert any(e["event"] == "sign-in refused" and e["why"] == "too many attempts" for e in log)
    assert "guess" not in json.dumps(log)


@attack
def many_connections_of_one_page(world):
    """Each takes files of the server: a tab needs three."""
    kernel = world.kernels["ann"]
    with contextlib.ExitStack() as stack:
        for _ in range(kernel_handlers.MOST_CONNECTIONS - 1):  # one is held already
            stack.enter_context(world.ann.socket(f"/here/{kernel}"))
        assert world.ann.refused(f"/here/{kernel}") == 429
        assert world.ann.refused(f"/voila/execution/{kernel}") == 429
        assert world.bob.refused(f"/here/{world.kernels['bob']}") == 101
    assert eventually(lambda: world.ann.refused(f"/here/{kernel}") == 101) is not False


@attack
def a_connection_given_up_while_the_kernel_starts(world):
    """Nobody is left to speak to; the log of the server is looked at in the end."""
    kernel = kernel_of(world.ann.get("/fail"))
    host, cookies = world.server.address.removeprefix("http://"), world.ann.cookies.items()
    for _ in range(3):
        with socket.create_connection(host.split(":"), timeout=60) as raw:
            raw.sendall(
                f"GET /api/kernels/{kernel}/channels HTTP/1.1\r\nHost: {host}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                f"Cookie: {'; '.join(f'{k}={v}' for k, v in cookies)}\r\n\r\n".encode()
            )
            time.sleep(0.01)
    assert world.ann.leave(kernel).status == 204


@attack
def an_address_with_odd_line_ends(world):
    """What would cut a line of the log in two for whoever reads it."""
    for odd in ("%E2%80%A8", "%C2%85", "%0B", "%1C"):
        world.ann.get(f"/nothing?month={odd}")
        world.ann.get(f"/portfolio?x={odd}", Sec_Fetch_Site="cross-site")
    host = world.server.address.removeprefix("http://")
    cookies = "; ".join(f"{name}={value}" for name, value in world.ann.cookies.items())
    with socket.create_connection(host.split(":"), timeout=60) as raw:
        raw.sendall(b"GET /portfolio?x=\x85 HTTP/1.1\r\nConnection: close\r\n"
                    + f"Host: {host}\r\nCookie: {cookies}\r\n\r\n".encode())  # fmt: skip
        assert raw.recv(1 << 16).startswith(b"HTTP/1.1 ")
    assert world.dora.get("/admin").status == 200


@attack
def another_site_to_go_on_to(world):
    """An address behind the sign-in that leads away."""
    for place in ("//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "\\\\evil",
                  "javascript:alert(1)", "/%0d%0aSet-Cookie: a=b\r\nX: y",
                  "///evil.example"):  # fmt: skip
        visitor = Visitor(world.server)
        answer = visitor.sign_in("Lea", next=place)
        assert (answer.status, answer.headers["Location"]) == (303, "/"), place
        assert visitor.post("/sign-out").status == 303


@attack
def the_session_after_signing_out(world):
    """The old cookie, the old page, and its kernel."""
    leaver = Visitor(world.server, "Ann")
    kernel = leaver.open("/rows")
    old = dict(leaver.cookies)
    with channels(leaver, kernel) as page:
        assert leaver.post("/sign-out").status == 303
        assert not leaver.cookies[leaver.session]
        leaver.cookies = old
        assert to_sign_in(leaver.get("/")) and to_sign_in(leaver.get("/portfolio"))
        assert forbidden(leaver.get(f"/alive/{kernel}"))
        assert leaver.refused(f"/api/kernels/{kernel}/channels") == 403
        with pytest.raises((TimeoutError, websockets.exceptions.ConnectionClosed)):
            page.until_idle(page.send("kernel_info_request", {}), seconds=2)


@attack
def a_user_removed_while_signed_in(world):
    """The session, the open page and its kernel end within seconds."""
    hashed = users.hash_password(PASSWORD)
    users.add(world.users, users.User("Eve", "director", password=hashed))
    eve = Visitor(world.server, "Eve")
    kernel = eve.open("/rows")
    with channels(eve, kernel):
        users.remove(world.users, "Eve")
        assert to_sign_in(eve.get("/portfolio"))
        assert eve.refused(f"/api/kernels/{kernel}/channels") == 403
        eventually(lambda: is_noted(world, kernel, "signed out"))
    assert eve.sign_in("Eve").status == 403


@attack
def a_scope_made_narrower_while_signed_in(world):
    """What was open with the wider scope ends; so does a changed password's session."""
    hashed = users.hash_password(PASSWORD)
    users.add(world.users, users.User("Eve", "lead", (), ("North",), hashed))
    eve = Visitor(world.server, "Eve")
    kernel = eve.open("/rows")
    with channels(eve, kernel):
        users.remove(world.users, "Eve")
        users.add(world.users, users.User("Eve", "manager", ("m3",), (), hashed))
        assert to_sign_in(eve.get("/"))
        eventually(lambda: is_noted(world, kernel, "signed out"))
    assert eve.sign_in("Eve").status == 303
    users.set_password(world.users, "Eve", PASSWORD)
    assert to_sign_in(eve.get("/"))
    users.remove(world.users, "Eve")


def is_noted(world, kernel: str, why: str) -> bool:
    return any(event.get("kernel") == kernel and event.get("why") == why
               for event in world.server.audit())  # fmt: skip


# --- other people's kernels ---


@attack
def a_foreign_kernel_by_its_address(world):
    """Its model, whether it lives, its end."""
    kernel = world.kernels["bob"]
    assert forbidden(world.ann.get(f"/api/kernels/{kernel}"))
    assert forbidden(world.ann.get(f"/alive/{kernel}"))
    assert world.ann.leave(kernel).status == 403
    for method in ("DELETE", "POST", "PUT", "PATCH"):
        assert forbidden(world.ann.request(method, f"/api/kernels/{kernel}"))
        assert forbidden(world.ann.request(method, f"/api/kernels/{kernel}/restart"))


@attack
def a_foreign_kernel_by_websocket(world):
    """Its channels and the outputs of its cells, as Ann, as nobody, and with a session id."""
    for owner in ("bob", "lea", "dora"):
        kernel = world.kernels[owner]
        for path in (f"/api/kernels/{kernel}/channels", f"/voila/execution/{kernel}",
                     f"/api/kernels/{kernel}/channels?session_id=s&token=x"):  # fmt: skip
            assert world.ann.refused(path) == 403
            assert world.stranger.refused(path) == 403
    assert any(event["event"] == "foreign page refused" for event in world.server.audit())
    own = world.kernels["ann"]
    assert world.stranger.refused(f"/api/kernels/{own}/channels") == 403
    assert world.ann.refused("/api/kernels/00000000-0000-0000-0000-000000000000/channels") == 403


@attack
def the_same_user_elsewhere(world):
    """Another session of the same user has no part in this one's kernels."""
    second = Visitor(world.server, "Ann")
    assert forbidden(second.get(f"/alive/{world.kernels['ann']}"))
    assert second.refused(f"/api/kernels/{world.kernels['ann']}/channels") == 403


@attack
def a_websocket_from_another_site(world):
    """The browser sends the cookie along, and where it comes from."""
    for path in ("/api/kernels/{}/channels", "/voila/execution/{}"):
        for origin in ("http://evil.example", "null", "https://127.0.0.1.evil.example"):
            assert world.ann.refused(path.format(world.kernels["ann"]), Origin=origin) == 403


# --- what a page is asked for ---


@attack
def another_scope_in_the_query(world):
    """Managers, teams, groups and variables of the environment, once and twice."""
    for query in ("manager_id=m2", "manager_id=*&manager_id=m2", "team=South", "manager_id=",
                  "client_group=group+of+bob-client"[:22], "data=..%2Fdata&store=x", "viewer=Dora",
                  'CLIENTOPS_VIEWER={"role":"director"}', "month=2026-13", "month=%27%3B--",
                  "window_months=1e9", "xyz_by=__class__", "measure[]=revenue",
                  "&&&=&=%00%ff"):  # fmt: skip
        kernel = world.ann.open(f"/portfolio?{query}")
        assert world.ann.leave(kernel).status == 204


@attack
def a_query_that_is_no_text(world):
    """Ends of lines, zero bytes, very many bytes."""
    for query in ("%0d%0aX-Evil:%201", "a%00b", "x" * 20_000, "a=" + "%F0" * 500):
        answer = world.ann.get(f"/rows?{query}")
        assert answer.status == 200 and "X-Evil" not in answer.headers
        assert world.ann.leave(kernel_of(answer)).status == 204
    with contextlib.suppress(ConnectionError):  # hung up on
        assert world.ann.get("/rows?" + "x" * 200_000).status in (400, 431)


def kernel_of(answer: Answer) -> str:
    return answer.text.partition('data-kernel="')[2][:36]


@attack
def values_that_widgets_do_not_have(world):
    """Null, numbers out of range, texts, lists and objects in the place of an option."""
    manager = world.ann_page.widget(description="Manager")
    for value in (None, 99, -1, "m2", "*", [1], {"index": 1}, 1.5, True, 10**30):
        world.ann_page.until_idle(world.ann_page.update(manager, index=value))
    world.ann_page.until_idle(world.ann_page.update(manager, index=0))


@attack
def options_that_were_not_offered(world):
    """The options of a control rewritten by the browser, and one of them chosen."""
    team = world.ann_page.widget(description="Manager")
    world.ann_page.until_idle(
        world.ann_page.update(team, _options_labels=["everyone", "bob"], options=["*", "m2"])
    )
    for index in (0, 1):
        world.ann_page.until_idle(world.ann_page.update(team, index=index))


@attack
def words_of_the_page_to_its_kernel(world):
    """The hidden field through which clicks come."""
    states = world.ann_page.widgets()
    fields = [key for key, state in states.items() if state.get("_model_name") == "TextModel"]
    for number, line in enumerate((
        "excel client_classes", "excel ../../etc/passwd", "excel __class__", "cell manager_id=m2",
        "cell client_id=m2-1", "cell " + "a=b&" * 5000, "sort client_classes __class__",
        "sort client_classes client_id", "screen huge", "\0", "", "eval __import__('os')",
    )):  # fmt: skip
        for field in fields:
            world.ann_page.until_idle(world.ann_page.update(field, value=f"{number} {line}"))


@attack
def a_search_for_others(world):
    """The search of a list finds in the own rows only."""
    states = world.ann_page.widgets()
    field = next(key for key, state in states.items() if state.get("placeholder") == "Search")
    for text in ("bob", "m2-", ".*", "' or 1=1 --", "cleo"):
        found = world.ann_page.until_idle(world.ann_page.update(field, value=text))
        echo = json.dumps(found).count("bob-") + json.dumps(found).count("cleo-")
        assert echo == 0
    world.ann_page.until_idle(world.ann_page.update(field, value=""))


# --- running code ---


def ran(world) -> bool:
    """Whether a command of ours was run anywhere."""
    return (world.folder / "ran").exists()


def code(world) -> str:
    return f"open({str(world.folder / 'ran')!r}, 'w')"


@attack
def code_as_a_message(world):
    """Requests to execute, inspect, complete, debug, interrupt, by every channel."""
    command = {"code": code(world), "silent": False, "user_expressions": {"x": code(world)},
               "allow_stdin": True}  # fmt: skip
    for channel in ("shell", "control", "stdin", "iopub", "nothing", None):
        world.ann_page.send("execute_request", command, channel)
        world.ann_page.send("inspect_request", {"code": "open", "cursor_pos": 2}, channel)
        world.ann_page.send("complete_request", {"code": "op", "cursor_pos": 2}, channel)
        world.ann_page.send("history_request", {"hist_access_type": "tail", "n": 9}, channel)
        world.ann_page.send("debug_request", {"type": "request", "command": "evaluate",
                            "arguments": {"expression": code(world)}}, channel)  # fmt: skip
        world.ann_page.send("interrupt_request", {}, channel)
        world.ann_page.send("create_subshell_request", {}, channel)
        world.ann_page.send("input_reply", {"value": code(world)}, channel)
    world.ann_page.until_idle(world.ann_page.send("kernel_info_request", {}))
    assert not ran(world)


@attack
def code_behind_another_name(world):
    """One name twice, in other letters, as a number, only outside the header."""
    content = json.dumps({"code": code(world), "silent": False})
    kernel = world.kernels["ann"]
    for header in ('"msg_type": "execute_request", "msg_type": "comm_msg"',
                   '"msg_type": "comm_msg", "msg_type": "execute_request"',
                   '"msg_type": "EXECUTE_REQUEST"', '"msg_type": ["execute_request"]',
                   '"msg_type": null', '"msg_type": "execute_request\\u0000"'):  # fmt: skip
        text = (f'{{"channel": "shell", "msg_type": "execute_request", "header": {{"msg_id": "1", '
                f'"session": "s", "username": "", "version": "5.3", {header}}}, '
                f'"parent_header": {{}}, "metadata": {{}}, "content": {content}, '
                '"buffers": []}')  # fmt: skip
        with world.ann.socket(f"/api/kernels/{kernel}/channels") as socket:
            socket.send(text)
    world.ann_page.until_idle(world.ann_page.send("kernel_info_request", {}))
    assert not ran(world)


@attack
def code_by_the_binary_protocol(world):
    """The same by Jupyter's other way to write messages."""
    header = json.dumps({"msg_id": "1", "msg_type": "execute_request", "session": "s",
                         "username": "", "version": "5.3"}).encode()  # fmt: skip
    parts = [b"shell", header, b"{}", b"{}", json.dumps({"code": code(world)}).encode()]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    packed = b"".join(struct.pack("<Q", each) for each in [len(offsets), *offsets])
    path = f"/api/kernels/{world.kernels['ann']}/channels"
    with world.ann.socket(path, protocol="v1.kernel.websocket.jupyter.org") as socket:
        socket.send(packed + b"".join(parts))
    world.ann_page.until_idle(world.ann_page.send("kernel_info_request", {}))
    assert not ran(world)


@attack
def what_is_no_message(world):
    """Garbage ends the connection that sent it, and nothing else."""
    kernel = world.kernels["ann"]
    for garbage in ("", "{", "[]", "null", '{"channel": "shell"}', b"\x00" * 7, b"\xff" * 100,
                    '{"channel": {}, "header": {}}', "9" * 5000, '{"header": null}'):  # fmt: skip
        for path in (f"/api/kernels/{kernel}/channels", f"/voila/execution/{kernel}"):
            with world.ann.socket(path) as socket:
                socket.send(garbage)
    with (
        world.ann.socket(f"/api/kernels/{kernel}/channels") as socket,
        pytest.raises(websockets.exceptions.ConnectionClosed),
    ):
        socket.send("x" * (2 << 20))
        while True:
            socket.recv(30)
    world.ann_page.until_idle(world.ann_page.send("kernel_info_request", {}))


@attack
def a_log_full_of_messages(world):
    """What is sent does not stand in the log whole, nor on lines of its own."""
    page, log = world.ann_page, world.server.log
    before = log.stat().st_size
    lines = "z" * (900 << 10) + "\nforged line\n\x1b[31m"
    page.send(lines[-30:], {"x": lines})
    page.send(lines, {})
    page.send("comm_msg", {"comm_id": "x", "data": {}}, channel=lines)
    page.send("comm_msg", {"comm_id": lines, "data": {}})
    page.send("comm_open", {"comm_id": "y", "target_name": lines, "data": {}})
    page.send("comm_msg", {"comm_id": "x", "data": {"x": lines}}, channel=None)
    page.until_idle(page.send("kernel_info_request", {}))
    said = log.read_bytes()[before:]
    assert b"not allowed" in said and b"No channel specified" in said
    assert len(said) < 20_000 and b"\nforged" not in said and b"\x1b" not in said


@attack
def parts_that_a_message_only_announces(world):
    """In both binary formats: very many, and few that each are all of it. Nobody waits for that."""
    path = f"/api/kernels/{world.kernels['ann']}/channels"
    number, text = world.server.process.pid, b"z" * (900 << 10)
    before = psutil.Process(number).memory_info().rss
    for protocol, form in (("v1.kernel.websocket.jupyter.org", "<Q"), ("", ">I")):
        many = struct.pack(form, 50_000_000) + bytes(100)
        whole = b"".join(struct.pack(form, each) for each in [2000, *[0, len(text)] * 1000])
        for message in (many, whole + text):
            with world.ann.socket(path, protocol=protocol) as socket:
                socket.send(message)
                time.sleep(0.3)  # it is there
                start = time.monotonic()
                assert world.stranger.get(SIGN_IN).status == 200
                assert time.monotonic() - start < 2
                with pytest.raises(websockets.exceptions.ConnectionClosed):
                    while True:
                        socket.recv(30)
    assert psutil.Process(number).memory_info().rss - before < 100 << 20
    world.ann_page.until_idle(world.ann_page.send("kernel_info_request", {}))


@attack
def very_much_at_once(world):
    """Two hundred messages of a megabyte to a kernel that is at work: nobody keeps them for it."""
    kernel, text, sent = world.ann.open("/fail"), "y" * ((1 << 20) - 1000), []
    processes = [psutil.Process(world.server.process.pid), *world.server.kernels()]
    before = {each: each.memory_info().rss for each in processes}
    with channels(world.ann, kernel) as page, concurrent.futures.ThreadPoolExecutor(1) as pool:
        page.update(page.widget(description="Mood"), index=2)  # some seconds of work
        sending = pool.submit(
            lambda: sent.extend(page.comm("nothing", {"x": text}) for _ in range(200))
        )
        time.sleep(3)
        there = [each for each in processes if each.is_running()]  # what was left may have ended
        assert sum(each.memory_info().rss - before[each] for each in there) < 40 << 20
        sending.result()
        page.until_idle(sent[-1])
    world.ann.leave(kernel)


@attack
def widgets_of_ones_own(world):
    """Comms to targets that are not there, and widgets that nobody made."""
    page = world.ann_page
    for number, (target, module) in enumerate((
        ("os.system", "os"), ("jupyter.widget", "subprocess"), ("__main__", "clientops.book"),
        ("jupyter.widget.version", ""), ("", ""),
    )):  # fmt: skip
        page.until_idle(page.send("comm_open", {
            "comm_id": f"evil-{number}", "target_name": target, "target_module": module,
            "data": {"state": {"_model_module": "clientops.book", "_model_name": "open_book",
                               "_model_module_version": "1", "_view_name": "x",
                               "_view_module": "os", "_view_module_version": "1",
                               "value": code(world)}},
        }))  # fmt: skip
        page.until_idle(page.comm(f"evil-{number}", {"method": "request_state"}))
        page.until_idle(page.comm(f"evil-{number}", {"method": "custom", "content": code(world)}))
    world.ann_page.until_idle(page.send("comm_info_request", {"target_name": None}))
    assert not ran(world)


@attack
def paths_of_states(world):
    """Buffers of a state put where no state is."""
    manager = world.ann_page.widget(description="Manager")
    for paths in ([["__class__", "x"]], [[]], [["index", 0, "a"]], "x", [[0]]):
        world.ann_page.until_idle(world.ann_page.comm(
            manager, {"method": "update", "state": {"index": 0}, "buffer_paths": paths}
        ))  # fmt: skip


@attack
def failures_that_tell_much(world):
    """A page that fails and a control that fails show a number, the log the rest."""
    kernel = world.ann.open("/wrong")
    assert "Something went wrong here" in world.ann.told[-1]
    assert "inner_detail" not in world.ann.told[-1]
    world.ann.leave(kernel)
    kernel = world.ann.open("/fail")
    with channels(world.ann, kernel) as page:
        mood = page.widget(description="Mood")
        said = json.dumps(page.until_idle(page.update(mood, index=1)))
    assert "inner detail" not in said and "secret.py" not in said
    world.ann.leave(kernel)
    assert "inner detail" in world.server.log.read_text()


# --- files, pages and forms ---


@attack
def files_of_the_server(world):
    """Sources, data, users, notebooks, by every way out of a folder."""
    outs = ["..", "..%2f", "%2e%2e/", "..%5c", "....//", "%252e%252e/"]
    paths = [f"{FILES}/{room}/{out}{'/' if out == '..' else ''}{name}"
             for room in ("page", "fonts", "voila") for out in outs
             for name in ("app.py", "users.json", "clientops.toml")]  # fmt: skip
    paths += [f"{FILES}/page//etc/passwd", f"{FILES}/labextensions/../../../../etc/passwd",
              f"{FILES}/page/", f"{FILES}/voila/", "/portfolio.ipynb", "/rows.ipynb", "/data/",
              "/../data/shipments.csv", "/notebooks/rows.ipynb", "/voila/files/rows.ipynb",
              "/files/rows.ipynb", "/.git/config", "/users.json", "/audit.jsonl",
              "/static/app.py", "/robots.txt%00.html"]  # fmt: skip
    for path in paths:
        assert forbidden(world.ann.get(path)), path
        assert "import " not in world.ann.told[-1]


@attack
def pages_of_jupyter(world):
    """What Voila and Jupyter Server would answer."""
    for path in ("/voila/tree", "/voila/render/rows.ipynb", "/voila/api/contents", "/api",
                 "/api/contents", "/api/kernels", "/api/kernelspecs", "/api/sessions", "/api/me",
                 "/api/terminals", "/api/status", "/metrics", "/login", "/logout", "/lab",
                 "/voila/query/00000000-0000-0000-0000-000000000000", "/api/spec.yaml",
                 "/tree"):  # fmt: skip
        assert forbidden(world.ann.get(path)), path
        assert forbidden(world.ann.post(path)), path


@attack
def another_template(world):
    """Voila's parameters change nothing."""
    plain = world.ann.get("/wrong")
    other = world.ann.get("/wrong?template=base&theme=dark&voila-template=x&show_tracebacks=1")
    assert 'class="jp-Notebook theme-light"' in other.text and "dark" not in other.text
    for answer in (plain, other):
        world.ann.leave(kernel_of(answer))


@attack
def drafts(world):
    """Neither shown nor opened, however the address is written."""
    assert (
        "secret" not in world.ann.get("/pages").text
        and "secret" not in world.lea.get("/pages").text
    )
    for path in ("/drafts/secret_plan", "/drafts/secret_plan?x", "/drafts%2fsecret_plan",
                 "//drafts/secret_plan", "/./drafts/secret_plan", "/Drafts/secret_plan",
                 "/drafts/../drafts/secret_plan", "/drafts/secret_plan/"):  # fmt: skip
        for person in (world.ann, world.lea):
            assert forbidden(person.get(path)), path
    assert "secret" in world.dora.get("/pages").text
    world.dora.leave(world.dora.open("/drafts/secret_plan"))


@attack
def the_debts_of_others(world):
    """The page of money owed, asked for another manager, a team, everybody; the own is there."""
    for query in ("?manager_id=m2", "?manager_id=*", "?team=North", "?client_group=group+of+bob"):
        world.ann.leave(world.ann.open(f"/turnover{query}"))
    kernel = world.ann.open("/turnover")
    with channels(world.ann, kernel) as page:
        assert "ann-client" in json.dumps(page.widgets())
    world.ann.leave(kernel)


@attack
def a_client_of_others(world):
    """Its page, by its number or others; the list of all; what the header finds."""
    for number in (
        "m2-3",
        "m3-0",
        "*",
        "%25",
        "m1-0%27%20or%201=1",
        "(other)",
        "m2-3&client_id=m2-4",
    ):
        kernel = world.ann.open(f"/client?client_id={number}")
        assert "unknown client_id" in world.ann.told[-1], number
        world.ann.leave(kernel)
    kernel = world.ann.open("/client?client_id=m1-3")
    with channels(world.ann, kernel) as page:
        shown = json.dumps(page.widgets())
    assert "ann-client-3" in shown and "bob-" not in shown and "cleo-" not in shown
    world.ann.leave(kernel)
    for path in ("/base?manager_id=*", "/calls?manager_id=m2", "/calls"):
        kernel = world.ann.open(path)
        with channels(world.ann, kernel) as page:
            shown = json.dumps(page.widgets())
        assert "bob-" not in shown and "cleo-" not in shown
        world.ann.leave(kernel)
    for text in ("bob", "m2", "client-3", "%25", "_", "%27%20or%201=1--", "%F0", "x" * 3000):
        for part in ("", "&part=1"):
            answer = world.ann.get(f"/find?q={text}{part}")
            assert answer.status in (200, 400)
            assert answer.status == 400 or text != "client-3" or "ann-client-3" in answer.text
    assert to_sign_in(world.stranger.get("/find?q=a"))
    assert "bob-client-3" in world.dora.get("/find?q=bob-client-3&part=1").text


@attack
def what_was_read_from_where(world):
    """The page of the data, however its address is written; the header tells days and no more."""
    for path in ("/data", "/data?month=2026-01", "/%64ata", "//data", "/./data", "/data/", "/Data",
                 "/data.ipynb"):  # fmt: skip
        for person in (world.ann, world.lea, world.bob):
            assert forbidden(person.get(path)), path
    for person in (world.ann, world.lea):
        text = person.get("/pages").text
        assert 'href="/data' not in text and ".csv" not in text
        assert "<dt>shipments</dt><dd>Dec 15, 2026</dd>" in text
    assert 'href="/data"' in world.dora.get("/pages").text
    world.dora.leave(world.dora.open("/data"))


@attack
def the_state_of_the_server(world):
    """For directors and analysts only."""
    for person in (world.ann, world.bob, world.lea):
        assert person.get("/admin").status == 403
        assert "/admin" not in person.get("/pages").text
    assert "Who is signed in" in world.dora.get("/admin").text


@attack
def forms_of_another_site(world):
    """Without the token, with a wrong one, with somebody else's, with another origin."""
    own = world.kernels["ann"]
    token = world.ann.cookies["_xsrf"]
    for path in ("/sign-out", SIGN_IN, f"/voila/api/shutdown/{own}"):
        assert world.ann.request("POST", path).status == 403
        assert world.ann.post(path, {"_xsrf": "x"}).status == 403
        assert world.ann.post(path, {"_xsrf": world.bob.cookies["_xsrf"]}).status == 403
        assert world.ann.post(path, {"_xsrf": token}, Origin="http://evil.example").status in (
            403, 404,
        )  # fmt: skip
        assert world.ann.get(path + f"?_xsrf={token}").status in (302, 403, 405)
    assert world.ann.get("/pages").status == 200
    assert json.loads(world.ann.get(f"/alive/{own}").text)["alive"]


@attack
def a_page_inside_another(world):
    """A picture, a script, a frame of another site starts no kernel."""
    before = len(world.server.kernels())
    for mode, kind in (("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe"),
                       ("no-cors", "script"), ("navigate", "object")):  # fmt: skip
        for site in ("cross-site", "same-site"):
            answer = world.ann.get("/rows", Sec_Fetch_Site=site, Sec_Fetch_Mode=mode,
                                   Sec_Fetch_Dest=kind)  # fmt: skip
            assert answer.status == 403
            assert answer.headers["X-Frame-Options"] == "DENY"
    assert len(world.server.kernels()) <= before  # those of other attacks may have ended


@attack
def methods_that_pages_do_not_have(world):
    """Writing to a page, tracing, and methods nobody knows."""
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "X" * 500):
        for path in (
            "/",
            "/portfolio",
            "/admin",
            "/nothing",
            "/files/0123456789abcdef/page/page.js",
        ):
            assert world.ann.request(method, path).status in (400, 403, 404, 405), (method, path)


@attack
def another_host(world):
    """A host that is not ours never shows up in where an answer leads."""
    for host in ("evil.example", "127.0.0.1@evil.example", "evil.example:80"):
        answer = world.stranger.get("/portfolio", Host=host)
        assert "evil" not in answer.headers.get("Location", "") + answer.text


# --- what is seen ---


@attack
def what_the_lead_sees(world):
    """The team and nobody else."""
    world.lea.leave(world.lea.open("/rows"))
    text = world.lea.told[-2]
    assert "ann-client-1" in text and "bob-client-1" in text and "cleo-" not in text


@attack
def what_the_manager_sees(world):
    """The own rows; the director sees all."""
    kernel = world.ann.open("/rows")
    assert "ann-client-1" in world.ann.told[-1]
    world.ann.leave(kernel)
    kernel = world.dora.open("/rows")
    assert all(f"{name}-client-1" in world.dora.told[-1] for name in ("ann", "bob", "cleo"))
    world.dora.leave(kernel)


@attack
def what_somebody_without_clients_sees(world):
    """That there is nothing, and nothing of the company in place of it."""
    nick = Visitor(world.server, "Nick")
    nick.leave(nick.open("/portfolio"))
    text = nick.told[-2]
    assert "There are no clients and no sales of m9 in these data" in text
    assert "<section" not in text and "-client" not in text


@attack_on_drawn
def prerendered_pages_of_others(world):
    """A page drawn beforehand is that of the own scope, at every address; so are its cards."""
    marks = {"dora": "bob-client", "bob": "bob-client", "lea": "bob-client", "ann": "ann-client"}
    for name, mark in marks.items():
        person = getattr(world, name)
        # Pages are drawn beforehand while none is opened.
        drawn = functools.partial(lambda who, what: what in prerendered_for(who), person, mark)
        eventually(drawn, seconds=60, every=2)
    assert "bob-" not in prerendered_for(world.ann) and "cleo-" not in prerendered_for(world.lea)
    for query in ("?manager_id=m2", "?manager_id=*", "?x=..%2f..", "?" + "x" * 600):
        for _ in range(2):
            answer = world.ann.get(f"/portfolio{query}")
            world.ann.leave(kernel_of(answer))
            assert "bob-" not in answer.text and "cleo-" not in answer.text
    assert not prerendered_for(world.dora, "/drafts/secret_plan")
    assert 'id="prerendered"' not in world.stranger.get("/portfolio").text


def prerendered_for(person: Visitor, path: str = "/portfolio") -> str:
    """The prerendered page that an answer begins with; empty where there is none yet."""
    answer = person.get(path)
    person.leave(kernel_of(answer))
    return answer.text.partition('id="prerendered"')[2].partition('id="cells"')[0]


@attack_on_drawn
def prerendered_pages_that_a_reader_would_write(world):
    """What a browser tells the widgets of its page reaches no page drawn beforehand."""
    value = "planted <b>words</b>"
    answer = world.ann.get("/portfolio?month=2026-09")
    kernel = kernel_of(answer)
    with channels(world.ann, kernel) as page:
        world.ann.cells(kernel)
        for key, state in page.widgets().items():
            if state.get("_model_name") == "HTMLModel":
                page.until_idle(page.update(key, value=value))
    world.ann.leave(kernel)
    eventually(
        lambda: "ann-client" in prerendered_for(world.ann, "/portfolio?month=2026-09"),
        seconds=60,
        every=2,
    )
    assert "planted" not in prerendered_for(world.ann, "/portfolio?month=2026-09")


@attack_on_drawn
def a_kernel_that_prerenders(world):
    """Nobody's: no messages, no end, no word of it."""
    prerendered_for(world.dora, "/portfolio?month=2026-08")
    world.dora.leave(world.dora.open("/portfolio?month=2026-08"))
    found: set[str] = set()
    eventually(lambda: found.update(kernels_drawing(world)) or found, seconds=60)
    for kernel in found:
        for person in (world.ann, world.dora):
            assert forbidden(person.get(f"/api/kernels/{kernel}"))
            assert person.refused(f"/api/kernels/{kernel}/channels") == 403
            assert person.refused(f"/voila/execution/{kernel}") in (403, 404)
            assert person.refused(f"/here/{kernel}") in (403, 404)


def kernels_drawing(world) -> set[str]:
    """The ids of kernels at the lowest priority, by the names of the sockets they listen at."""
    found = set()
    for each in world.server.all_kernels():
        with contextlib.suppress(psutil.Error):
            if each.nice() >= os.nice(0) + LOWER_PRIORITY:
                names = " ".join(place.laddr for place in each.net_connections("unix"))
                found.update(re.findall(r"kernel-([0-9a-f-]{36})", names))
    return found


@attack
def the_line_of_another_tab(world):
    """The connection by which a tab says that it is there keeps nobody else's page alive."""
    for owner in ("bob", "lea", "dora"):
        assert world.ann.refused(f"/here/{world.kernels[owner]}") == 403
    assert world.stranger.refused(f"/here/{world.kernels['ann']}") == 403
    assert world.ann.refused(f"/here/{world.kernels['ann']}", Origin="http://evil.example") == 403


@attack
def the_workbook_of_the_page(world):
    """Every sheet of it holds the own rows only, and no formula; the log knows of it."""
    kernel = world.ann.open("/portfolio?manager_id=m2")
    world.ann.leave(kernel)
    states = world.ann_page.widgets()
    field = next(key for key, s in states.items() if "co-ask" in s.get("_dom_classes", ()))
    said = json.dumps(world.ann_page.until_idle(world.ann_page.update(field, value="9 excel *")))
    content = base64.b64decode(re.search(r"base64,([A-Za-z0-9+/=]+)", said)[1])
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {"Portfolio", "Portfolio 1", "Portfolio 2"} <= set(book.sheetnames)
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    text = " ".join(str(cell.value) for cell in values)
    assert "ann-manager" in text and "bob-" not in text and "cleo-" not in text
    assert not [cell for cell in values if cell.data_type == "f"]
    last = [e for e in world.server.audit() if e["event"] == "file handed over"][-1]
    assert (last["user"], last["page"]) == ("Ann", "/portfolio")
    assert last["file"].startswith("portfolio-") and last["file"].endswith(".xlsx")


@attack
def variables_of_the_server(world):
    """The environment of a kernel holds no secret, and whose it is cannot be overwritten."""
    kernel = world.ann.open("/rows?CLIENTOPS_PASSWORD=x")
    assert "CLIENTOPS_PASSWORD" not in world.ann.told[-1]
    assert "CLIENTOPS_VIEWER" in world.ann.told[-1]
    assert str(Path(world.users).parent) not in world.ann.told[-1]
    world.ann.leave(kernel)


def test_names_are_text_in_a_browser(world, browser):
    """HTML in clients' names is shown, not run; nothing may run even if it were not escaped."""
    context = browser.new_context(base_url=world.server.address)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto("/portfolio")
    page.fill("[name=name]", "ann")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/portfolio")
    page.wait_for_selector("#cells:not([aria-busy]) .co-table", timeout=120_000)
    assert "<img src=x onerror=window.hurt=1> ann-client" in page.locator("main").inner_text()
    assert page.evaluate("window.hurt") is None
    page.evaluate("""document.querySelector("main").insertAdjacentHTML("beforeend",
                     "<img src=x onerror='window.hurt=3'><b onclick='window.hurt=4'>b</b>")""")
    page.locator("main > b").click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.hurt") is None
    cookie = next(c for c in context.cookies() if c["name"].startswith("clientops-"))
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    context.close()
