"""Who the clients are, in sentences."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.words import N_, _, plural


def clients(frame: pd.DataFrame) -> str:
    """client_list: how many clients there are, how many of them bought, and for how much."""
    buying = frame[frame["purchases"] > 0]
    known = plural("{number} client is known", "{number} clients are known", len(frame))
    bought = plural("{number} bought", "{number} bought", len(buying))
    text = _("{known}; {bought} in the window, for {money}.")
    return text.format(known=known, bought=bought, money=say.money(frame["revenue"].sum()))


@say.empty_says(N_("Nothing is wrong with the base."))
def hygiene(frame: pd.DataFrame) -> str:
    """base_hygiene: what is wrong with the most revenue behind it, and with the most clients."""
    own = say.spoken(frame)
    if own.empty:
        return say.no_sum()
    dearest = own.loc[own["revenue"].idxmax()]
    clients = plural("{number} client", "{number} clients", int(dearest["clients"]))
    text = _("Most revenue behind a fault: {check}, {clients} with {revenue} in the window.")
    return say.fill(text, dearest, check=words.value(dearest["check"]), clients=clients)


@say.empty_says(N_("No client seems to be entered twice."))
def duplicates(frame: pd.DataFrame) -> str:
    """duplicate_clients: how many clients may be entered twice, and how many surely."""
    several = plural("{number} client", "{number} clients", len(frame))
    groups = plural("{number} group", "{number} groups", frame["group_no"].nunique())
    number = int(frame["sure"].sum())
    sure = plural("{number} of them surely", "{number} of them surely", number)
    sure = sure if number else _("none of them surely")
    text = _("{several} in {groups} may be entered twice, {sure}.")
    return text.format(several=several, groups=groups, sure=sure)
