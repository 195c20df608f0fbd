"""The server as its visitors meet it: over HTTP, and in a browser."""

import contextlib
import http.client
import re
import signal
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from playwright.sync_api import Error, expect

from clientops.book import Viewer
from clientops.errors import ClientOpsError
from clientops.page.choices import SHARED
from clientops.serve import run, users
from clientops.serve.identity import Visitor
from clientops.serve.kernels import environment, page_environment
from clientops.serve.open_pages import NEXT_SIGN_WITHIN, OpenPage, OpenPages
from clientops.serve.pages import CARRIED_ALONG, Page, link, pages
from clientops.serve.users import User
from tests.serve.conftest import QUIET, Server, beside_other_loops, eventually

READY = "#cells:not([aria-busy])"
FILES = "/files/0123456789abcdef"


def get(server: Server, path: str, method: str = "GET", **headers: str) -> tuple[int, dict, str]:
    """Status, headers and text of an answer; the path goes as it is."""
    connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    known = {name: ", ".join(answer.headers.get_all(name)) for name in answer.headers}
    connection.close()
    return answer.status, known, text


def test_pages_are_notebooks_with_title_and_question(folder):
    found = pages(folder / "notebooks")
    assert found["/portfolio"].title == "Portfolio quality"
    assert found["/portfolio"].question == "Is each portfolio getting better?"
    assert found["/other_month"].title == "Other month"
    assert found["/damaged"].title == "Damaged"
    weighing = found["/drafts/weighing"]
    assert (weighing.title, weighing.question) == ("Weighing", "How heavy is it?")
    assert [page.address for page in found.values() if page.is_draft] == ["/drafts/weighing"]


def test_links_keep_what_counts_on_every_page():
    assert link("/ратио", "month=2026-10&x=1&manager_id=a%26b&region=Tartu") == (
        "/%D1%80%D0%B0%D1%82%D0%B8%D0%BE?month=2026-10&manager_id=a%26b&region=Tartu"
    )
    assert set(CARRIED_ALONG) == SHARED
    assert link("/", "x=1") == "/"


