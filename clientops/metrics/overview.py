"""Overview: what changed, where do I look first?"""

import pandas as pd


def data_quality(data_quality: pd.DataFrame) -> pd.DataFrame:
    """Everything the build noticed in the sources without rejecting it.

    How: the build holds each source table against the others and against common sense; a check that
    finds nothing leaves no row. Rows that could not be read at all are not here but in the rejects.

    Returns table, check, rows (how many), money (their money; empty where the table has none),
    share (of the table's rows), example.
    """
    return data_quality.sort_values(["table", "check"], ignore_index=True)
