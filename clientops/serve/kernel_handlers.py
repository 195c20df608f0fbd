"""What a page asks about its own kernel; everybody else's is refused."""

import asyncio
import concurrent.futures
import contextlib
import html
import json
import logging
import re
import time
from typing import Any

import tornado.web
from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from traitlets import default
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

MOST_CONNECTIONS = 12  # of a page
MOST_UNREAD = 4 << 20  # bytes from a browser that a kernel may leave unread; then it is waited for
LONGEST_WORK = 300.0  # seconds for which a kernel may read nothing
MOST_PARTS = 100  # of a binary message
# A file that a page hands over: a link that holds it.
_FILE = re.compile(
    rb"""download=\\?['"]([^'"\\<>]{1,100})\\?['"](?: data-said=\\?'([^'\\<>]{1,900})\\?')?"""
    rb"""[^<>]{0,200};base64,"""
)


class OwnKernel:
    """Shared by handlers of one kernel: whose it is is settled before anything else."""

    auth_resource = "kernels"

    def initialize(self, app: Any) -> None:
        """*app* is the Dashboards that serves."""
        self.app = app

    @property
    def opened(self) -> Any:
        """The page of the kernel that the address names. Its owner asks, or nobody is answered."""
        kernel_id = self.path_kwargs["kernel_id"]
        if not self.app.open_pages.is_owner(kernel_id, self.current_user):
            raise tornado.web.HTTPError(403)
        return self.app.open_pages.get(kernel_id)


class TabConnection(OwnKernel):
    """Shared by the connections of a page: as long as one lasts, its tab is there."""

    def get_websocket_protocol(self) -> Any:
        """Jupyter's handler pings, in milliseconds: Tornado, which counts in seconds, need not."""
        protocol = super().get_websocket_protocol()
        if protocol is not None:
            protocol.params.ping_interval = protocol.params.ping_timeout = 0
        return protocol

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The status says it all: no person reads it."""
        self.finish()

    tab: Any = None  # the open page whose tab is connected

    def refuse_too_many(self) -> None:
        """One tab needs three connections, and some more where its line breaks."""
        if len(self.opened.connections) >= MOST_CONNECTIONS:
            raise tornado.web.HTTPError(429)

    def tab_came(self) -> None:
        """This connection is a sign of the tab."""
        self.tab = self.opened
        self.tab.connections.add(self)
        self.tab.was_seen = True

    def tab_left(self) -> None:
        """It was the last one, perhaps."""
        if self.tab is not None:
            self.tab.connections.discard(self)
            self.tab.seen = time.monotonic()
            self.tab = None

    def tell_end(self) -> None:
        """The kernel ends. A tab that is still there learns it by one connection, not by all:
        programs that are not ours would try to come back."""

    def note_files(self, message: bytes) -> None:
        """Note in the audit log what the page gets as files; the reader cannot prevent that."""
        if b";base64," not in message or self.tab is None:
            return
        for name, said in _FILE.findall(message):
            rows = html.unescape(said.decode("utf-8", "replace"))
            self.app.audit.note(
                "file handed over", user=self.current_user.username,
                page=self.tab.page.address, file=name.decode("utf-8", "replace"), rows=rows,
                kernel=self.tab.kernel_id,
            )  # fmt: skip


class KernelModel(OwnKernel, KernelHandler):
    """What Jupyter's programs want to know of a kernel before they speak to it."""

    SUPPORTED_METHODS = ("GET",)

    @tornado.web.authenticated
    @authorized
    async def get(self, kernel_id: str) -> None:
        """Answer once there is one."""
        await self.opened.has_kernel.wait()
        self.finish(json.dumps(self.kernel_manager.kernel_model(kernel_id)))


