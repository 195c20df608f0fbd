"""More viewers than there is room for: everybody is served in turn, and nothing stays behind."""

import concurrent.futures
import time
from collections.abc import Iterator
from types import SimpleNamespace

import psutil
import pytest

from clientops.serve import open_pages
from clientops.serve.identity import Visitor as Person
from clientops.serve.users import User
from tests.serve.conftest import Server, beside_other_loops, eventually
from tests.serve.visitors import Visitor, channels

ROOM, VIEWERS = 3, 8
PING = 10  # seconds between two signs of a connection


@pytest.fixture(scope="module")
def small(folder) -> Iterator[Server]:
    server = Server(folder, max_kernels=ROOM)
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()


def visit(server: Server) -> tuple[int, int]:
    """Open the page, waiting for a place as the busy page does; change a control; leave. How often
    there was no place, and how many kernels ran then."""
    visitor, turned_away, most = Visitor(server), 0, 0
    while (answer := visitor.get("/portfolio")).status == 503:
        turned_away += 1
        assert "Everybody is here right now" in answer.text
        assert 'http-equiv="refresh"' in answer.text and answer.headers["Retry-After"]
        most = max(most, len(server.kernels()))
        time.sleep(0.2)
    assert answer.status == 200
    kernel = answer.text.partition('data-kernel="')[2][:36]
    visitor.cells(kernel)
    with channels(visitor, kernel) as page:
        choice = page.widget(description="By")
        said = str(page.until_idle(page.update(choice, index=1)))
        assert "Northwind Traders by margin" in said
        assert visitor.leave(kernel).status == 204
    return turned_away, most


def test_everybody_is_served_in_turn_and_nothing_stays(small):
    visit(small)  # the first one loads what all share
    eventually(lambda: not small.all_kernels(), seconds=60)  # they share it with the parent
    before = memory(small)
    with concurrent.futures.ThreadPoolExecutor(VIEWERS) as pool:
        found = [each.result() for each in [pool.submit(visit, small) for _ in range(VIEWERS)]]
    assert sum(turned_away for turned_away, _most in found) > 0
    # Beside those of pages: one that is just ending, one that prerenders.
    assert max(most for _turned_away, most in found) <= ROOM + 2
    eventually(lambda: not small.all_kernels(), seconds=60)
    assert memory(small) - before < 30 << 20


def test_nothing_is_kept_of_a_page_that_was_closed(small):
    """A page has some hundred objects; what a connection leaves of it goes with its next ping."""

    def open_and_close(pages: int) -> int:
        visitor = Visitor(small)
        for _ in range(pages):
            visitor.leave(visitor.open("/known"))
        time.sleep(PING + 1)
        return small.objects()

    before = open_and_close(4)
    assert open_and_close(12) - before < 12 * 30


def test_a_user_opens_pages_no_faster_than_they_can_be_read(monkeypatch):
    """Who has a program ask for page after page waits, and nobody else does."""
    now = [0.0]
    monkeypatch.setattr(open_pages, "time", SimpleNamespace(monotonic=lambda: now[0]))
    pages = open_pages.OpenPages(SimpleNamespace(kernel_manager=None, log=None, max_kernels=1000))
    flo, bob = (Person(name, user=User(name, "director")) for name in ("Flo", "Bob"))

    async def admitted(person: Person, number: int) -> int:
        return sum([await pages.has_room(person) for _ in range(number)])

    async def attempt() -> None:
        most = open_pages.MOST_OPENED
        assert await admitted(flo, most + 5) == most
        assert await admitted(bob, 1) == 1
        assert await admitted(Person("anybody on this machine"), most + 5) == most + 5
        now[0] += open_pages.OPENED_WITHIN
        assert await admitted(flo, 5) == 5

    beside_other_loops(attempt())


def memory(server: Server) -> int:
    """Of the server and of its fork server, without kernels."""
    found = psutil.Process(server.process.pid)
    return sum(each.memory_full_info().uss for each in [found, *found.children()])
