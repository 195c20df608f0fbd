"""What a store depends on, as one hash: sources, settings, versions, and the code that made it."""

import ast
import dataclasses
import functools
import hashlib
import inspect
import platform
from collections.abc import Callable
from pathlib import Path

import duckdb
import holidays
import msgspec
import numpy as np
import pandas as pd

from clientops import ingest, metrics, settings, store
from clientops.schema import about

PACKAGE = Path(__file__).parent.parent
# All of it can change a store; of the metrics only what is stored, and pages and figures cannot.
_CODE = ("schema/**/*.py", "settings/**/*.py", "periods.py", "ingest/**/*.py", "store/**/*.py",
         "book/**/*.py", "build/**/*.py", "ledger/**/*.py")  # fmt: skip


def of(data: Path, config: settings.Settings, code: dict[str, str], version: str = "") -> str:
    """A hash of everything a store depends on; *code* is what `code` says of it, *version* what
    the engine says of its tables."""
    digest = hashlib.sha256(version.encode())
    config = dataclasses.replace(config, mail=settings.Mail())  # who gets mail changes no data
    for part in (dataclasses.asdict(config), versions()):
        digest.update(msgspec.json.encode(part, order="deterministic"))
    digest.update(code["counts"].encode())
    for path in ingest.source_files(store.connect, data, config):
        with path.open("rb") as file:
            digest.update(f"{path.name}\0".encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """The libraries that have a say in the numbers."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "duckdb": duckdb.__version__,
        "pandas": pd.__version__,
        "numpy": np.__version__,
        "holidays": holidays.__version__,
    }


def code(known: dict[str, str]) -> dict[str, str]:
    """Hashes of the code that is running: of its `text`, and of what `counts` of it.

    The second is taken from what is *known* of the same text, where that is: to work it out takes
    longer than to look into a store.
    """
    text = _text()
    return known if known.get("text") == text else {"text": text, "counts": _code()}


@functools.cache
def _text() -> str:
    """A hash of the code's files; what an update puts on disk meanwhile is not running."""
    digest = hashlib.sha256()
    for path in sorted(
        path for pattern in (*_CODE, "metrics/**/*.py") for path in PACKAGE.glob(pattern)
    ):
        digest.update(f"{path.relative_to(PACKAGE)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


@functools.cache
def _code() -> str:
    """A hash of what counts of the code.

    Comments and docstrings do not count, nor do tables of which nothing is stored.
    """
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _CODE for path in PACKAGE.glob(pattern)):
        digest.update(plain(ast.parse(path.read_text(encoding="utf-8"))).encode())
    for function in metrics.tables().values():
        if about(function).stored or about(function).headlines:
            digest.update(reached(function).encode())
    return digest.hexdigest()


def plain(tree: ast.AST) -> str:
    """Code without its comments, docstrings and layout."""
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        if documented and ast.get_docstring(node, clean=False):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)


def reached(function: Callable) -> str:
    """The code of a table's function and of what it uses of its module, as far as that goes."""
    defined = _definitions(inspect.unwrap(function).__code__.co_filename)
    found, waiting = {}, [function.__name__]
    while waiting:
        name = waiting.pop()
        if name in defined and name not in found:
            node = defined[name]
            found[name] = plain(node)
            waiting += [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    return "".join(found[name] for name in sorted(found))


@functools.cache
def _definitions(path: str) -> dict[str, ast.AST]:
    """The statements of a module by the names they define."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return {name: node for node in tree.body for name in _names_of(node)}


def _names_of(node: ast.AST) -> list[str]:
    """The names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [each.id for target in targets for each in ast.walk(target)
                if isinstance(each, ast.Name)]  # fmt: skip
    return []
