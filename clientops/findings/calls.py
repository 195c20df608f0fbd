"""What the page of today's calls says."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.findings.overview import attention_row
from clientops.schema import EVERYONE
from clientops.words import N_, _, plural

_LIFT = 1.1  # from so many times as often on a list is worth calling


@say.empty_says(N_("Nobody has to be called: no client has a reason, or somebody spoke to all of "
                   "them in the last days."))  # fmt: skip
def call_list(frame: pd.DataFrame) -> str:
    """call_list: how many clients are to be called, who comes first, and the reason of most."""
    if frame["manager_id"].nunique() > 1:
        text = plural("{number} client to call, on the lists of {managers} managers.",
                      "{number} clients to call, on the lists of {managers} managers.",
                      len(frame))  # fmt: skip
        said = say.fill(text, managers=frame["manager_id"].nunique())
    else:
        text = plural("{number} client to call: {client_name}, {reason}.",
                      "{number} clients to call; first {client_name}: {reason}.",
                      len(frame))  # fmt: skip
        said = say.fill(text, frame.iloc[0])
    counts = frame["reason"].value_counts(sort=False)
    most = say.fill(
        plural("Most frequent: {reason} ({number} client).",
               "Most frequent: {reason} ({number} clients).", int(counts.max())),
        reason=words.value(counts.idxmax()),
    )  # fmt: skip
    return say.joined(said, most if len(counts) > 1 else "")


def call_details(frame: pd.DataFrame) -> pd.Series:
    """call_list: why each client is called, and when anybody last spoke to it."""
    return pd.Series([_why(row) for _at, row in frame.iterrows()], frame.index, dtype=str)


def _why(row: pd.Series) -> str:
    why = attention_row(row)
    if pd.isna(row["last_touch"]) or row["reason"] == "untouched":  # which says it itself
        return why
    return say.joined(
        why, say.fill(_("Last contacted on {day}."), day=words.date(row["last_touch"]))
    )


def call_check(frame: pd.DataFrame) -> str:
    """call_check: whether the lists of two months before were worth calling."""
    rows = frame[frame["reason"] == EVERYONE]
    if rows.empty:
        return _("Whether a list is worth calling can be told two months after the first one.")
    row = rows.iloc[0]
    text = _("Of {listed} clients on the lists of two months before, {rate} bought within 60 days.")
    if pd.isna(row["base"]):
        return say.fill(text, row)
    beside = _("Of {listed} clients on the lists of two months before, {rate} bought within 60 "
               "days; of clients like them on no list {base}.")  # fmt: skip
    if row["lift"] >= _LIFT:
        verdict = _("The lists were worth calling.")
    elif row["lift"] > 1 / _LIFT:
        verdict = _("The lists found about as many buyers as no list would have.")
    else:
        verdict = _("Clients on the lists are harder to win than others of their classes.")
    return say.joined(say.fill(beside, row), verdict)
