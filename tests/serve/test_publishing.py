"""What serve/README.md says about publishing, run: nginx with TLS in front, and the service."""

import configparser
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
import trustme
from playwright.sync_api import expect

from tests.conftest import ROOT
from tests.serve import firm
from tests.serve.conftest import QUIET, Server, eventually
from tests.serve.visitors import PASSWORD

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CLIENT = "127.0.0.5"  # an address of this machine that nobody else speaks from


def block(language: str) -> list[str]:
    """The blocks of that text in a language."""
    text = (ROOT / "clientops" / "serve" / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The server behind nginx, configured as told there; only places and names are others."""
    if NGINX is None:
        pytest.skip("no nginx here")
    folder = tmp_path_factory.mktemp("published")
    firm.built(folder)
    server = Server(folder, proxy_addresses=["127.0.0.1"], quiet=QUIET)
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    secure, plain = free_port(), free_port()
    (told,) = block("nginx")
    changes = {
        "listen 443": f"listen 127.0.0.1:{secure}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "/etc/ssl/clients.example.com.pem": str(folder / "both.pem"),
        "/etc/ssl/private/clients.example.com.key": str(folder / "both.pem"),
        "clients.example.com": "127.0.0.1",
        "http://127.0.0.1:8866": server.address,
        "https://$host$": f"https://$host:{secure}$",
    }
    for old, new in changes.items():
        assert old in told, old
        told = told.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    path = folder / "nginx.conf"
    path.write_text(f"daemon off; pid {folder}/pid; worker_processes 1; error_log stderr;\n"
                    f"events {{}}\nhttp {{ access_log off;\n{places}\n{told}}}\n")  # fmt: skip
    with (folder / "nginx.log").open("w") as log:
        nginx = subprocess.Popen([NGINX, "-c", path, "-p", folder], stderr=log)
    eventually(lambda: is_open(secure))
    yield SimpleNamespace(server=server, secure=secure, plain=plain, authority=authority)
    nginx.terminate()
    assert nginx.wait(20) == 0
    assert server.stop() == 0


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_people_work_through_nginx(published, browser):
    """Sign-in, cookies bound to TLS, a page with its widgets, the reader's own address."""
    context = browser.new_context(
        base_url=f"https://127.0.0.1:{published.secure}", ignore_https_errors=True
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto("/portfolio")
    page.fill("[name=name]", "Dora")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_selector("#cells:not([aria-busy]) .co-table")
    page.get_by_label("Manager", exact=True).select_option(label="ann-manager")
    expect(page.locator(".co-subtitle").first).to_contain_text("ann-manager")
    cookie = next(c for c in context.cookies() if "clientops-" in c["name"])
    assert cookie["name"].startswith("__Host-") and cookie["secure"] and cookie["httpOnly"]
    page.close(run_before_unload=True)
    eventually(lambda: not published.server.kernels())
    context.close()


def test_the_log_names_the_reader_not_nginx(published):
    """Also where a client says that it comes from elsewhere."""
    trusted = ssl.create_default_context()
    published.authority.configure_trust(trusted)
    connection = http.client.HTTPSConnection(
        "127.0.0.1", published.secure, context=trusted, source_address=(CLIENT, 0), timeout=60
    )
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.headers["Strict-Transport-Security"]
    token = re.search(r'name="_xsrf" value="([^"]+)"', text)[1]
    fields = {"_xsrf": token, "name": "Dora", "password": "wrong password"}
    connection.request("POST", "/sign-in", urlencode(fields), {
        "Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "6.6.6.6",
        "Cookie": answer.headers["Set-Cookie"].partition(";")[0],
    })  # fmt: skip
    assert connection.getresponse().status == 403
    connection.close()
    last = published.server.audit()[-1]
    assert (last["event"], last["address"]) == ("sign-in refused", CLIENT)


def test_without_tls_one_is_sent_to_it(published):
    connection = http.client.HTTPConnection("127.0.0.1", published.plain, timeout=60)
    connection.request("GET", "/portfolio?month=2026-10")
    answer = connection.getresponse()
    assert answer.status == 301
    assert answer.headers["Location"].startswith("https://127.0.0.1")
    assert answer.headers["Location"].endswith("/portfolio?month=2026-10")
    connection.close()


def test_the_service_is_one_that_systemd_understands(tmp_path):
    """With the paths of this checkout in place of those told there."""
    (told,) = [text for text in block("ini") if "clientops serve" in text]
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(told)
    command = unit["Service"]["ExecStart"].split()
    assert Path(command[0]).name == "clientops" and command[1] == "serve"
    assert "--proxy-address" in command
    checked = shutil.which("systemd-analyze")
    if checked is None:
        return
    told = told.replace("/srv/clientops/.venv/bin/clientops", "/bin/true")
    told = told.replace("User=clientops", "User=root")
    path = tmp_path / "clientops.service"
    path.write_text(told, encoding="utf-8")
    done = subprocess.run(
        [checked, "verify", path], check=False, capture_output=True, text=True, timeout=60
    )
    about = [line for line in done.stderr.splitlines() if "clientops.service" in line]
    assert about == [], done.stderr
