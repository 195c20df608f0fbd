"""The words to translate: python -m tests.catalogue FILE.pot, or LANGUAGE (make words), which
brings that catalogue up to date and lists what is missing in it.

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
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from clientops.notebooks import heading
from clientops.words import CATALOGUES
from clientops.words.docstrings import paragraphs

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": None, "N_": None, "plural": (1, 2), "pgettext": ((1, "c"), 2),
            "Check": (2,), "note": (1,)}  # fmt: skip
# Whose errors only those meet who run a server, send packs or write notebooks.
_UNREAD = {"serve", "report", "new_topic.py", "notebooks.py"}

_HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""

Message = tuple[int, str | None, Any, list[str]]


def of_python(file: BinaryIO, keywords: Any, tags: Any, options: dict) -> Iterator[Message]:
    """The marked texts of a module, the docstrings of its tables and, unless *options* say
    otherwise, the sentences of its errors (one that is put together where it is raised cannot be
    found in a catalogue)."""
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
    value = getattr(call.args[0], "value", "") if call.args else ""
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
            for _line, text, _notes, context in extract(
                method, file, KEYWORDS, options={"errors": is_read}
            ):
                catalogue.add(text, context=context)
    return catalogue


def write(path: Path) -> None:
    """Write the template."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, template(), sort_output=True, no_location=True, omit_header=True, width=100)


def of_language(language: str) -> Path:
    """Where a language's catalogue lies."""
    return CATALOGUES / language / "LC_MESSAGES" / "clientops.po"


def read(path: Path) -> Catalog:
    """A language's catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def missing(catalogue: Catalog) -> list[str]:
    """The texts, of one or several forms, that the catalogue does not translate whole."""
    found = [message for message in catalogue if message.id]
    return [
        " | ".join(forms(message.id))
        for message in found
        if not all(forms(message.string)) or message.fuzzy
    ]


def forms(text: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """A text, or its plural forms."""
    return text if isinstance(text, tuple) else (text or "",)


def update(language: str) -> list[str]:
    """Bring the catalogue up to date, without the texts that are gone; returns what is missing."""
    path = of_language(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = read(path) if path.exists() else Catalog(locale=language)
    catalogue.update(template(), no_fuzzy_matching=True)
    with path.open("wb") as file:
        # Without the dates of a usual head, which differ with every run.
        file.write(_HEAD.format(plural_forms=catalogue.plural_forms).encode())
        write_po(file, catalogue, sort_output=True, no_location=True, omit_header=True,
                 ignore_obsolete=True, width=100)  # fmt: skip
    return missing(catalogue)


if __name__ == "__main__":
    if sys.argv[1].endswith(".pot"):
        write(Path(sys.argv[1]))
    else:
        absent = update(sys.argv[1])
        print(*absent, f"missing in {of_language(sys.argv[1]).relative_to(ROOT)}: {len(absent)}",
              sep="\n")  # fmt: skip
