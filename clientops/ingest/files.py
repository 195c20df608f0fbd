"""Exports as rows of text: which files there are, and how a text file is divided.

`parts(path)` gives every row with the line it starts on, so that a reject can be found again in an
editor, and every line that is no row with the reason.
"""

import contextlib
import csv
import itertools
import re
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import NamedTuple

from clientops.errors import ClientOpsError, nearest
from clientops.ingest import containers, headers, workbooks
from clientops.ingest.encodings import encoding
from clientops.ingest.headers import Fits
from clientops.settings import Source

SUFFIXES = (".csv", ".tsv", *containers.WORKBOOKS, ".parquet")
DELIMITERS = ",;\t|"


class TextFile(NamedTuple):
    """A divided text file: how to open it, and the names in its header."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    skip: int = 1  # records up to the header, and it


class Part(NamedTuple):
    """A text file, or a sheet of a workbook: where rejects say it is, and its rows."""

    label: str
    header: list[str]
    rows: "Iterator[Row | BadLine]"
    said: Counter  # what is worth knowing, and of how many rows; complete once all rows were taken
    hidden: set[int] = frozenset()  # rows that a workbook does not show
    levels: Mapping[int, int] = MappingProxyType({})  # rows below others in its outline, how deep


class BadLine(NamedTuple):
    """A line that does not have the header's columns."""

    line: int
    text: str
    reason: str


Row = tuple[int, list[str]]  # the line it starts on, and its cells
SHORT = "row ends early: the cells missing at its end are empty"


def of_table(data: Path, name: str, source: Source, forms: Collection[Path] = ()) -> list[Path]:
    """The files of a table: those of its `file` pattern, else the one named after the table.

    *forms*: its other files, besides which there may be none. Raises ClientOpsError where there is
    none at all, or more than one that could be meant.
    """
    if source.file:
        return find(data, source.file)
    present = [path for suffix in SUFFIXES if (path := data / f"{name}{suffix}").is_file()]
    present = [path for path in present if path not in forms]
    if len(present) > 1:
        raise ClientOpsError(
            "{data}: both {one} and {other} are there; name one: [tables.{table}] "
            'file = "…" in clientops.toml',
            data=data, one=present[0].name, other=present[1].name, table=name,
        )  # fmt: skip
    return present if present or forms else find(data, f"{name}.csv")


def find(data: Path, pattern: str) -> list[Path]:
    """The files of a pattern in the data folder, sorted by name.

    Raises ClientOpsError where there is none, where one lies outside the folder (what a store is
    made from must be seen in one place) or has an ending that is not read.
    """
    if PurePath(pattern).is_absolute() or ".." in PurePath(pattern).parts:
        raise ClientOpsError("{pattern}: only files inside the data folder {data} are read",
                             pattern=pattern, data=data)  # fmt: skip
    found = matching(data, pattern)
    if not found:
        hint = nearest(pattern, exports(data))
        raise ClientOpsError("{data}: no file {pattern}; {hint}", data=data, pattern=pattern,
                             hint=hint)  # fmt: skip
    for path in found:
        if path.suffix.lower() not in SUFFIXES:
            ending = path.suffix or ClientOpsError("a name without an ending")
            raise ClientOpsError("{path}: {ending} is not supported; known endings: {known}",
                                 path=path, ending=ending, known=", ".join(SUFFIXES))  # fmt: skip
    return found


def matching(data: Path, pattern: str) -> list[Path]:
    """The file of this name in the data folder, else those of the pattern, sorted by name."""
    with contextlib.suppress(OSError, ValueError, IndexError):  # no name, and no pattern
        if (data / pattern).is_file():
            return [data / pattern]
        return sorted(_glob(data, pattern), key=_age)
    return []


def _age(path: Path) -> tuple:
    """Earlier exports first: sales_9 before sales_10, and `sales.csv` before `sales (1).csv`."""
    stem, _, copy = path.stem.removesuffix(")").rpartition(" (") if path.stem[-1:] == ")" else (
        path.stem, "", "0")  # fmt: skip
    parts = re.split(r"(\d+)", str(path.with_name(stem)))
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts], copy.zfill(9), str(path)


def _glob(data: Path, pattern: str) -> Iterator[Path]:
    """Matching files, without hidden ones (a store, say) and those an open workbook leaves."""
    for path in data.glob(pattern):
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(data).parts)
        if path.is_file() and not hidden:
            yield path


def exports(data: Path) -> list[str]:
    """Names of the files in the data folder that could be read, sorted."""
    return sorted(path.name for path in data.iterdir()
                  if path.suffix.lower() in SUFFIXES and path.is_file())  # fmt: skip


