"""Connections: who sends half a request, too many at once, or comes when no file is left."""

import asyncio
import errno
import logging
import socket

import pytest
import tornado.httpserver
import tornado.ioloop
import tornado.web

from clientops.serve import kernels, listening, open_pages
from tests.serve.conftest import beside_other_loops


class Counting(socket.socket):
    """A socket that counts how often it is asked for a connection."""

    asked = 0
    has_files = True

    def accept(self):
        """As ever, where there is a file for it."""
        self.asked += 1
        if not self.has_files:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


class Hello(tornado.web.RequestHandler):
    def get(self) -> None:
        self.finish("hello")


def serving(visit) -> None:
    """Run *visit(at, address)* beside a server."""

    async def run() -> None:
        at = Counting()
        at.bind(("127.0.0.1", 0))
        at.listen()
        at.setblocking(False)
        server = tornado.httpserver.HTTPServer(
            tornado.web.Application([("/", Hello)]), body_timeout=listening.PATIENCE,
            idle_connection_timeout=listening.PATIENCE,
        )  # fmt: skip
        listening.accept(server, at, (), logging.getLogger("test"))
        try:
            await visit(at, at.getsockname()[1])
        finally:
            tornado.ioloop.IOLoop.current().remove_handler(at)
            at.close()

    beside_other_loops(run())


async def asked(port: int, text: bytes, source: str = "127.0.0.1") -> bytes:
    """What is answered to a request, until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    writer.write(text)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def test_half_a_request_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(listening, "PATIENCE", 0.3)

    async def visit(_at: socket.socket, port: int) -> None:
        halves = [b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", b""]
        told = await asyncio.gather(*(asked(port, half) for half in halves))
        assert not any(b"hello" in each for each in told)
        assert b"hello" in await asked(port, WHOLE)

    serving(visit)


def test_one_address_does_not_take_all_connections(monkeypatch):
    monkeypatch.setattr(listening, "MOST_PER_ADDRESS", 3)

    async def visit(_at: socket.socket, port: int) -> None:
        held = [await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
                for _ in range(3)]  # fmt: skip
        assert await asked(port, WHOLE, "127.0.0.2") == b""
        assert b"hello" in await asked(port, WHOLE, "127.0.0.3")
        held.pop()[1].close()
        await asyncio.sleep(0.2)
        assert b"hello" in await asked(port, WHOLE, "127.0.0.2")
        for _reader, writer in held:
            writer.close()
            await writer.wait_closed()

    serving(visit)


def test_without_files_it_waits_instead_of_trying_again_and_again(monkeypatch, caplog):
    monkeypatch.setattr(listening, "PAUSE", 0.2)

    async def visit(at: Counting, port: int) -> None:
        at.has_files = False
        waiting = asyncio.create_task(asked(port, WHOLE))
        await asyncio.sleep(0.7)
        assert 2 <= at.asked <= 5
        at.has_files = True
        assert b"hello" in await waiting

    serving(visit)
    assert 2 <= sum("no files left" in each.message for each in caplog.records) <= 5


def test_there_are_no_more_places_than_files_for_them(monkeypatch):
    assert listening.raise_file_limit() >= 0
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == hard
    monkeypatch.setattr(listening, "raise_file_limit", lambda: listening.OTHER_FILES + 5 * 32)
    assert open_pages.most_kernels() in (4, 5)


def test_a_kernel_that_starts_has_been_active():
    """Jupyter looks at all kernels once a minute, also at those that just begin."""
    assert kernels.PageKernel().last_activity
