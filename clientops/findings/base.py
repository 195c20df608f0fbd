"""Who the clients are, in sentences."""

import pandas as pd

from clientops.findings.phrases import money
from clientops.words import _, plural


def clients(frame: pd.DataFrame) -> str:
    """client_list: how many clients there are, how many of them bought, and for how much."""
    buying = frame[frame["purchases"] > 0]
    known = plural("{number} client is known", "{number} clients are known", len(frame))
    bought = plural("{number} bought", "{number} bought", len(buying))
    text = _("{known}; {bought} in the window, for {money}.")
    return text.format(known=known, bought=bought, money=money(frame["revenue"].sum()))
