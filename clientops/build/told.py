"""What the metrics add to a store: cut-offs, classes, headlines and company rows of every month.

Company rows and headlines are those that the tables give for the whole company: a book which hides
somebody cannot make them itself.
"""

import contextlib
import dataclasses
import functools
import gc
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clientops import ingest, metrics, periods, schema, settings, store
from clientops.book import Book, Viewer, arguments
from clientops.build import kept
from clientops.ledger import classes, matrices
from clientops.ledger.matrices import Ledger
from clientops.schema import EVERYONE
from clientops.store import window_sums
from clientops.words import N_

LONGEST_OFFERED = 12  # months of a window on pages, unless the setting is longer
WORTH_TWO_PROCESSES = 12  # months of data: starting another process takes as long as some
_ANSWER = "from clientops.build import told; told.answer()"
# Headline values, and the rows to be stored of each table, month by month.
Told = tuple[pd.DataFrame, dict[str, list[pd.DataFrame]]]
Copy = Callable[..., None]  # writes a frame, sorted by keys, with more rows by SQL


def add(
    snapshot: Path,
    copy: Copy,
    progress: ingest.Progress,
    wait: Callable[[], None],
    before: Path | None = None,
) -> None:
    """Complete a snapshot that holds the facts, the largest of them once *wait* is over.

    What still holds of the rows in the snapshot *before* is taken from there.
    """
    whole = Book(snapshot, Viewer())
    stored = _stored(whole)
    frames = (whole.sales_month, whole.purchases, whole.clients, whole.owners, whole.managers)
    ledger = matrices.read_ledger(*frames, whole.first_month, whole.last_month)
    months = [ledger.month_of(end) for end in range(ledger.months)]
    with _process_beside(len(months)) as ask, _memory_left_alone():
        progress(N_("classes of every month"))
        _add_classes(snapshot, ledger, months, copy)
        wait()
        progress(N_("figures of every month for those who do not see everything"))
        marks = kept.marks(snapshot, {*arguments.declaring(whole, "headlines"), *stored.values()})
        number = kept.months(before, marks, months)
        asked = months[number:]
        half = len(asked) // 2 if ask and len(asked) >= WORTH_TWO_PROCESSES else len(asked)
        rest = [ask(snapshot, asked[half:])] if half < len(asked) else []
        parts = [_told(snapshot, asked[:half], ledger), *(given() for given in rest)]

    def write(frames: list[pd.DataFrame], name: str, keys: str, held: str) -> None:
        """Rows of the months asked for, and those of the others that still hold."""
        also = ""
        if number:
            rows = store.file(before / f"{name}.parquet")
            also = f"union all by name from {rows} where {held} < date '{asked[0]:%F}'"
        copy(pd.concat(frames), keys, snapshot / name, also)

    values = [values for values, _rows in parts]
    write(values, "headline_values", "month, manager_id, metric", "month")
    (snapshot / "company").mkdir()
    for name in stored:
        rows = [each for _values, rows in parts for each in rows[name]]
        write(rows, f"company/{name}", "holds_from, holds_place", "holds_until")
    (snapshot / kept.FILE).write_text(json.dumps(marks, indent=1), encoding="utf-8", newline="\n")


def _add_classes(snapshot: Path, ledger: Ledger, months: list[pd.Timestamp], copy: Copy) -> None:
    """Cut-offs, classes and what became of clients, of every month."""
    rules = Book(snapshot, Viewer()).settings.portfolio
    copy(class_cuts(ledger, rules), "month, window_months, abc_by", snapshot / "cuts")
    whole = Book(snapshot, Viewer())  # which knows the cut-offs
    whole.take_ledger(ledger)
    history = [_classes_of(whole.ledger, end, rules) for end in range(ledger.months)]
    copy(pd.concat(history), "client_id, month", snapshot / "classes")
    fates = _fates_of(snapshot, months, rules.window_months)
    copy(fates, "client_id, month", snapshot / "client_fates")


