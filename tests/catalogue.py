"""The template of all words to translate: python -m tests.catalogue FILE (make words).

Babel finds what `_`, `N_` and `plural` mark; this adds what is said without a mark: the docstrings
of metric tables, which are the definition cards, the headings of notebooks, and errors that reach
pages. It lies here as only a checkout has what it reads, and the package needs none of it.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import nbformat
from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_python
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from clientops.notebooks import heading
from clientops.words.docstrings import paragraphs

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": None, "N_": None, "plural": (1, 2), "pgettext": ((1, "c"), 2)}
# Whose errors a reader of pages never meets: they are told on the command line.
_UNREAD = {"ingest", "cli", "serve", "report", "build.py", "new_topic.py", "notebooks.py"}

Message = tuple[int, str | None, Any, list[str]]


def of_python(file: BinaryIO, keywords: Any, tags: Any, options: dict) -> Iterator[Message]:
    """The marked texts of a module, the docstrings of its tables and, unless *options* say
    otherwise, the sentences of its errors; `{name}` stands for what an error puts in."""
    yield from extract_python(file, keywords, tags, options)
    file.seek(0)
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.FunctionDef) and "table" in map(_called, node.decorator_list):
            for text in paragraphs(ast.get_docstring(node) or ""):
                yield node.lineno, None, text, []
        if _called(node) == "ClientOpsError" and options["errors"] and (text := _text(node)):
            yield node.lineno, None, text, []


def of_notebook(file: BinaryIO, keywords: Any, tags: Any, options: dict) -> Iterator[Message]:
    """The title and the question of a notebook."""
    for text in filter(None, heading(nbformat.reads(file.read().decode(), as_version=4))):
        yield 1, None, text, []


def _called(node: ast.AST) -> str:
    """The name of a function that is called; empty for all else."""
    return getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""


def _text(call: ast.Call) -> str:
    """The first argument as a text of the catalogue; empty where it is worked out."""
    argument = call.args[0] if call.args else None
    if isinstance(argument, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
            for part in argument.values
        )
    value = getattr(argument, "value", "")
    return value if isinstance(value, str) else ""


def template() -> Catalog:
    """All texts, sorted, without places: the same code gives the same file."""
    catalogue = Catalog(project="clientops", charset="utf-8")
    package = ROOT / "clientops"
    files = [(path, of_python) for path in sorted(package.rglob("*.py"))]
    files += [(path, babel_extract) for path in sorted(package.rglob("templates/**/*.html"))]
    files += [(path, of_notebook) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    for path, method in files:
        is_read = path.is_relative_to(package) and path.relative_to(package).parts[0] not in _UNREAD
        with path.open("rb") as file:
            for _line, text, _notes, _context in extract(
                method, file, KEYWORDS, options={"errors": is_read}
            ):
                catalogue.add(text)
    return catalogue


def write(path: Path) -> None:
    """Write the template."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, template(), sort_output=True, no_location=True, omit_header=True, width=100)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
