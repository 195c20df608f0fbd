"""How every table is finished: its columns in order, in their types, its rows sorted.

A table's columns are one text: `name:type` for each, the sorting keys before the star. Types: D day
or month, t text, f number, i whole number, I whole number that may be missing, b true or false.
"""

import numpy as np
import pandas as pd

EVERYONE = "*"  # the company among the managers

TYPES = {"D": "datetime64[us]", "t": "str", "f": "float64", "i": "int64", "I": "Int64",
         "b": "bool"}  # fmt: skip


def finish(frame: pd.DataFrame, columns: str) -> pd.DataFrame:
    """The named columns of *frame* in order and in their types, rows sorted by the keys, if any."""
    keys, rest = ([column.split(":") for column in part.split()] for part in columns.split("*"))
    types = {name: TYPES[type_] for name, type_ in keys + rest}
    frame = frame[list(types)].astype(types)
    if not keys:
        return frame.reset_index(drop=True)
    return frame.sort_values([name for name, _ in keys], ignore_index=True)


def empty(columns: str) -> pd.DataFrame:
    """The table without rows."""
    names = [column.split(":")[0] for column in columns.replace("*", "").split()]
    return finish(pd.DataFrame({name: pd.Series(dtype=object) for name in names}), columns)


def names_of(frame: pd.DataFrame, key: str, name: str) -> pd.Series:
    """Names by identifier, without the unknown ones."""
    named = frame[frame[name].notna()]
    return pd.Series(named[name].astype(object).to_numpy(), index=named[key].astype(object))


def with_company(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows once for their manager and once for the company, whose number is −1."""
    return pd.concat([frame.assign(manager=-1), frame], ignore_index=True)


def manager_ids(numbers: pd.Series, managers: pd.Index) -> np.ndarray:
    """The identifiers of positions in *managers*; −1 is the company, `*`."""
    return np.append(managers.astype(object), EVERYONE)[numbers]


def name_managers(frame: pd.DataFrame, managers: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Add manager_id and manager_name (the id where unknown) to rows whose column `manager` is a
    position in *index*, −1 the company. *managers*: the book's frame."""
    ids = manager_ids(np.arange(-1, len(index)), index)
    known = names_of(managers, "manager_id", "manager_name").reindex(ids).to_numpy(dtype=object)
    names = np.where(pd.isna(known), ids, known)
    row = frame["manager"].to_numpy() + 1
    return frame.assign(manager_id=ids[row], manager_name=names[row])