class TerseLog(logging.LoggerAdapter):
    """What a browser has sent stands in the log in one line, and not all of it."""

    def log(self, level: int, msg: object, *args: object, **more: Any) -> None:
        """Log the beginning."""
        if self.isEnabledFor(level):
            text = str(msg) % args if args else str(msg)
            super().log(level, "%.300s", repr(text[:300])[1:-1], **more)


class Messages(ZMQChannelsWebsocketConnection):
    """What a kernel says to the browser, which begins by asking for all widgets there are.

    Before the answer nothing is said of single ones: a box opened by the cell that runs would be
    built without the children that were opened before the browser came, and stay broken.
    """

    caught_up = False
    unread = 0  # bytes that the kernel may not have read
    question = ""  # a message of our own: once it is answered, all before it was read

    @default("log")
    def _default_log(self) -> TerseLog:
        return TerseLog(self.parent.log, {})

    def request_kernel_info(self) -> concurrent.futures.Future:
        """The kernel is asked once the browser is connected. It opens one connection to a server
        after the other: one that waits for a kernel at work holds up those of all its tabs."""
        known: concurrent.futures.Future = concurrent.futures.Future()
        known.set_result({})
        return known

    async def until_answered(self) -> None:
        """Wait until the kernel has answered; nothing is taken from the browser before."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(super().request_kernel_info()), LONGEST_WORK)

    def disconnect(self) -> None:
        """End what `connect` began; where the tab left before the kernel answered, nothing has."""
        if self not in self._open_sockets:
            self.multi_kernel_manager.notify_connect(self.kernel_id)
            self._open_sockets.add(self)
        super().disconnect()

    async def until_read(self) -> None:
        """Wait until the kernel has read what was sent to it."""
        self.was_read = asyncio.Event()
        asked = self.session.send(self.channels["shell"], "kernel_info_request")
        self.question = asked["header"]["msg_id"]
        await asyncio.wait_for(self.was_read.wait(), LONGEST_WORK)
        self.unread = 0

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass it on, if the browser can know what it is about."""
        _, frames = self.session.feed_identities(outgoing_msg)  # then signature, header, …, content
        kind = self.session.unpack(frames[1])["msg_type"]
        if self.question and self.session.unpack(frames[2]).get("msg_id") == self.question:
            self.was_read.set()
            return
        if not self.caught_up and kind.startswith("comm_"):
            said = self.session.unpack(frames[4]).get("data", {}).get("method")
            self.caught_up = kind == "comm_info_reply" or said == "update_states"
            if not self.caught_up:
                return
        super().handle_outgoing_message(stream, outgoing_msg)


class Channels(TabConnection, VoilaKernelWebsocketHandler):
    """Messages between a page's widgets and their kernel; nothing that runs code is let through."""

    kernel_websocket_connection_class = Messages
    connection: Messages | None = None  # before there is a kernel

    async def pre_get(self) -> None:
        """Wait until there is a kernel."""
        self.refuse_too_many()
        await self.opened.has_kernel.wait()
        await super().pre_get()

    async def open(self, kernel_id: str) -> None:
        """A sign of the tab, as long as it lasts."""
        self.tab_came()
        await self.connection.until_answered()
        if self.connection is not None:  # else the tab is gone
            await super().open(kernel_id)

    async def on_message(self, ws_message: str | bytes) -> None:
        """Pass it on; what is no message ends the connection. The next one is not taken from the
        browser before the kernel has read most of those before."""
        if self.tab is not None:
            self.tab.used = time.monotonic()
        try:
            if isinstance(ws_message, bytes):
                self.check_parts(ws_message)
            super().on_message(ws_message)
            self.connection.unread += len(ws_message)
            if self.connection.unread > MOST_UNREAD:
                await self.connection.until_read()
        except Exception as error:  # whatever somebody sends
            self.log.warning("no kernel message: %s", type(error).__name__)
            self.close(1003, "no kernel message")

    def check_parts(self, message: bytes) -> None:
        """Few parts, one behind the other: Jupyter makes as many as a binary message announces, as
        long as it says, however short it is."""
        width, order = (8, "little") if self.connection.subprotocol else (4, "big")
        count = int.from_bytes(message[:width], order)
        starts = [
            int.from_bytes(message[at : at + width], order)
            for at in range(width, (min(count, MOST_PARTS) + 1) * width, width)
        ]
        if count > MOST_PARTS or starts != sorted(starts):
            raise ValueError

    def write_message(self, message: bytes | dict[str, Any] | str, binary: bool = False) -> Any:
        """Pass it on; note the files among them."""
        if not isinstance(message, dict):
            self.note_files(message.encode() if isinstance(message, str) else message)
        return super().write_message(message, binary)

    def on_close(self) -> None:
        """The tab is gone, or only its connection: it has some seconds to come back."""
        self.tab_left()
        if self.connection is not None:
            if self.connection.question:
                self.connection.was_read.set()  # nobody waits any more
            super().on_close()


