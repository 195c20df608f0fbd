"""All packs of a month: which are to be made, made side by side, each whole or not at all."""

import contextlib
import dataclasses
import datetime
import errno
import functools
import importlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import filelock
import nbformat
import pandas as pd

from clientops import figures, metrics, periods, store, words
from clientops.book import Book, Viewer
from clientops.errors import ClientOpsError, nearest
from clientops.report import changes, document, recipients, record, workers
from clientops.report import pack as packs
from clientops.report.content import content as content_of
from clientops.report.recipients import Recipient
from clientops.report.reconcile import reconcile
from clientops.report.typeset import typeset
from clientops.report.workbook import workbook
from clientops.schema import MONEY_SCALE
from clientops.words import N_, fonts

FORMATS = ("html", "pdf", "xlsx")
LOCK = ".lock"
INDEX = "index.html"  # leads to all packs
PATIENCE = 2.0  # seconds in which processes of a killed run have ended
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}

Progress = Callable[[str, int, int], None]  # told what is done next: step, its number, how many


@dataclasses.dataclass(frozen=True)
class Asked:
    """What all packs of a run have in common."""

    data: Path
    snapshot: Path
    folder: Path
    month: pd.Timestamp
    notebooks: list[Path]
    when: datetime.datetime
    stamp: str
    ledger: int  # money of all shipments the build kept, ten-thousandths
    before: dict[str, Any]  # what last month's packs told, by key
    unchanged: frozenset[str]  # past months whose sales are those of last month's company pack


class Task(NamedTuple):
    """One pack to make."""

    recipient: Recipient
    formats: tuple[str, ...]
    inputs: str


class Made(NamedTuple):
    """What became of a task."""

    entry: dict[str, Any]  # of the run record
    is_disk: bool = False  # nothing can be written: the others would fail too


class Report(NamedTuple):
    """What a run did."""

    folder: Path
    made: list[str]  # keys of packs
    unchanged: list[str]
    failed: dict[str, str]  # key and reason

    @property
    def index(self) -> Path:
        """The page that leads to all packs."""
        return self.folder / INDEX


def report(
    data: str | Path = "",
    *,
    month: str = "",
    manager_ids: Sequence[str] = (),
    teams: Sequence[str] = (),
    formats: Sequence[str] = FORMATS,
    jobs: int = 0,
    out: str | Path = "reports",
    notebooks: str | Path = "notebooks",
    store_folder: str | Path = "",
    force: bool = False,
    partial: bool = False,
    progress: Progress = lambda step, number, total: None,
) -> Report:
    """Make the packs of a month from a data folder that has been built.

    *month*: default the last complete one; one that is not over only with *partial*. Packs whose
    inputs are those of the record stay as they are, unless *force*. *jobs*: processes; default one
    per core. Raises ClientOpsError for bad input and where nothing can be written; a pack that
    fails is named in what is returned.
    """
    if not formats:
        raise ClientOpsError(f"no format; known: {', '.join(FORMATS)}")
    for each in formats:
        if each not in FORMATS:
            raise ClientOpsError(f"unknown format {each!r}; {nearest(each, FORMATS)}")
    folder = store.data_folder(data).resolve()
    snapshot = _snapshot(folder, store_folder)
    book = Book(snapshot, Viewer(), name=folder.name)
    asked_month = book.check_month(month)
    _check_complete(book, asked_month, partial)
    chosen = recipients.recipients(book, asked_month, manager_ids, teams)
    topics = packs.topics(Path(notebooks))
    target = Path(out).resolve() / periods.label(asked_month)
    with writing(target), alone(target), no_drafts(target):
        asked = _asked(book, folder, snapshot, target, asked_month, topics)
        kept = record.read(target)
        tasks, unchanged = _tasks(asked, book, kept, chosen, formats, force)
        if tasks:
            kept = _head(asked, book, jobs) | {"packs": kept["packs"]}
        del book  # its engine has threads, which must not be there when processes are forked
        failed = _make(asked, tasks, kept, jobs or _cores(), progress)
    made = [task.recipient.key for task in tasks if task.recipient.key not in failed]
    return Report(target, made, unchanged, failed)


def _snapshot(folder: Path, store_folder: str | Path) -> Path:
    """The built data, which stay the same for all packs of the run."""
    if not folder.is_dir():
        raise ClientOpsError(f"{folder}: no such folder")
    snapshot = store.snapshot(store.folder(folder, store_folder))
    if snapshot is None:
        raise ClientOpsError(f"{folder}: not built yet; run clientops build --data {folder}")
    return snapshot.resolve()


