"""Visitors without a browser, who may do what no browser would."""

import contextlib
import http.client
import json
import re
import urllib.parse
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import websockets.exceptions
import websockets.sync.client

from tests.serve.conftest import Server

PASSWORD = "long enough for a test"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


class Visitor:
    """Keeps cookies and all that it was ever told."""

    def __init__(self, server: Server, name: str = "", password: str = PASSWORD) -> None:
        self.server, self.name = server, name
        self.cookies: dict[str, str] = {}
        self.told: list[str] = []
        if name:
            answer = self.sign_in(name, password)
            assert answer.status == 303, answer

    def request(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        """The path goes as it is; an underscore in a header's name is a hyphen."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        if body:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        host = self.server.address.removeprefix("http://")
        with contextlib.closing(http.client.HTTPConnection(host, timeout=60)) as connection:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for each in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = each.partition(";")[0].partition("=")
                self.cookies[name] = value.strip('"')
            known = {key: ", ".join(answer.headers.get_all(key)) for key in answer.headers}
        self.told.append(text)
        return Answer(answer.status, known, text)

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, **headers)

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        """With the token against forgery, unless the fields have another."""
        fields = {"_xsrf": self.cookies.get("_xsrf", "")} | (fields or {})
        return self.request("POST", path, urllib.parse.urlencode(fields), **headers)

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> Answer:
        self.get("/sign-in")
        return self.post("/sign-in", {"name": name, "password": password, **more})

    @property
    def session(self) -> str:
        """The name of the cookie of the session."""
        return next(
            name
            for name in self.cookies
            if name.startswith("clientops-") and not name.endswith("-known")
        )

    def open(self, path: str = "/portfolio") -> str:
        """Open a page and wait for its last cell; the id of its kernel."""
        answer = self.get(path)
        assert answer.status == 200, answer
        kernel = re.search(r'data-kernel="([^"]+)"', answer.text)[1]
        self.cells(kernel)
        return kernel

    def cells(self, kernel: str) -> str:
        """All that the cells of a page have shown."""
        text = ""
        with self.socket(f"/voila/execution/{kernel}") as socket:
            socket.send(json.dumps({"action": "execute", "payload": {"kernel_id": kernel}}))
            while "co-done" not in text:
                text += socket.recv(60)
        self.told.append(text)
        return text

    @contextlib.contextmanager
    def socket(
        self, path: str, protocol: str = "", **headers: str
    ) -> Iterator[websockets.sync.client.ClientConnection]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        address = self.server.address.replace("http", "ws") + path
        with websockets.sync.client.connect(
            address,
            additional_headers=sent,
            max_size=None,
            open_timeout=60,
            subprotocols=[protocol] if protocol else None,
        ) as socket:
            yield socket

    def refused(self, path: str, **headers: str) -> int:
        """The status with which a websocket is refused; 101 where it is not."""
        try:
            with self.socket(path, **headers):
                return 101
        except websockets.exceptions.InvalidStatus as refusal:
            return refusal.response.status_code

    def leave(self, kernel: str) -> Answer:
        return self.post(f"/voila/api/shutdown/{kernel}")


class Channels:
    """The messages between a page and its kernel, as Jupyter's programs write them."""

    def __init__(self, visitor: Visitor, socket: websockets.sync.client.ClientConnection) -> None:
        self._visitor, self._socket = visitor, socket

    def send(self, kind: str, content: dict, channel: str = "shell", **header: str) -> str:
        number = uuid.uuid4().hex
        self._socket.send(json.dumps({
            "channel": channel,
            "header": {"msg_id": number, "msg_type": kind, "session": "s", "username": "",
                       "version": "5.3", "date": "2026-01-01T00:00:00Z", **header},
            "parent_header": {}, "content": content,
            "metadata": {"version": "1.0.0" if "control" in str(content) else "2.1.0"},
            "buffers": [],
        }))  # fmt: skip
        return number

    def comm(self, comm_id: str, data: dict) -> str:
        return self.send("comm_msg", {"comm_id": comm_id, "data": data})

    def update(self, comm_id: str, **state: object) -> str:
        return self.comm(comm_id, {"method": "update", "state": state, "buffer_paths": []})

    def until_idle(self, number: str, seconds: float = 60) -> list[dict]:
        """The messages up to the end of the kernel's work on message *number*."""
        found = []
        while True:
            text = self._socket.recv(seconds)
            if isinstance(text, bytes):
                text = text.decode("utf-8", "replace")
            self._visitor.told.append(text)
            message = json.loads(text[text.index("{") :]) if text.startswith("{") else {}
            found.append(message)
            parent = message.get("parent_header", {}).get("msg_id")
            state = message.get("content", {}).get("execution_state")
            if parent == number and state == "idle":
                return found

    def widgets(self) -> dict[str, dict]:
        """The states of all widgets by the ids of their comms."""
        control = uuid.uuid4().hex
        self.send("comm_open", {"comm_id": control, "target_name": "jupyter.widget.control",
                                "data": {}})  # fmt: skip
        answers = self.until_idle(self.comm(control, {"method": "request_states"}))
        for answer in answers:
            data = answer.get("content", {}).get("data", {})
            if data.get("method") == "update_states":
                return {key: each["state"] for key, each in data["states"].items()}
        raise AssertionError("no states")

    def widget(self, **state: object) -> str:
        """The comm of the widget with these values."""
        return next(
            key
            for key, known in self.widgets().items()
            if all(known.get(name) == value for name, value in state.items())
        )


@contextlib.contextmanager
def channels(visitor: Visitor, kernel: str) -> Iterator[Channels]:
    with visitor.socket(f"/api/kernels/{kernel}/channels?session_id={uuid.uuid4()}") as socket:
        yield Channels(visitor, socket)
