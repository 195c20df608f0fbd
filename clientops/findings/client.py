"""How a client stands, in sentences."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.words import N_, _, plural


@say.empty_says(N_("Nothing is known of this client in the month asked for."))
def standing(frame: pd.DataFrame) -> str:
    """client_standing: its class, its rhythm and silence, why to call, and the last contact."""
    row = frame.iloc[0]
    return say.joined(_rhythm(row), _reason(row), _contact(row))


def purchases(frame: pd.DataFrame) -> str:
    """client_card: how often a client bought, and for how much at a time."""
    bought = frame[frame["what"] == "purchase"]
    if bought.empty:
        return _("No purchase so far.")
    days = plural(
        "{number} day with a purchase", "{number} days with a purchase", bought["on"].nunique()
    )
    text = _("{days} since {first}, typically {each} at a time.")
    each = bought.groupby("on")["money"].sum().median()
    return text.format(days=days, first=words.date(bought["on"].min()), each=say.money(each))


def _rhythm(row: pd.Series) -> str:
    known = {"name": row["client_name"], "class_": f"{row['abc']}{row['xyz']}"}
    if pd.isna(row["last_on"]):
        return say.fill(_("{name} has never bought."), row, **known)
    quiet = plural("{number} day", "{number} days", int(row["quiet_days"]))
    if pd.isna(row["typical_gap_days"]):
        return say.fill(_("{name} bought once, {quiet} ago."), row, **known, quiet=quiet)
    every = plural("every {number} day", "every {number} days", round(row["typical_gap_days"]))
    known |= {"quiet": quiet, "every": every}
    is_quiet, is_classed = row["quiet_days"] > row["typical_gap_days"], row["abc"] != "-"
    if is_quiet and is_classed:
        text = _("{name} ({class_}) buys {every} and has been quiet for {quiet}.")
    elif is_quiet:
        text = _("{name} used to buy {every} and has bought nothing for {quiet}.")
    elif not is_classed:  # came after the month whose classes are told
        text = _("{name} buys {every}, last {quiet} ago.")
    elif row["quiet_days"] == 0:
        text = _("{name} ({class_}) buys {every} and bought today.")
    else:
        text = _("{name} ({class_}) buys {every}, last {quiet} ago.")
    return say.fill(text, row, **known)


def _reason(row: pd.Series) -> str:
    if pd.isna(row["reason"]):
        return ""
    reason = words.value(row["reason"])
    if pd.isna(row["worth"]):
        return say.fill(_("On the attention list: {reason}."), row, reason=reason)
    text = _("On the attention list: {reason}, worth {worth}.")
    return say.fill(text, row, reason=reason, worth=say.money(row["worth"]))


def _contact(row: pd.Series) -> str:
    if pd.isna(row["last_touch"]):
        return ""
    return say.fill(_("Last contact on {day}."), row, day=words.date(row["last_touch"]))


@say.empty_says(N_("Nothing is known of this client in the month asked for."))
def client_months(frame: pd.DataFrame) -> str:
    """client_months: the last twelve months against the twelve before."""
    last = frame[frame["month"] > frame["month"].max() - pd.DateOffset(months=12)]
    now, before = last["revenue"].sum(), last["year_ago"].sum(min_count=1)
    months_ = plural("in {number} month", "in {number} months", len(last))
    known = {"now": say.money(now), "months": months_}
    if pd.isna(before) or last["year_ago"].isna().any():
        return say.fill(_("{now} {months}."), last.iloc[-1], **known)
    text = _("{now} {months}, {before} a year before.")
    return say.fill(text, last.iloc[-1], **known, before=say.money(before))


@say.empty_says(N_("Nothing was bought in these months or a year before."))
def client_products(frame: pd.DataFrame) -> str:
    """client_products: what is new and what is no longer bought, against the year before."""
    known = frame[frame["status"].notna()]
    if known.empty:
        count = len(frame)
        return plural(
            "{number} article in these months.", "{number} articles in these months.", count
        )
    numbers, gone = known["status"].value_counts(), known[known["status"] == "dropped"]
    if "new" in numbers:
        new = plural("{number} new article", "{number} new articles", int(numbers["new"]))
    else:
        new = _("No new article")
    if gone.empty:
        return _("{new}, none dropped against a year before.").format(new=new)
    dropped = plural("{number} no longer bought", "{number} no longer bought", len(gone))
    text = _("{new}, {dropped}, which were {money} a year before.")
    return text.format(new=new, dropped=dropped, money=say.money(gone["revenue_before"].sum()))
