"""One name, one number: what bears one name in one period is the same in every table."""

import collections
import inspect

import pandas as pd
import pytest

from clientops import metrics, words
from clientops.book import arguments
from clientops.schema import EVERYONE

SOME = "some"  # what adds up over a selection of clients is not the ledger's


def sums(book, name: str) -> pd.DataFrame:
    """What a table tells of each manager and the company: manager_id, label, value."""
    function = metrics.tables()[name]
    about, table = function.about, book.compute(function, book.month)
    if "month" in about.units and not about.settles:
        table = table[table["month"] == book.month]
    if "dimension" in about.units:
        shown = table["dimension"].isin(["*", "manager"])
        table = table[shown].assign(manager_id=table["key"])
    for other, unit in about.units.items():  # not all and its parts
        if unit == "word" and other != "dimension" and (table[other] == EVERYONE).any():
            table = table[table[other] == EVERYONE]
    found = []
    with words.telling(about):
        for column, of in about.adds_up.items():
            values = table.groupby("manager_id", observed=True)[column].sum().rename("value")
            if of != SOME:
                found.append(values.reset_index().assign(label=words.label(column)))
    return pd.concat(found) if found else pd.DataFrame(columns=["manager_id", "label", "value"])


@pytest.mark.parametrize("source", ["sample", "adventureworks"])
def test_what_bears_one_name_is_one_number(source, request):
    book = request.getfixturevalue(source)
    found: dict[tuple, dict[float, str]] = collections.defaultdict(dict)
    for name, function in metrics.tables().items():
        about = function.about
        names_managers = {"manager_id", "dimension"} & about.units.keys()
        if about.period == "all" or not names_managers or not arguments.can_make(book, function):
            continue
        if "declared_headlines" in inspect.signature(function).parameters:
            continue  # its figures are those of the other tables
        for row in sums(book, name).itertuples(index=False):
            found[row.label, about.period, str(row.manager_id)][round(row.value, 2)] = name
    assert len(found) > 30
    assert {key: told for key, told in found.items() if len(told) > 1} == {}