class TabPresence(TabConnection, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Held by a tab from its first moment: it breaks at once when the tab is closed, also when that
    is too busy loading to say goodbye, and the tab learns from its end that the kernel's has come.
    """

    @ws_authenticated
    async def get(self, kernel_id: str) -> None:
        """Only to the owner."""
        self.refuse_too_many()
        await super().get(kernel_id=kernel_id)

    def open(self, kernel_id: str) -> None:
        """A sign of the tab."""
        self.tab_came()
        super().open(kernel_id)

    def on_close(self) -> None:
        """The tab is gone, or only its connection."""
        self.tab_left()

    def tell_end(self) -> None:
        """By this one."""
        self.close()

    def on_message(self, message: str | bytes) -> None:
        """There is nothing to say."""


class CellOutputs(TabPresence):
    """The outputs of a page's cells as they have run, in the words of Voila's program."""

    sending: asyncio.Task | None = None

    def on_close(self) -> None:
        """Nobody listens any more."""
        if self.sending is not None:
            self.sending.cancel()
        super().on_close()

    def on_message(self, message: str | bytes) -> None:
        """Whatever is said, there is only one answer; meanwhile the connection stays alert."""
        if self.sending is None:
            self.sending = asyncio.create_task(self._send(self.opened))

    async def _send(self, opened: Any) -> None:
        with contextlib.suppress(WebSocketClosedError):  # the tab is gone
            async for number, outputs in opened.cells.shown():
                # One at a time: of those that come together, Voila's program forgets all behind
                # the first widget that the browser does not know yet.
                for output in [[each] for each in outputs] or [[]]:
                    cell = {"cell_type": "code", "outputs": output}
                    payload = {"output_cell": cell, "cell_index": number,
                               "total_cell": len(opened.cells)}  # fmt: skip
                    text = json.dumps({"action": "execution_result", "payload": payload})
                    self.note_files(text.encode())
                    await self.write_message(text)


class KernelStatus(OwnKernel, APIHandler):
    """Whether a page's kernel lives, and whether its data and notebook are the latest."""

    @tornado.web.authenticated
    async def get(self, kernel_id: str) -> None:
        """Answer `{"alive": …, "version": …}`."""
        pages = self.app.open_pages
        if pages.get(kernel_id) is None:
            self.finish({"alive": False})
            return
        opened = self.opened
        opened.seen = time.monotonic()
        alive = not opened.has_kernel.is_set() or await pages.is_alive(kernel_id)
        if not alive:
            await pages.end(kernel_id, "died")
        self.finish({"alive": alive, "version": self.app.version(opened.page)})


class Shutdown(OwnKernel, APIHandler):
    """The beacon of a closing tab."""

    @tornado.web.authenticated
    async def post(self, kernel_id: str) -> None:
        """End the kernel."""
        if self.app.open_pages.get(kernel_id) is not None:
            await self.app.open_pages.end(self.opened.kernel_id, "tab closed")
        self.set_status(204)
        self.finish()
