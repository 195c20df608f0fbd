"""Until when each source table was read: what everybody may know of it."""

import pandas as pd

from clientops import schema


def last_days(table_days: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """The last day in each table of what happens, by the first of its columns of days."""
    days = table_days.set_index(["table", "column"])["last_on"].to_dict()
    found = {
        name: [days[name, column.name] for column in table.columns
               if (column.required or not table.key) and (name, column.name) in days]
        for name, table in schema.TABLES.items()
    }  # fmt: skip
    return {name: each[0] for name, each in found.items() if each}
