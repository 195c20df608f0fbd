"""How connections come in: as many as there are files for, and not all of them one stranger's."""

import contextlib
import errno
import socket
from collections.abc import Collection
from logging import Logger

import tornado.httpserver
import tornado.ioloop
import tornado.iostream

FILES_PER_PAGE = 32  # that an open page may come to need, its kernel's sockets among them
OTHER_FILES = 128  # that the server needs besides
MOST_PER_ADDRESS = 256  # connections at once: an office behind one address has some for each page
PATIENCE = 30.0  # seconds for the head of a request, and as many for its body
PAUSE = 1.0  # seconds without new connections where there are no files for them
_ONE_AT_A_TIME = 64  # connections accepted before others have their turn
_LOOPBACK = ("127.0.0.1", "::1")


def raise_file_limit() -> int:
    """Allow this process as many files as the system lets it; returns how many. 0: not told."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # only where there are such limits

        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return max(0, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return 0


def accept(
    server: tornado.httpserver.HTTPServer, at: socket.socket, spared: Collection[str], log: Logger
) -> None:
    """Hand what connects *at* a socket to the server, as long as the loop runs.

    From an address that is neither this machine's nor *spared* (a proxy's) come at most
    MOST_PER_ADDRESS. Without a file left, nothing is accepted for a while: the socket would stay
    ready and the loop would do nothing else.
    """
    loop, streams = tornado.ioloop.IOLoop.current(), {}

    def ready(_socket: object, _events: int) -> None:
        for _ in range(_ONE_AT_A_TIME):
            try:
                connection, address = at.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE):
                    raise
                log.warning("no files left: no new connections for %g s", PAUSE)
                loop.remove_handler(at)
                loop.asyncio_loop.call_later(PAUSE, listen)
                return
            theirs = [each for each in streams.pop(address[0], []) if not each.closed()]
            if len(theirs) >= MOST_PER_ADDRESS and address[0] not in (*_LOOPBACK, *spared):
                connection.close()
            else:
                stream = tornado.iostream.IOStream(connection, server.max_buffer_size)
                theirs.append(stream)
                server.handle_stream(stream, address)
            streams[address[0]] = theirs

    def listen() -> None:
        loop.add_handler(at, ready, tornado.ioloop.IOLoop.READ)

    listen()