def test_kernels_know_little(monkeypatch):
    monkeypatch.setenv("CLIENTOPS_PASSWORD", "hush")
    known = environment(Path("/private"))
    assert "hush" not in known.values()
    viewer = Viewer("Ann", "manager", ("3",))
    known = page_environment(
        Path("/data"), viewer, "/portfolio", "month=2026-10", "desk", Path("/cards/of/her")
    )
    assert known["CLIENTOPS_CARD_CACHE"] == str(Path("/cards/of/her"))
    assert known["CLIENTOPS_DATA"] == str(Path("/data"))
    assert known["QUERY_STRING"] == "month=2026-10"
    assert msgspec.json.decode(known["CLIENTOPS_VIEWER"], type=Viewer) == viewer


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """No users here."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("CLIENTOPS_USERS", raising=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.168.0.7", "example.org"])
def test_other_hosts_are_refused_without_users(folder, nobody, host):
    with pytest.raises(ClientOpsError, match="only this machine"):
        run(folder / "data", host=host, notebooks=folder / "notebooks")


def test_removing_the_last_user_opens_nothing(folder, tmp_path, monkeypatch):
    path = tmp_path / "users.json"
    monkeypatch.setenv("CLIENTOPS_USERS", str(path))
    users.add(path, users.User("Dora", "director"))
    users.remove(path, "Dora")
    with pytest.raises(ClientOpsError, match=r"the last user was removed.*or say --open"):
        run(folder / "data", notebooks=folder / "notebooks")


def test_a_port_in_use_and_a_missing_folder_are_said(folder, nobody):
    with pytest.raises(ClientOpsError, match="no such folder of notebooks"):
        run(folder / "data", notebooks=folder / "nothing")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        try:
            with pytest.raises(ClientOpsError, match=f"port {port} is in use"):
                run(folder / "data", port=port, notebooks=folder / "notebooks")
        finally:
            signal.signal(signal.SIGINT, before[0])
            signal.signal(signal.SIGTERM, before[1])


def test_the_list_of_pages_is_quick_and_starts_nothing(server):
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        status, headers, _ = get(server, "/pages", **{"Accept-Encoding": "gzip"})
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.2
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    text = get(server, "/pages?month=1998-04")[2]
    assert "Northwind" in text and "data to May 6, 1998" in text
    assert text.index("Portfolio quality") < text.index("Drafts") < text.index("Weighing")
    assert 'href="/portfolio?month=1998-04"' in text
    assert server.kernels() == []


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/portfolio.ipynb", "/portfolio/", "/drafts/", "/drafts/portfolio", "/notes.txt",
     "/../data/clientops.toml", "/%2e%2e/data/clientops.toml", "/drafts/..%2fportfolio",
     "/voila/files/notes.txt", "/voila/files/portfolio.ipynb", "/voila/tree", "/voila/api/contents",
     "/voila/api/contents/portfolio.ipynb", "/voila/render/portfolio.ipynb", "/api/kernels",
     "/api/contents", "/api/sessions", "/api/terminals", f"{FILES}/page/../app.py",
     f"{FILES}/page/..%2fapp.py", f"{FILES}/page/", f"{FILES}/voila/..%2f..%2f..%2fconf.json",
     f"{FILES}/labextensions/@jupyter-widgets/jupyterlab-manager/package.json",
     f"{FILES}/labextensions/jupyterlab-plotly/static/index.js", f"{FILES}/fonts/%00",
     "/voila/static/voila.js", "/voila/templates/lab/static/voila.js"],
)  # fmt: skip
def test_there_is_nothing_else(server, path):
    status, _, text = get(server, path)
    assert status in (403, 404) and "private" not in text and "root:" not in text
    assert server.kernels() == []


def test_other_names_of_this_machine_are_refused(server):
    assert get(server, "/", Host="evil.example")[0] == 403


def test_who_comes_through_a_proxy_is_refused_where_nobody_signs_in(server):
    """As nginx passes it on when told nothing but where to, and with what others add."""
    where = server.address.removeprefix("http://")
    for path in ("/", "/portfolio", "/pages", "/admin", "/find?q=a"):
        with socket.create_connection(where.split(":"), timeout=60) as raw:
            raw.sendall(f"GET {path} HTTP/1.0\r\nHost: {where}\r\n\r\n".encode())
            assert b" 302 " in raw.recv(1 << 16).partition(b"\r\n")[0]
        for name in ("X-Forwarded-For", "X-Real-IP", "Via", "Forwarded"):
            assert get(server, path, **{name: "192.168.0.7"})[0] == 302
    assert get(server, "/sign-in", Via="1.1 proxy")[0] == 403
    assert "are refused" in server.log.read_text()


def test_a_kernel_is_ended_by_its_tab_only(server):
    """Without the cookie of the page a request from elsewhere ends nothing."""
    path = "/voila/api/shutdown/01234567-89ab-cdef-0123-456789abcdef"
    assert get(server, path, "POST")[0] == 403


def test_the_page_has_neither_code_nor_texts_nor_another_template(server):
    status, headers, text = get(server, "/portfolio?template=reveal&theme=dark")
    eventually(server.kernels)
    for kernel in server.kernels():  # nobody's tab: no beacon
        kernel.kill()
    eventually(lambda: not server.kernels())
    assert status == 200 and "_xsrf=" in headers["Set-Cookie"]
    assert "page.css" in text and "reveal" not in text and "theme-dark" not in text
    for hidden in ("ipywidgets.Dropdown", "observe", "For analysts only", "Aside", "https:"):
        assert hidden not in text


def test_a_page_is_live_and_its_kernel_ends_with_the_tab(server, tab):
    tab.goto("/portfolio?month=1998-04&manager_id=3")
    expect(tab.locator(f"{READY} #shown")).to_have_text("Northwind Traders by revenue: "
                                               "month=1998-04&manager_id=3")  # fmt: skip
    tab.get_by_label("By").select_option("margin")
    expect(tab.locator(f"{READY} #shown")).to_contain_text("by margin")
    expect(tab.locator("#loading")).to_have_count(0)
    assert tab.title() == "Portfolio quality · Northwind Traders"
    tab.get_by_role("button", name="Fail").click()
    expect(tab.get_by_role("alert").filter(has_text="Something went wrong")).to_be_visible()
    assert "inner_detail" not in tab.content()
    assert "inner_detail" in server.log.read_text()
    tab.evaluate("history.replaceState(null, '', '?month=1998-03')")
    tab.get_by_role("link", name="Known").click()
    tab.wait_for_url("**/known?month=1998-03")  # of a manager no more
    tab.wait_for_selector(READY, state="attached")
    eventually(lambda: len(server.kernels()) == 1)
    tab.close(run_before_unload=True)
    eventually(lambda: not server.kernels())


def test_a_kernel_has_no_secret_and_knows_where_the_data_are(server, tab, folder):
    tab.goto("/known")
    known = tab.locator(f"{READY} #known").text_content()
    assert "hush" not in known and "CLIENTOPS_PASSWORD" not in known
    assert f"'CLIENTOPS_DATA': '{folder / 'data'}'" in known


def test_a_tab_closed_while_loading_leaves_no_kernel(server, tab):
    tab.goto("/slow", wait_until="commit")
    expect(tab.locator("#loading")).to_contain_text("Loading")
    eventually(lambda: len(server.kernels()) == 1)
    tab.close(run_before_unload=True)
    # Too busy to say goodbye, it leaves by its connection.
    eventually(lambda: not server.kernels(), seconds=NEXT_SIGN_WITHIN + 6)


def test_a_widget_has_its_parts_whenever_the_browser_comes(tab):
    tab.goto("/boxed")
    expect(tab.get_by_text("opened before the browser came")).to_be_visible(timeout=30_000)
    expect(tab.get_by_text("behind it")).to_have_count(3)  # all that the cell has shown


def test_a_failing_page_says_so_and_hinders_nobody(server, tab):
    tab.goto("/broken")
    expect(tab.get_by_role("alert").filter(has_text="Something went wrong")).to_be_visible()
    expect(tab.get_by_text("before")).to_be_visible()
    assert "inner_detail" not in tab.content() and "NameError" not in tab.content()
    tab.goto("/other_month")
    said = "month 2031-01 is outside the data, which reach from 1996-07 to 1998-05"
    expect(tab.get_by_role("alert").filter(has_text=said)).to_be_visible()
    assert get(server, "/damaged")[0] == 500
    tab.goto("/portfolio")
    expect(tab.locator(f"{READY} #shown")).to_be_visible()


def test_a_page_whose_kernel_died_begins_anew_once_and_then_asks(server, tab):
    tab.goto("/portfolio?month=1998-04")
    expect(tab.locator(f"{READY} #shown")).to_be_visible()
    tab.evaluate("clientops.look()")
    expect(tab.locator("#dead")).to_be_hidden()
    first = tab.locator("#cells").get_attribute("data-kernel")
    server.kernels()[0].kill()
    eventually(lambda: look(tab) != first)
    expect(tab.locator(f"{READY} #shown")).to_contain_text("month=1998-04")
    eventually(lambda: len(server.kernels()) == 1)
    server.kernels()[0].kill()
    eventually(lambda: look(tab) and tab.locator("#dead").is_visible())
    tab.get_by_role("button", name="Reload").click()
    expect(tab.locator(f"{READY} #shown")).to_be_visible()


def test_a_tab_learns_at_once_that_its_kernel_has_ended(server, tab):
    """It begins anew by itself, without waiting for its next look."""
    tab.goto("/portfolio?month=1998-04")
    expect(tab.locator(f"{READY} #shown")).to_be_visible()
    first = tab.locator("#cells").get_attribute("data-kernel")
    tab.evaluate("clearInterval(clientops.timer); sessionStorage.clear()")
    server.kernels()[0].kill()
    expect(tab.locator("#cells")).not_to_have_attribute("data-kernel", first)
    expect(tab.locator(f"{READY} #shown")).to_contain_text("month=1998-04")


def test_a_phone_back_from_sleep_begins_anew(server, tab):
    """Its connections broke, its kernel has ended; it looks when it is seen again."""
    tab.goto("/portfolio?month=1998-04")
    expect(tab.locator(f"{READY} #shown")).to_be_visible()
    first = tab.locator("#cells").get_attribute("data-kernel")
    tab.evaluate("clientops.awake = clientops.look; clientops.look = () => {}")
    server.kernels()[0].kill()
    eventually(lambda: not server.kernels())
    assert tab.locator("#cells").get_attribute("data-kernel") == first
    tab.evaluate("clientops.look = clientops.awake; sessionStorage.clear()")
    eventually(lambda: look(tab, "document.dispatchEvent(new Event('visibilitychange'))") != first)
    expect(tab.locator(f"{READY} #shown")).to_contain_text("month=1998-04")


def test_an_open_page_says_that_there_is_something_new(server, tab, folder):
    """The notebook changed here; new data change the same."""
    tab.goto("/known")
    expect(tab.locator(f"{READY} #known")).to_be_visible()
    tab.evaluate("clientops.look()")
    expect(tab.locator("#renewed")).to_be_hidden()
    path = folder / "notebooks" / "known.ipynb"
    path.write_text(path.read_text("utf-8").replace("wide", "renewed table"), "utf-8")
    tab.evaluate("clientops.look()")
    expect(tab.locator("#renewed")).to_contain_text("There are new data.")
    tab.locator("#renewed").get_by_role("button", name="Reload").click()
    expect(tab.get_by_text("renewed table")).to_be_visible()
    expect(tab.locator("#renewed")).to_be_hidden()


def look(tab, how: str = "clientops.look()") -> str:
    """Let the page look after its kernel; the kernel it has then."""
    with contextlib.suppress(Error):  # it is just beginning anew
        tab.evaluate(how)
        return tab.locator("#cells").get_attribute("data-kernel")
    return ""


def test_whatever_is_on_a_page_it_is_no_wider_than_a_phone_and_all_of_it_is_printed(tab):
    """Pages of the suite: test_visits.py."""
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto("/known")
    tab.wait_for_selector(f"{READY} #known")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.evaluate("window.scrollTo(500, 0)")
    assert tab.evaluate("window.scrollX") == 0
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.evaluate("document.querySelector('#cells #known').style.height = '5000px'")
    tab.emulate_media(media="print")
    assert tab.evaluate("document.documentElement.scrollHeight") > 5000
    expect(tab.locator("nav")).to_be_hidden()
    assert tab.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") >= 4


def test_the_keyboard_shows_where_it_is(tab):
    tab.goto("/pages")
    tab.keyboard.press("Tab")
    expect(tab.get_by_text("Skip to the content")).to_be_in_viewport()
    for _ in range(2):
        tab.keyboard.press("Tab")
        assert tab.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


def test_the_first_page_is_there_at_once(server):
    """Who comes without an address reads the first page, of the month asked for."""
    status, headers, _ = get(server, "/?month=2026-05&x=1")
    first = re.search(r'<nav.*?href="([^"?]+)', get(server, "/pages")[2], re.DOTALL)[1]
    assert (status, headers["Location"]) == (302, f"{first}?month=2026-05")


def test_an_unknown_page_shows_those_there_are(server):
    status, _, text = get(server, "/nothing")
    assert status == 404
    assert "There is no such page" in text and 'href="/portfolio"' in text


def test_without_a_store_every_address_says_so(server, folder):
    """And a draft that nobody can read costs only itself."""
    current = folder / "data" / ".clientops" / "current"
    aside = current.rename(current.with_name("aside"))
    try:
        for path in ("/pages", "/portfolio", "/nothing"):
            status, _, text = get(server, path)
            assert status in (404, 500) and "The data cannot be read just now" in text
    finally:
        aside.rename(current)
    deep = folder / "notebooks" / "drafts" / "deep.ipynb"
    deep.write_text("[" * 100_000, encoding="utf-8")
    try:
        assert "Portfolio quality" in get(server, "/pages")[2]
    finally:
        deep.unlink()


def test_nobody_takes_more_than_half_of_the_places():
    """Who signed in loses the own page that was unused for longest; others keep theirs."""
    ended = []
    noted = SimpleNamespace(note=lambda *_args, **known: ended.append(known["kernel"]))
    opened = OpenPages(SimpleNamespace(kernel_manager=None, log=None, max_kernels=12, audit=noted))
    ann, bob = (Visitor(name, user=User(name, "manager")) for name in ("ann", "bob"))
    page = Page("/portfolio", "portfolio.ipynb", "", "")

    def open_one(visitor: Visitor, used: float) -> bool:
        one = OpenPage(visitor, page, "", [], "", None, kernel_id=f"{visitor.username} {used}")
        one.used = used
        has_room = beside_other_loops(opened.has_room(visitor))
        opened._open[one.kernel_id] = one
        return has_room

    for used in (3, 1, 2, 4, 5, 6):
        assert open_one(ann, used)
    assert not ended and open_one(ann, 7)
    assert ended == ["ann 1"]
    assert open_one(bob, 1) and ended == ["ann 1"]
    local = Visitor("local")
    assert all(open_one(local, time.monotonic()) for _ in range(5))
    assert ended == ["ann 1"]


def test_a_page_at_work_holds_up_no_other_tab_of_its_browser(browser, server):
    context = browser.new_context(base_url=server.address)
    slow, held, logged = context.new_page(), [], len(server.log.read_text())
    slow.route("**/voila.js", lambda route: held.append(route))
    slow.goto("/slow", wait_until="commit")
    slow.wait_for_timeout(3000)  # its kernel is at work before its program asks for it
    with slow.expect_websocket(lambda socket: "/api/kernels/" in socket.url, timeout=30_000):
        held[0].continue_()
    page = context.new_page()
    page.goto("/portfolio")
    page.wait_for_selector("#shown", timeout=30_000)  # the other one is at work for a minute
    for each in (slow, page):
        each.close(run_before_unload=True)
    eventually(lambda: not server.kernels())
    context.close()
    assert "Traceback" not in server.log.read_text()[logged:]


def test_sigterm_leaves_no_kernel(folder, browser):
    server = Server(folder, quiet=QUIET)
    context = browser.new_context(base_url=server.address)
    context.set_default_timeout(60_000)
    context.new_page().goto("/slow", wait_until="commit")
    page = context.new_page()
    page.goto("/portfolio")
    page.wait_for_selector("#shown")
    kernels = server.kernels()
    assert len(kernels) == 2
    assert server.stop() == 0
    eventually(lambda: not any(kernel.is_running() for kernel in kernels))
    context.close()
    assert "Traceback" not in server.log.read_text()
