"""What a table says that has no sentence of its own: every number is worked out again."""

import pkgutil
import re

import pandas as pd
import pytest

from clientops import findings, metrics, schema, words
from clientops.errors import ClientOpsError
from clientops.findings.phrases import number

OCT, NOV = pd.Timestamp("2026-10-01"), pd.Timestamp("2025-11-01")


def said_by_itself(function, frame: pd.DataFrame, subject: str = "*") -> str:
    with words.telling(function.about, subject):
        return findings.default(frame).replace("\u2060", "")


@pytest.mark.parametrize("name", metrics.tables())
def test_every_table_says_something_true_by_itself(sample, northwind, name):
    """Every number of the sentence is worked out again, from the frame alone."""
    function = metrics.tables()[name]
    for book in (sample, northwind):
        try:
            frame = book.compute(function)
        except ClientOpsError:  # a source that Northwind does not have
            assert book is northwind
            continue
        own, known = frame.get("manager_id", pd.Series(["1"])).max(), known_numbers(function, frame)
        assert said_by_itself(function, frame.iloc[:0]) == "There are no rows to show."
        for subject in ("*", "", own):
            said = said_by_itself(function, frame, subject)
            assert said.endswith(".") and not re.search(r"[{}]|\bnan\b|None|<NA>|NaT", said), said
            numbers = re.findall(r"[−+]?[€$]?[\d,.]*\d[KMB]?%?", without_names(said, frame))
            assert len(numbers) <= 3, said
            assert set(numbers) <= known, said


def without_names(said: str, frame: pd.DataFrame) -> str:
    """The sentence without names, periods and what its numbers are narrowed to."""
    said = re.sub(r"\b[A-Z][a-z]+ (\d+, )?(19|20)\d\d|\bQ\d (19|20)\d\d| and \d+ more", "", said)
    said = said.replace("within 180 days", "").replace("fewer than 100 clients", "")
    for column in ("client_name", "manager_name", "name", "manager_id", "key"):
        for name in sorted(map(str, frame.get(column, pd.Series(dtype=str)).dropna().unique()),
                           key=len, reverse=True):  # fmt: skip
            said = re.sub(rf"(?<!\w){re.escape(name)}(?= \(|, )", "", said)
    return re.sub(r", [^,:]*: \d+(?=: )", "", said)


def known_numbers(function, frame: pd.DataFrame) -> set[str]:
    """Numbers a sentence may say: rows, clients, values, and sums of what adds up."""
    known = {words.count(len(frame))}
    if "client_id" in frame:
        last = frame[frame["month"] == frame["month"].max()] if "month" in frame else frame
        known.add(words.count(last["client_id"].nunique()))
    for column, unit in function.about.units.items():
        write = {
            "money": words.short_money,
            "count": words.count,
            "share": words.percent,
            "score": words.score,
            "days": words.count,
            "whole": words.count,
            "number": number,
        }
        values = frame[column].dropna()
        if unit not in write:
            continue
        parts = [values]
        if column in function.about.adds_up:
            parts += sums(function, frame, column)
        for each in parts:
            known |= {write[unit](value).replace("-", "−") for value in each.unique()}
    return known


def sums(function, frame: pd.DataFrame, column: str) -> list[pd.Series]:
    """Sums of a column over the rows of a manager, client, key, dimension, month, all or the first
    of whole numbers, without or with the rows of all kinds (`*`)."""
    keys = [key for key in ("manager_id", "client_id", "key", "dimension") if key in frame]
    parts = [frame]
    for other, unit in function.about.units.items():
        values = frame[other]
        if unit == "whole" and other in function.about.keys:
            parts.append(frame[values == values.min()])
        elif unit == "word" and other != "dimension" and (values == "*").any():
            parts.append(frame[values == "*"])
    found = []
    for part in parts:
        scopes = [[], *([key] for key in keys)]
        scopes += [[*scope, "month"] for scope in scopes if "month" in part]
        for scope in scopes:
            total = part.groupby(scope)[column].sum() if scope else pd.Series([part[column].sum()])
            found.append(total)
    return found


def test_a_table_by_itself_compares_managers_months_clients_and_keys():
    about = "* manager_id:id manager_name:name client_id:id client_name:name month:month"

    def say(columns: str, rows: list[tuple], names: list[str], subject: str = "*") -> str:
        @schema.table(columns, adds_up="revenue", labels={"per_day": "Activities a day"})
        def made():
            pass

        return said_by_itself(made, pd.DataFrame(rows, columns=names), subject)

    managers = [("*", "*", 1000.0), ("1", "Ivanov", 700.0), ("2", "Petrova", 300.0)]
    kinds, names = f"{about} revenue:money", ["manager_id", "manager_name", "revenue"]
    assert say(kinds, managers, names) == (
        "Revenue: €1K; most: Ivanov (€700); least: Petrova (€300)."
    )
    assert say(kinds, managers[1:], names, "") == (
        "Revenue, most: Ivanov (€700); least: Petrova (€300)."
    )
    assert say(kinds, managers, names, "2") == "Revenue: Petrova (€300); the company: €1K."
    assert say(kinds, managers[:2], names) == "Revenue: €1K."
    months = [(NOV, "*", "*", 5.0), (OCT, "*", "*", 7.0)]
    assert (
        say(kinds, months, ["month", *names]) == "Revenue: €5 in November 2025, €7 in October 2026."
    )
    clients = [("1", "C1", "Grand Hotel", 80.0), ("1", "C2", "Inn", 20.0)]
    assert say(kinds, clients, ["manager_id", "client_id", "client_name", "revenue"]) == (
        "2 clients; Revenue: €100, most: Grand Hotel (€80)."
    )
    keys = [("region", "N", "North", -80.0), ("region", "S", "South", 20.0)]
    assert say("dimension:word key:id * name:name revenue:money", keys,
               ["dimension", "key", "name", "revenue"]) == (
        "Revenue: −€60; most: South (€20); least: North (−€80)."
    )  # fmt: skip


def test_no_two_topics_have_a_sentence_of_the_same_name():
    """`findings.<name>` is one function, whichever module has it."""
    found = [
        name
        for module in pkgutil.iter_modules(findings.__path__)
        for name in findings._sentences(module.name)
        if module.name != "phrases"
    ]
    assert len(found) == len(set(found))
    assert all(getattr(findings, name).__doc__ for name in found)