def open_text(path: Path, fits: Fits | None = None, given: str = "") -> TextFile:
    """Encoding (*given*: said by the settings), delimiter and column names of a text file.

    The header is the first row that *fits*, else the first one (below a title of one cell). Raises
    ClientOpsError for an empty file, another encoding, a first line that never ends.
    """
    file = TextFile(path, encoding(path, given), "\t", [])
    marks, found = "\t" if path.suffix.lower() == ".tsv" else DELIMITERS, {}
    try:
        with path.open(encoding=file.encoding, newline="") as lines:
            told = re.fullmatch(r'\ufeff?"?sep=(.)"?\s*', lines.readline(), re.IGNORECASE)
        for mark in told[1] if told else marks:
            with path.open(encoding=file.encoding, newline="") as lines:
                head = _head(lines, mark)[bool(told) :]
            at, cells = headers.found(head, fits)
            found[mark] = at + 1 + bool(told), cells
    except UnicodeError as error:
        raise _unreadable(file, error) from error
    except csv.Error as error:
        raise ClientOpsError("{path}: the first line cannot be divided: {reason}", path=path,
                             reason=str(error)) from error  # fmt: skip
    # Names hardly ever hold a delimiter: the one that divides the first header most is it.
    delimiter = max(
        found,
        key=lambda mark: (
            bool(fits and fits(headers.names(found[mark][1]))), -found[mark][0], len(found[mark][1])
        ),
    )  # fmt: skip
    skip, header = found[delimiter]
    if not any(map(str.strip, header)):
        raise ClientOpsError("{path}: the file is empty; a first line with column names is needed",
                             path=path)  # fmt: skip
    return file._replace(delimiter=delimiter, header=headers.names(header), skip=skip)


def _unreadable(file: TextFile, error: UnicodeError) -> ClientOpsError:
    return ClientOpsError("{path}: not readable as {encoding}: {reason}", path=file.path,
                          encoding=file.encoding,
                          reason=str(getattr(error, "reason", error)))  # fmt: skip


def _head(lines: Iterator[str], mark: str) -> list[list[str]]:
    """The first records of a text, as far as they can be divided."""
    head: list[list[str]] = []
    try:
        head += itertools.islice(csv.reader(lines, delimiter=mark), 1)
        head += itertools.islice(csv.reader(lines, delimiter=mark), headers.HEAD)
    except csv.Error:
        if not head:
            raise
    return head


def parts(path: Path, source: Source, fits: Fits | None = None) -> list[Part]:
    """The rows that are not blank of a text file, or of each sheet of a workbook that is read.

    Where the source has `groups`, blanks before a text mean something and are kept.
    """
    if containers.is_workbook(path):
        return [Part(*sheet) for sheet in workbooks.sheets(path, source, fits)]
    file, said = open_text(path, fits, source.encoding), Counter()
    return [Part(path.name, file.header, _text_rows(file, fits, said, bool(source.groups)), said)]


def _text_rows(
    file: TextFile, fits: Fits | None, said: Counter, has_indents: bool
) -> Iterator[Row | BadLine]:
    width = len(file.header)
    needed = (fits and fits(file.header)) or width
    with file.path.open(encoding=file.encoding, newline="") as lines:
        header = csv.reader(lines, delimiter=file.delimiter)
        for _ in range(file.skip):
            again = next(header)
        try:
            for line, texts, cells in _records(
                _without_nuls(lines, said), file.delimiter, header.line_num, not has_indents
            ):
                if isinstance(cells, str):
                    yield BadLine(line, _shown(texts[0]), cells)
                elif not any(map(str.strip, cells)):
                    continue
                elif cells == again:
                    said[workbooks.AGAIN] += 1
                elif len(cells) < needed or any(map(str.strip, cells[width:])):
                    yield from _misfits(line, texts, f"{len(cells)} columns instead of {width}")
                elif len(cells) < width:
                    said[SHORT] += 1
                    yield line, cells + [""] * (width - len(cells))
                else:
                    yield line, cells[:width]
        except UnicodeError as error:
            raise _unreadable(file, error) from error


def _without_nuls(lines: Iterator[str], said: Counter) -> Iterator[str]:
    """Old programs fill fields up with zero bytes."""
    for line in lines:
        if "\0" in line:
            said["zero bytes in the line: read past"] += 1
            line = line.replace("\0", "")
        yield line


def _records(
    lines: Iterator[str], delimiter: str, done: int, strips: bool = True
) -> Iterator[tuple[int, list[str], list[str] | str]]:
    """Each record after line *done*: its first line, its lines, its cells or what is wrong.

    A quote that never closes takes all that follows into one cell. So a record that cannot be
    divided is that one line only, and reading goes on with the line after it.
    """
    waiting: deque[str] = deque()
    taken: list[str] = []

    def feed() -> Iterator[str]:
        while line := waiting.popleft() if waiting else next(lines, ""):
            taken.append(line)
            yield line

    def divided() -> Iterator[list[str]]:
        return csv.reader(feed(), delimiter=delimiter, strict=True, skipinitialspace=strips)

    reader = divided()
    while True:
        taken.clear()
        try:
            cells: list[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = f"not divisible, quotes do not match ({error})"
            waiting.extendleft(reversed(taken[1:]))
            del taken[1:]
            reader = divided()
        yield done + 1, taken, cells
        done += len(taken)


def _misfits(line: int, texts: list[str], reason: str) -> Iterator[BadLine]:
    """Every line of a record of the wrong width: quotes that go wrong may have joined many rows."""
    if len(texts) > 1:
        reason += f" in the quoted text of lines {line} to {line + len(texts) - 1}"
    for number, text in enumerate(texts, line):
        yield BadLine(number, _shown(text), reason)


def _shown(text: str) -> str:
    return text.strip()[:200]