def _check_complete(book: Book, month: pd.Timestamp, partial: bool) -> None:
    company = book.company
    week = (company.calendar, company.work_week)
    if not partial and not periods.is_complete(month, book.data_until, *week):
        raise ClientOpsError(
            f"month {periods.label(month)} is not complete: data to {book.data_until:%Y-%m-%d}; "
            "--partial makes the packs all the same"
        )


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What cannot be written becomes one line."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ClientOpsError(f"{error.filename or folder}: {error.strerror or error}") from error


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """No other run makes packs of the month meanwhile."""
    try:
        held = filelock.FileLock(folder / LOCK).acquire(timeout=PATIENCE)
    except filelock.Timeout:
        raise ClientOpsError(f"{folder}: another run is making or sending these packs") from None
    with held:
        yield


@contextlib.contextmanager
def no_drafts(folder: Path) -> Iterator[None]:
    """Nothing half-written is left, neither by a run that was killed before nor by this one."""
    drafts = folder / record.DRAFTS
    shutil.rmtree(drafts, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


def _asked(
    book: Book, data: Path, snapshot: Path, target: Path, month: pd.Timestamp, topics: list[Path]
) -> Asked:
    when = datetime.datetime.now().astimezone()
    program = record.versions()["clientops"]
    stamp = f"ClientOps {program} · {when:%Y-%m-%d %H:%M} · {book.fingerprint[:12]}"
    last = record.read(target.parent / periods.label(periods.add_months(month, -1)))
    before = {key: entry["told"] for key, entry in last["packs"].items() if entry.get("told")}
    kept = [each["money_kept"] for each in store.manifest(snapshot)["reconciliation"]
            if each["table"] == "shipments"]  # fmt: skip
    return Asked(data, snapshot, target, month, topics, when, stamp, round(kept[0] * MONEY_SCALE),
                 before, _unchanged(book, before.get("company")))  # fmt: skip


def _unchanged(book: Book, before: dict[str, Any] | None) -> frozenset[str]:
    """Past months of which the company's pack of last month told the revenue of today."""
    if before is None:
        return frozenset()
    now = book.sales_month.groupby("month")["revenue"].sum()
    now.index = [periods.label(month) for month in now.index]
    told = before["months"]
    return frozenset(month for month in told if told[month][0] == now.get(month))


def _tasks(
    asked: Asked,
    book: Book,
    kept: dict[str, Any],
    chosen: list[Recipient],
    formats: Sequence[str],
    force: bool,
) -> tuple[list[Task], list[str]]:
    """What is to be made, and the keys of packs that are as they would be made."""
    code, month = record.code(asked.notebooks), periods.label(asked.month)
    tasks, unchanged = [], []
    for each in chosen:
        mark = record.inputs(each, month, book.fingerprint, code, record.versions(),
                             asked.before.get(each.key), sorted(asked.unchanged))  # fmt: skip
        entry = kept["packs"].get(each.key, {})
        is_same = entry.get("inputs") == mark and not entry.get("problem")
        files = entry.get("files", {}) if is_same else {}
        there = [name for name in files if record.is_there(asked.folder, files[name])]
        wanted = tuple(name for name in FORMATS if name in formats and (force or name not in there))
        if wanted:
            tasks.append(Task(each, wanted, mark))
        else:
            unchanged.append(each.key)
    return tasks, unchanged


def _head(asked: Asked, book: Book, jobs: int) -> dict[str, Any]:
    """What the record says of the run as a whole."""
    with words.using(book.company.language, book.company.currency):
        partial = recipients.period(asked.month, book)
    return {
        "month": periods.label(asked.month),
        "company": book.company.name,
        "language": book.company.language,
        "currency": book.company.currency,
        "partial": partial,
        "data": str(asked.data),
        "data_until": f"{book.data_until:%Y-%m-%d}",
        "fingerprint": book.fingerprint,
        "versions": record.versions(),
        "jobs": jobs or _cores(),
        "started": asked.when.isoformat(timespec="seconds"),
    }


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _make(
    asked: Asked, tasks: list[Task], kept: dict[str, Any], jobs: int, progress: Progress
) -> dict[str, str]:
    """Make the packs, noting each in the record as it is done; which failed, and why."""
    failed = {}
    if tasks:
        started = time.monotonic()
        progress(N_("warming up"), 0, len(tasks))
        _warm(asked.notebooks, any("html" in task.formats for task in tasks))
        done = workers.each(functools.partial(_work, asked), tasks, jobs)
        with contextlib.closing(done):
            for number, (task, made) in enumerate(done, 1):
                entry = _entry(task, made.reason) if isinstance(made, workers.Died) else made.entry
                if isinstance(made, Made) and made.is_disk:
                    raise ClientOpsError(entry["problem"])
                _note(asked, kept, task, entry)
                if entry["problem"]:
                    failed[task.recipient.key] = entry["problem"]
                progress(task.recipient.name, number, len(tasks))
        kept["seconds"] = round(time.monotonic() - started, 1)
        record.write(asked.folder, kept)
    if tasks or not (asked.folder / INDEX).exists():
        record.put(asked.folder / INDEX, document.index(kept).encode())
    return failed


def _warm(notebooks: list[Path], with_fonts: bool) -> None:
    """What every process would have to find out by itself: imports, tables, fonts."""
    for name in ("scipy.stats", "clientops.findings"):  # imported late, by the first who asks
        importlib.import_module(name)
    metrics.tables()
    for notebook in notebooks:
        nbformat.read(notebook, as_version=4)
    figures.svg(figures.bars(pd.DataFrame({"manager_id": ["1"], "manager_name": ["1"],
                                           "clients": [1]}), value="clients"))  # fmt: skip
    if with_fonts:
        fonts.embedded()


def _note(asked: Asked, kept: dict[str, Any], task: Task, entry: dict[str, Any]) -> None:
    """Put a pack into the record; files of it that were made of something else go."""
    key = task.recipient.key
    before = kept["packs"].get(key, {})
    if entry["problem"]:  # the pack that was there stays
        entry = before | entry | {"files": before.get("files", {})}
    elif before.get("inputs") == task.inputs:
        entry["files"] = before["files"] | entry["files"]
    else:
        for file in before.get("files", {}).keys() - entry["files"].keys():
            (asked.folder / before["files"][file]["name"]).unlink(missing_ok=True)
    kept["packs"][key] = entry
    record.write(asked.folder, kept)


def _peak_memory() -> int | None:
    """The most memory this process has had, in megabytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def _entry(task: Task, reason: str = "") -> dict[str, Any]:
    """A pack in the record that has no files yet; *reason*: why there will be none."""
    who = task.recipient
    return {"kind": who.kind, "id": who.id, "name": who.name, "problem": reason, "files": {}}


def _work(asked: Asked, task: Task) -> Made:
    """Make one pack, in a process of its own."""
    try:
        return Made(_made(asked, task))
    except ClientOpsError as error:
        return Made(_entry(task, str(error)))
    except Exception as error:
        cause = error if isinstance(error, OSError) else error.__context__
        if isinstance(cause, OSError) and cause.errno in _DISK:
            place = cause.filename or asked.folder
            return Made(_entry(task, f"{place}: {cause.strerror}"), is_disk=True)
        return Made(_entry(task, f"{type(error).__name__}: {error}"))


def _made(asked: Asked, task: Task) -> dict[str, Any]:
    """The pack's files, each put in place when all of them are ready; its entry in the record."""
    clock, seconds = time.perf_counter(), {}

    def lap(name: str) -> None:
        nonlocal clock
        seconds[name] = round(time.perf_counter() - clock, 3)
        clock = time.perf_counter()

    who = task.recipient
    book = Book(asked.snapshot, who.viewer, name=asked.data.name)
    if book.sees_nobody:  # nothing of the company's stands for it
        raise ClientOpsError("no clients and no sales in these data, so there is no pack")
    pack = packs.make(who, book, asked.month, asked.notebooks, asked.data)
    with pack.words():
        told = changes.told(pack)
        pack.changes = changes.since(pack, told, asked.before.get(who.key), asked.unchanged)
        pack.reconciliation = reconcile(pack, asked.ledger if who.kind == "company" else None)
    for line in pack.reconciliation.differences:
        shown, amount = line.told / MONEY_SCALE, line.amount / MONEY_SCALE
        raise ClientOpsError(
            f"does not reconcile: {line.table}: {line.text}: {shown} is not {amount}"
        )
    lap("notebooks")
    told_ = content_of(pack, asked.stamp)
    makers = {
        "html": lambda: document.document(told_).encode(),
        "pdf": lambda: typeset(told_, asked.when),
        "xlsx": lambda: workbook(pack),
    }
    content = {}
    for name in task.formats:
        content[name] = makers[name]()
        lap(name)
    paths = {name: asked.folder / f"{who.key}.{name}" for name in content}
    record.put_all({paths[name]: content[name] for name in content})
    lap("writing")
    return _entry(task) | {
        "inputs": task.inputs,
        "fingerprint": book.fingerprint,
        "made": asked.when.isoformat(timespec="seconds"),
        "files": {name: record.described(paths[name], content[name]) for name in content},
        "seconds": seconds,
        "cpu_seconds": round(time.process_time(), 1),
        "peak_mb": _peak_memory(),
        "summary": [*pack.sentences, *(f"{topic}: {said}" for topic, said in pack.findings)],
        "told": told,
    }