@contextlib.contextmanager
def _memory_left_alone() -> Iterator[None]:
    """What is in memory already is not looked through for garbage again and again: that took a
    tenth of a build."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextlib.contextmanager
def _process_beside(months: int) -> Iterator[Callable[..., Callable[[], Told]] | None]:
    """What has a process of its own make `_told` of some months; what that returns waits for it,
    and makes it here should the process have ended. None where a second one is not worth while."""
    if months < WORTH_TWO_PROCESSES or (os.cpu_count() or 1) < 2:
        yield None
        return
    with subprocess.Popen(
        [sys.executable, "-c", _ANSWER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:

        def ask(*asked: Any) -> Callable[[], Told]:
            with contextlib.suppress(BrokenPipeError), process.stdin as line:
                pickle.dump(asked, line)
            return functools.partial(given, *asked)

        def given(*asked: Any) -> Told:
            try:
                found = pickle.load(process.stdout)
            except (EOFError, pickle.UnpicklingError):
                return _told(*asked)
            if isinstance(found, Exception):
                raise found
            return found

        try:
            yield ask
        finally:
            process.kill()


def answer() -> None:
    """In a process of its own: make `_told` as standard input asks, for standard output."""
    with os.fdopen(os.dup(1), "wb") as line:
        os.dup2(2, 1)  # nothing else is to stand between
        try:
            with _memory_left_alone():
                found = _told(*pickle.load(sys.stdin.buffer))
        except Exception as error:  # whoever asked raises it
            found = error
        pickle.dump(found, line)


def _told(snapshot: Path, months: list[pd.Timestamp], ledger: Ledger | None = None) -> Told:
    """The fact `headline_values`, and the rows of each table that are stored.

    Month by month: the tables of one share sums and each other, and let go of them in the next,
    but for what tables of later months look back at.
    """
    whole = Book(snapshot, Viewer())
    whole.take_ledger(ledger or whole.ledger)
    lone = Book(snapshot, Viewer())  # with one owner of everybody: faster, and the company's alike
    lone.take_ledger(whole.ledger.of_one_portfolio())
    lone.sums = whole.sums
    made: dict[tuple, pd.DataFrame] = {}
    whole.compute = _remembering(whole.compute, made)
    headed, stored = arguments.declaring(whole, "headlines"), _stored(whole)
    frames: dict[tuple, pd.DataFrame] = {}
    rows: dict[str, list[pd.DataFrame]] = {name: [] for name in stored}
    looked_back_at = arguments.looked_back_at(stored.values())
    for month in months:
        for function in looked_back_at:  # made while what they rest on is at hand
            whole.compute(function, month)
        frames |= {(function, month): whole.compute(function, month) for function in headed}
        for name, function in stored.items():
            about = function.about
            if about.settles and month != whole.last_month:
                continue
            is_company_alone = about.stored == "company" and not about.headlines
            # What others say of owners would be said of the one.
            is_company_alone &= not arguments.others_of(function)
            # As of the data's end, the last complete month stands beside it, as on pages.
            asked = "" if about.period == "as of" and month > whole.month else month
            of_month = (lone if is_company_alone else whole).compute(function, asked)
            rows[name].append(_kept(of_month, about, month))
        until = periods.add_months(month, -schema.EARLIER_MONTHS)
        for key in [key for key in made if key[0] not in looked_back_at or key[1] == until]:
            del made[key]
    values = arguments.headlines_of(whole, months, lambda *asked: frames[asked])
    values = values.dropna(subset="value")[list(schema.FACTS["headline_values"])]
    return values, rows


def _remembering(compute: Callable[..., pd.DataFrame], made: dict) -> Callable[..., pd.DataFrame]:
    """*compute*, which makes each table of *made*, by function, month and changes, once."""

    def remembered(function: Callable, month: object = "", /, **changed: Any) -> pd.DataFrame:
        key = (function, month, *sorted(changed.items()))
        if key not in made:
            made[key] = compute(function, month, **changed)
        return made[key]

    return remembered


def _fates_of(snapshot: Path, months: list[pd.Timestamp], window_months: int) -> pd.DataFrame:
    """The fact `client_fates`, clients as codes: no rows of a month with nothing to compare."""
    with contextlib.closing(store.Engine(snapshot)) as con:
        spans = [window_sums.spans(months[0], month, window_months) for month in months]
        rows = [con.execute(window_sums.fates(each)).df().assign(month=each.last) for each in spans]
    return pd.concat(rows, ignore_index=True)[list(schema.FACTS["client_fates"])]


def _stored(whole: Book) -> dict[str, Callable]:
    """The tables of which rows are stored, as far as the data have what they need."""
    return {
        name: function
        for name, function in metrics.tables().items()
        if function.about.stored and arguments.can_make(whole, function)
    }


def _kept(frame: pd.DataFrame, about: schema.About, month: pd.Timestamp) -> pd.DataFrame:
    """The rows to be stored, with the months they hold for: the one they were asked for; those that
    settle from theirs on."""
    if about.stored == "company" and "manager_id" in frame:
        frame = frame[frame["manager_id"] == EVERYONE]
    elif about.stored == "company" and "dimension" in frame:
        frame = frame[~frame["dimension"].isin(["manager", "client"])]
    first = frame[about.settles] if about.settles else month
    place = np.arange(len(frame))  # some tables have an order of their own
    return frame.assign(holds_from=first, holds_until=month, holds_place=place)


def class_cuts(ledger: Ledger, rules: settings.Portfolio) -> pd.DataFrame:
    """The frame `cuts`: every month × length of window × what clients are ranked by."""
    rows = []
    # Every length: near the data's first month, windows that are compared are shorter than asked.
    windows = range(1, max(LONGEST_OFFERED, rules.window_months) + 1)
    ways = [dataclasses.replace(rules, abc_by=by) for by in ("margin", "revenue")]
    for end in range(ledger.months):
        for months in windows:
            for asked in ways:
                cut = classes.cut_off(ledger, matrices.window(end, months), asked)
                rows.append((ledger.month_of(end), months, asked.abc_by, *(cut or [None] * 4)))
    frame = pd.DataFrame(rows, columns=list(schema.FACTS["cuts"]))
    for column in ("a_amount", "b_amount"):
        frame[column] = frame[column].astype("Int64")
    return frame


def _classes_of(ledger: Ledger, end: int, rules: settings.Portfolio) -> pd.DataFrame:
    """The rows of the fact `classes` for one month, clients as codes."""
    known = np.flatnonzero(ledger.known_from <= end)
    letters = {
        "abc": (classes.ABC, classes.abc(ledger, end, rules)),
        "xyz": (classes.XYZ, classes.xyz(ledger, end, rules, rules.xyz_by)),
        "stage": (classes.STAGES, classes.stage(ledger, end, rules)),
    }
    frame = pd.DataFrame({"client_id": known.astype(np.int32)})
    frame["month"] = ledger.month_of(end)
    for column, (names, codes) in letters.items():
        frame[column] = pd.Categorical.from_codes(codes[known], categories=names)
    frame["revenue"] = matrices.window(end, rules.window_months).sum(ledger.revenue)[known]
    return frame
