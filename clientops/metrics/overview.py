"""Overview: what changed, where do I look first?

Common parameters: *sales_month* … *cuts* are the book's frames (schema: FACTS, TABLES);
*activities* and *activity_kinds* are None where the data have none. *month* is the first day of the
month asked for; *as_of* the last day looked at. *company* says which days people work, the other
settings are the thresholds of their topics. Money is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import classes
from clientops.ledger.activity_log import recorded
from clientops.ledger.ratios import money
from clientops.ledger.rhythm import overdue
from clientops.ledger.rows import empty, finish, names_of
from clientops.ledger.two_windows import BOTH, CLASSES, DOWN, OWN, moves_of
from clientops.metrics import activity as touching
from clientops.metrics.pulse import HEADLINES, Look, values
from clientops.schema import table
from clientops.settings import (
    Activity,
    Company,
    Overview,
    Portfolio,
    Profitability,
    Regularity,
)
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "table": N_("Table"),
    "check": N_("Check"),
    "rows": N_("Rows"),
    "money": N_("Money concerned"),
    "share": N_("Share"),
    "example": N_("Example"),
    "metric": N_("Figure"),
    "label": N_("Figure"),
    "unit": N_("Unit"),
    "value": N_("Value"),
    "previous": N_("Month before"),
    "year_ago": N_("Year before"),
    "year_change": N_("Change on the year before"),
    "better": N_("Better when"),
    "reason": N_("Reason"),
    "detail": N_("What happened"),
    "place": N_("Order"),
    "compared_days": N_("Working days compared"),
    "priority": N_("Place"),
}


@table(
    "month:month manager_id:id metric:word * label:text unit:text value:number previous:number "
    "year_ago:number change:number year_change:number better:word verdict:word topic:word "
    "place:whole manager_name:name compared_days:whole?",
    labels=LABELS,
    period="month",
)
def headlines(
    sales_month: pd.DataFrame,
    sales_day: pd.DataFrame,
    purchases: pd.DataFrame,
    clients: pd.DataFrame,
    managers: pd.DataFrame,
    owners: pd.DataFrame,
    cuts: pd.DataFrame | None,
    activities: pd.DataFrame | None = None,
    activity_kinds: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    company: Company = Company(),
    portfolio: Portfolio = Portfolio(),
    regularity: Regularity = Regularity(),
    activity: Activity = Activity(),
    rules: Overview = Overview(),
) -> pd.DataFrame:
    """The month in twelve figures, beside the month before and the year before.

    How: revenue, margin (of the lines whose cost is known) and margin_rate of the month;
    active_clients bought in it; average_purchase is revenue per client and day of purchase. a_share
    and x_share are the shares of A and of regular clients, A in all three months by the amounts in
    force for this one. nrr: net revenue retention. late_clients and revenue_missed: clients late by
    their own rhythm at the month's end, and what late and silent ones failed to bring. a_coverage:
    A clients touched in time. activities_per_day: activities per working day. Clients count for
    their owner at the end of each month. A figure is better or worse when it moved beyond its
    tolerance: a part of the value before, of shares so many points. While a month is not over, what
    is counted up in it is compared with as many working days of the others; what is of a whole
    window (a_share, x_share, nrr) is not compared.

    Returns one row per manager and figure that has a value, and the company as `*`: month,
    manager_id, metric, label, unit, value, previous (a month before), year_ago, change (value −
    previous), year_change (value − year_ago), better (up or down), verdict (better, worse, same;
    empty without previous), topic (whose page shows more), place (their order), manager_name,
    compared_days (working days compared, of what is counted up in a month that is not over).
    """
    look = Look.of(locals())
    if look.ledger is None:
        return empty(headlines)
    months = [periods.add_months(month, -back) for back in (0, 1, 12)]
    return _told(look, *(values(look, each) for each in months))


def _told(
    look: Look, now: pd.DataFrame, before: pd.DataFrame, year_ago: pd.DataFrame
) -> pd.DataFrame:
    """`headlines` of a month from its values and those of two earlier months."""
    if now.empty:
        return empty(headlines)
    rules, managers = look.setting(Overview), look.frames["managers"]
    fixed = pd.DataFrame(HEADLINES)
    fixed["place"] = np.arange(1, len(fixed) + 1)
    fixed["allowed"] = [rules.tolerances.get(each.metric, each.tolerance) for each in HEADLINES]
    values = {
        name: table.reindex(index=now.index, columns=fixed["metric"]).to_numpy(float).ravel()
        for name, table in (("value", now), ("previous", before), ("year_ago", year_ago))
    }
    frame = pd.concat([fixed] * len(now), ignore_index=True).assign(**values, month=look.month)
    frame["manager_id"] = np.repeat(now.index.to_numpy(object), len(fixed))
    names = frame["manager_id"].map(names_of(managers, "manager_id", "manager_name").get)
    frame["manager_name"] = names.where(names.notna(), frame["manager_id"])
    frame = frame[frame["value"].notna()]
    frame["change"] = frame["value"] - frame["previous"]
    frame["year_change"] = frame["value"] - frame["year_ago"]
    by = frame["previous"].abs().where(frame["unit"] != "share", 1.0)
    change, limit = frame["change"].abs(), frame["allowed"] * by
    beyond = (change > limit) & ~np.isclose(change, limit, rtol=1e-9, atol=1e-12)  # floats
    good = (frame["change"] > 0) == (frame["better"] == "up")
    verdict = np.where(beyond, np.where(good, "better", "worse"), "same").astype(object)
    frame["verdict"] = np.where(frame["previous"].notna(), verdict, None)
    frame["compared_days"] = pd.Series(look.days_gone, frame.index).where(frame["of"] == "month")
    return finish(frame, headlines)


@table(
    "month:month manager_id:id metric:word * value:number",
    labels=LABELS,
    period="month",
)
def headline_history(
    headline_values: pd.DataFrame, *, month: pd.Timestamp, rules: Overview = Overview()
) -> pd.DataFrame:
    """Each figure of the first page month by month: the small line beside it.

    How: the values of headlines as each month's own report told them, at the settings in force,
    for the `history_months` (13) months that end with the month.

    Returns one row per month, manager and figure that had a value, and the company as `*`: month,
    manager_id, metric, value.
    """
    first = periods.add_months(month, 1 - rules.history_months)
    shown = headline_values["month"].between(first, month)
    return finish(headline_values[shown], headline_history)


@table(
    "* manager_id:id client_id:id client_name:name reason:word detail:text money:money "
    "priority:whole topic:word",
    labels=LABELS | {"money": N_("Money at stake")},
    period="as of",
    adds_up="money",
)
def attention(
    sales_month: pd.DataFrame,
    sales_day: pd.DataFrame,
    purchases: pd.DataFrame,
    clients: pd.DataFrame,
    owners: pd.DataFrame,
    cuts: pd.DataFrame | None,
    activities: pd.DataFrame | None = None,
    activity_kinds: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    portfolio: Portfolio = Portfolio(),
    regularity: Regularity = Regularity(),
    activity: Activity = Activity(),
    profitability: Profitability = Profitability(),
    rules: Overview = Overview(),
) -> pd.DataFrame:
    """Which clients need somebody today, and what is at stake.

    How: as of the last day of the data, or of the month where one is asked for. `late` and
    `silent`: overdue by the client's own rhythm; at stake is the revenue missed so far. `left A`
    (by own sales, not because others grew) and `left X`: still buying, but less or less regularly
    than a window before; at stake is the monthly loss of revenue for `attention_months` (3) months.
    `loss maker`: the window's negative margin. `untouched`: an A or B client nobody touched in
    time; at stake is its revenue of one month. Each client stands once, under the reason with the
    most money; the other reasons are in the sentence.

    Returns one row per client, by money descending: manager_id (owner), client_id, client_name,
    reason, detail (a sentence), money, priority (the place in the manager's own list), topic (whose
    page shows more).
    """
    look = Look.of(locals())
    if look.ledger is None:
        return empty(attention)
    rows = pd.concat(
        [_overdue(look), _left(look), _losing(look), _untouched(look)], ignore_index=True
    )
    owner = classes.owner(look.ledger, look.row(look.as_of))
    rows["manager"] = owner[rows["client"]]
    rows = rows[(rows["money"] > 0) & (rows["manager"] >= 0)]
    rows = rows.sort_values(["client", "money", "place"], ascending=[True, False, True])
    others = rows[rows["client"].duplicated()]
    said: dict[int, str] = {}
    for client, text in zip(others["client"], others["also"], strict=True):
        said[client] = f"{said[client]}; {text}" if client in said else text
    rows = rows.drop_duplicates("client")
    also = rows["client"].map(said)
    rows["detail"] = rows["detail"].where(also.isna(), rows["detail"] + " Also: " + also + ".")
    rows = rows.sort_values(["money", "client"], ascending=[False, True], ignore_index=True)
    rows["priority"] = rows.groupby("manager").cumcount() + 1
    rows["manager_id"] = look.ledger.managers.astype(object).take(rows["manager"])
    rows["client_id"] = look.ledger.clients.astype(object).take(rows["client"])
    names = names_of(clients, "client_id", "client_name").reindex(rows["client_id"]).to_numpy()
    rows["client_name"] = np.where(pd.isna(names), rows["client_id"], names)
    return finish(rows, attention)


def _overdue(look: Look) -> pd.DataFrame:
    """Clients late or silent."""
    given = look.as_of, look.setting(Regularity), look.setting(Portfolio)
    found = overdue(look.ledger, look.frames["sales_day"], *given)
    typical, status = found.typical_gap, np.where(found.late, "late", "silent")
    expected = _written(found.last_day + np.ceil(typical).astype(np.int64))
    days = zip(_written(found.last_day), typical, found.since - typical, strict=True)
    return _rows(
        found.client,
        found.revenue_missed,
        status,
        detail=[
            f"Last bought on {last}, usually every {gap:.0f} days: {overdue:.0f} days overdue."
            for last, gap, overdue in days
        ],
        also=[f"{word} since {day}" for word, day in zip(status, expected, strict=True)],
        place=1,
        topic="regularity",
    )


def _left(look: Look) -> pd.DataFrame:
    """Clients who still buy, but left A by their own sales, or X."""
    rules, sales, cuts = look.setting(Portfolio), look.frames["sales_month"], look.frames["cuts"]
    earlier = periods.add_months(look.month, -rules.window_months)
    moves = moves_of(look.ledger, sales, cuts, earlier, look.month, rules)
    if moves is None:
        return _rows([], [], "", [], [], place=2, topic="migration")
    then, now = (
        np.divmod(each, len(classes.XYZ)) for each in (moves.class_before, moves.class_after)
    )
    from_a = (then[0] == classes.A) & (now[0] != classes.A) & np.isin(moves.cause, [OWN, BOTH])
    from_x = (then[1] == classes.X) & (now[1] != classes.X)
    who = np.flatnonzero((moves.direction == DOWN) & (from_a | from_x))
    months, loss = moves.rules.window_months, (moves.before - moves.after)[who]
    reason = np.where(from_a[who], "left A", "left X")
    return _rows(
        who,
        money(loss) / months * look.setting(Overview).attention_months,
        reason,
        detail=[
            f"From {was} to {is_}: {before:,.0f} before, {after:,.0f} now, in {months} months each."
            for was, is_, before, after in zip(
                CLASSES[moves.class_before[who]],
                CLASSES[moves.class_after[who]],
                money(moves.before[who]),
                money(moves.after[who]),
                strict=True,
            )
        ],
        also=reason,
        place=2,
        topic="migration",
    )


def _losing(look: Look) -> pd.DataFrame:
    """Clients who cost more than they bring."""
    ledger, rules = look.ledger, look.setting(Portfolio)
    window = classes.window(look.row(look.month), rules.window_months)
    margin = money(window.sum(ledger.margin))
    who = np.flatnonzero(-margin > look.setting(Profitability).min_loss)
    revenue = money(window.sum(ledger.revenue)[who])
    return _rows(
        who,
        -margin[who],
        "loss maker",
        detail=[
            f"Lost {lost:,.0f} on revenue of {brought:,.0f}."
            for lost, brought in zip(-margin[who], revenue, strict=True)
        ],
        also="sold at a loss",
        place=3,
        topic="profitability",
    )


def _untouched(look: Look) -> pd.DataFrame:
    """A and B clients whom nobody touched in time."""
    frames, ledger, rules = look.frames, look.ledger, look.setting(Portfolio)
    kinds = frames["activity_kinds"]
    if frames["activities"] is None or not recorded(kinds, look.as_of):
        return _rows([], [], "", [], [], place=4, topic="activity")
    end, owner = look.row(look.month), classes.owner(ledger, look.row(look.as_of))
    given = frames["activities"], look.as_of, frames["cuts"], rules, look.setting(Activity)
    who, cell, last = touching._untouched(ledger, owner, end, *given)
    window = classes.window(end, rules.window_months)
    touched = np.where(last < 0, "never touched", "last touched on " + _written(last))
    said = [f"{abc} client, {when}" for abc, when in zip(classes.ABC[cell], touched, strict=True)]
    return _rows(
        who,
        money(window.sum(ledger.revenue)[who]) / window.months,
        "untouched",
        detail=[f"{text}." for text in said],
        also=said,
        place=4,
        topic="activity",
    )


def _rows(
    client: object,
    money: object,
    reason: object,
    detail: object,
    also: object,
    *,
    place: int,
    topic: str,
) -> pd.DataFrame:
    """Clients by their position in the ledger, with one reason each. *place* decides between equal
    amounts; *also* is what is said where another reason stands for more."""
    frame = pd.DataFrame({"client": np.asarray(client, dtype=np.int64), "money": money})
    frame = frame.astype({"money": float}).assign(place=place, topic=topic)
    for name, texts in (("reason", reason), ("detail", detail), ("also", also)):
        frame[name] = pd.Series(texts, frame.index, dtype=object)
    return frame


def _written(days: np.ndarray) -> np.ndarray:
    """Days (numbers or dates) as 3 Oct 2026."""
    unique, place = np.unique(days.astype("datetime64[D]"), return_inverse=True)
    texts = [f"{day.day} {day:%b %Y}" for day in pd.DatetimeIndex(unique)]
    return np.array(texts, dtype=object)[place]


@table(
    "* table:word check:word rows:count money:money share:share example:text",
    labels=LABELS,
    period="all",
    whose="company",
)
def data_quality(data_quality: pd.DataFrame) -> pd.DataFrame:
    """Everything the build noticed in the sources without rejecting it.

    How: the build holds each source table against the others and against common sense; a check that
    finds nothing leaves no row. Rows that could not be read at all are not here but in the rejects.

    Returns table, check, rows (how many), money (their money; empty where the table has none),
    share (of the table's rows), example.
    """
    return data_quality.sort_values(["table", "check"], ignore_index=True)
