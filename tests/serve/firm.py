"""A small firm in which every client's name says whose it is, so that a leak shows in any text."""

import itertools
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from clientops.build import build
from clientops.serve import users
from clientops.serve.users import User
from tests.conftest import ROOT, rows_of_last
from tests.serve.visitors import PASSWORD

MANAGERS = {"m1": ("ann", "North"), "m2": ("bob", "North"), "m3": ("cleo", "South")}
NAMES = ["plain", "<img src=x onerror=window.hurt=1>", '=HYPERLINK("http://evil.example")',
         "<script>window.hurt=2</script>", "O'Neil & Söhne"]  # fmt: skip
PEOPLE = [
    User("Ann", "manager", ("m1",)),
    User("Bob", "manager", ("m2",)),
    User("Lea", "lead", (), ("North",)),
    User("Dora", "director"),
    User("Nick", "manager", ("m9",)),  # of no client
]

ROWS = """
from IPython.display import HTML
import html, os
from clientops import open_book
book = open_book()
names = "; ".join(map(str, [*book.clients["client_name"], *book.managers["manager_name"]]))
HTML(f"<p id='rows'>{html.escape(names)}</p><p>{html.escape(repr(sorted(os.environ)))}</p>")
""".strip()
FAIL = """
import ipywidgets, time
def fail(change):
    if change["new"] == "tired":
        return time.sleep(4)
    raise ValueError("inner detail of /somewhere/secret.py")
choice = ipywidgets.Dropdown(options=["calm", "angry", "tired"], description="Mood")
choice.observe(fail, "value")
choice
""".strip()


def write(root: Path) -> None:
    """The folders `data`, `notebooks` and `config` of the firm."""
    data = root / "data"
    data.mkdir()
    clients = [(f"{manager}-{number}", f"{NAMES[number % len(NAMES)]} {name}-client-{number}",
                manager)
               for manager, (name, _) in MANAGERS.items() for number in range(10)]  # fmt: skip
    ledger = ["shipment_id;shipped_on;client_id;revenue"]
    months = [(2025, 12), *((2026, month) for month in range(1, 13))]  # a year, and one before
    for (year, month), (place, client) in itertools.product(months, enumerate(clients)):
        if (place + month) % 3:
            ledger.append(f"{len(ledger)};{year}-{month:02}-15;{client[0]};{100 + 37 * place}.5")
    # Each client's invoices are numbered by whose it is: one is paid, one by nobody's number.
    invoices, paid = [], []
    for place, (client, _name, manager) in enumerate(clients):
        for month in (10, 11, 12):
            number = f"{MANAGERS[manager][0]}-invoice-{client}-{month}"
            invoices.append(f"{number};{client};2026-{month}-05;{100 + place};2026-{month}-19")
        first = f"{MANAGERS[manager][0]}-invoice-{client}-10"
        paid.append(f"2026-10-{10 + place % 10};{client};{100 + place};{first}")
        paid.append(f"2026-12-01;{client};{50 + place};")
    files = {
        "shipments": ledger,
        "receivables": ["invoice_id;client_id;invoiced_on;amount;due_on", *invoices],
        "payments": ["paid_on;client_id;amount;invoice_id", *paid],
        "stock": ["month;product_id;stock_value", "2026-11-01;P1;500", "2026-12-01;P1;700"],
        "clients": ["client_id;client_name;manager_id;client_group",
                    *(f'{i};{_quoted(n)};{m};group of {MANAGERS[m][0]}-client'
                      for i, n, m in clients)],
        "managers": ["manager_id;manager_name;team",
                     *(f"{i};{name}-manager;{team}" for i, (name, team) in MANAGERS.items())],
    }  # fmt: skip
    for name, lines in files.items():
        (data / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    books = root / "notebooks"
    (books / "drafts").mkdir(parents=True)
    for name in ("portfolio.ipynb", "data.ipynb", "client.ipynb", "base.ipynb", "calls.ipynb",
                 "turnover.ipynb"):  # fmt: skip
        (books / name).write_bytes((ROOT / "notebooks" / name).read_bytes())
    for name, code in (("rows", ROWS), ("fail", FAIL), ("wrong", "inner_detail()"),
                       ("drafts/secret_plan", ROWS)):  # fmt: skip
        cells = [new_markdown_cell(f"# {name}"), new_code_cell(code)]
        nbformat.write(new_notebook(cells=cells), books / f"{name}.ipynb")
    hashed = users.hash_password(PASSWORD)
    path = root / "config" / "clientops" / "users.json"
    for each in PEOPLE:
        users.add(path, User(each.name, each.role, each.manager_ids, each.teams, hashed))


def built(root: Path) -> None:
    """The same with a store of what pages of the last months tell: of all takes twice as long."""
    write(root)
    with rows_of_last(5):
        build(root / "data")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
