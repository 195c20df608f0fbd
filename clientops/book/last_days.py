"""Until when each source table was read: what everybody may know of it."""

import pandas as pd

from clientops.schema import TABLES


def last_days(table_days: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """The last day in each table whose rows are of days."""
    days = table_days.set_index(["table", "column"])["last_on"].to_dict()
    return {
        name: days[name, table.day] for name, table in TABLES.items() if (name, table.day) in days
    }
