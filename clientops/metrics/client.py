"""Client: how does this client stand?

Every table is of one client where *client_id* says which, else of all. Told is of clients that have
an owner whom the book shows at the end of its data: who owned a client before knows no more of it.

Common parameters: *ledger* is the book's (ledger/matrices.py), *client_product_sales*
and *client_events* are sums that the book makes (schema: SUMS), other frames are the book's.
*month* is the first day of the month asked for, *rules* are the thresholds. Money in the results is
in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.errors import ClientOpsError
from clientops.ledger import activity_log, classes, matrices
from clientops.ledger.classes import CLASSES
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rhythm import rhythms
from clientops.ledger.rows import dates, empty, finish, names_of
from clientops.schema import MONEY_SCALE, NONE, table
from clientops.settings import Activity, Client, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "on": N_("Day"),
    "what": N_("What"),
    "detail": N_("Detail"),
    "money": N_("Amount"),
    "open": N_("Still open"),
    "who": N_("Who"),
    "owner": N_("Manager"),
    "year_ago": N_("A year before"),
    "product_id": N_("Article number"),
    "product_name": N_("Article"),
    "revenue_before": N_("Revenue a year before"),
    "quantity": N_("Quantity"),
    "quantity_before": N_("Quantity a year before"),
    "price_before": N_("Price a year before"),
    "status": N_("Bought"),
    "compared_from_month": N_("Compared from"),
    "to_month": N_("Up to"),
    "typical_gap_days": N_("Usual days between purchases"),
    "quiet_days": N_("Days without a purchase"),
    "expected_on": N_("Next purchase expected"),
    "reason": N_("Why to call"),
    "worth": N_("What that is worth"),
    "also": N_("Other reasons"),
}
MONTHS = 36  # that client_months looks back
# What happened on one day, in the order in which it is told.
WHAT = [N_("purchase"), N_("return"), N_("activity"), N_("invoice"), N_("answer"), N_("case"),
        N_("plan"), N_("class change"), N_("handover")]  # fmt: skip
STATUSES = (N_("kept"), N_("dropped"))


@table(
    "client_id:id on:date what:word detail:said money:money open:money who:id",
    labels=LABELS,
    period="as of",
    says=N_("{rows} entries, the latest on {on}."),
)
def client_card(
    ledger: Ledger,
    client_events: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    client_id: str = "",
    rules: Client = Client(),
    portfolio: Portfolio = Portfolio(),
    activity: Activity = Activity(),
) -> pd.DataFrame:
    """Everything that happened with a client, the newest first.

    How: purchases and returns are shipments of a day by their net revenue, whoever is credited (who
    brought most of it is named); what comes to 0 is left out. Activities are those that were done.
    A plan is the client's of the month, else the sum of those by product group. A class change
    stands at the end of the month whose class is another than that of the month before; a handover
    on the first day of the new owner. At most `card_rows` (200).

    Returns client_id, on (day), what (purchase, return, activity, invoice, answer, case, plan,
    class change, handover; in this order within a day), detail (number of the shipment, invoice or
    case; kind, topic and outcome of an activity; score and words of an answer; the two classes;
    empty of a plan and a handover), money (net revenue, amount of the invoice, plan of the month),
    open (of an invoice, on the day asked for), who (who sold most, did it, or owns the client now;
    an id). Nothing after the day asked for. Without *client_id*: of every client. Raises
    ClientOpsError for a client that is not there.
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    end = ledger.row(periods.parse_month(as_of))
    shown = _shown(ledger, end, client_id, is_known=False)
    if not shown.any():
        return empty(client_card)
    at = matrices.codes(client_events["client_id"], ledger.clients)
    events = client_events.assign(client=at, who=client_events["manager_id"].astype(object))
    events["who"] = events["who"].fillna(events["agent"])
    events = events[(at >= 0) & np.append(shown, False)[at]]
    words = [word for word in events["outcome"].dropna().unique() if not activity.is_done(word)]
    is_told = (events["what"] != "plan") & ~events["outcome"].isin(words)
    frame = pd.concat(
        [
            events[is_told],
            _plans(events),
            _class_changes(ledger, shown, as_of, portfolio),
        ],
        ignore_index=True,
    )
    frame = frame[frame["on"] <= as_of]
    frame["place"] = frame["what"].map(WHAT.index)
    frame = frame.sort_values(
        ["client", "on", "place", "detail", "money"], ascending=[True, False, True, True, False]
    )
    frame = frame[frame.groupby("client").cumcount() < rules.card_rows]
    frame["client_id"] = ledger.clients.astype(object)[frame["client"].astype(np.int64)]
    return finish(frame, client_card)


def _plans(events: pd.DataFrame) -> pd.DataFrame:
    """What is planned of clients by month: their own row, else those by product group added up."""
    rows = events[events["what"] == "plan"]
    whole = rows["detail"].isna()
    keys = ["client", "on"]
    has_whole = whole.groupby([rows[each] for each in keys]).transform("any")
    planned = rows[whole | ~has_whole].groupby(keys, as_index=False)["money"].sum()
    return planned.assign(what="plan", detail=None, open=np.nan, who=None)


def _shown(ledger: Ledger, end: int, client_id: str, *, is_known: bool = True) -> np.ndarray:
    """Of every client, whether it is told of: owned at the data's end, and known by the month
    unless that does not matter."""
    if end < 0:
        return np.zeros(len(ledger.clients), dtype=bool)
    shown = matrices.owner(ledger, ledger.months - 1) >= 0
    if client_id:
        shown &= np.asarray(ledger.clients == client_id)
        if not shown.any():
            raise ClientOpsError("unknown client {client}", client=client_id)
    return shown & (ledger.known_from <= end) if is_known else shown


def _class_changes(
    ledger: Ledger, shown: np.ndarray, as_of: pd.Timestamp, rules: Portfolio
) -> pd.DataFrame:
    """The ends of months, over by *as_of*, in which a client's class became another one."""
    rows, before = [], None
    for at in range(ledger.months):
        on = periods.month_end(ledger.month_of(at))
        if on > as_of:
            break
        now = classes.place(ledger, at, rules)
        if before is not None:
            changed = np.flatnonzero(shown & (ledger.known_from < at) & (now != before))
            detail = CLASSES[before[changed]] + " → " + CLASSES[now[changed]]
            rows.append(pd.DataFrame({"client": changed, "on": on, "detail": detail}))
        before = now
    made = pd.concat(rows) if rows else pd.DataFrame(columns=["client", "on", "detail"])
    return made.assign(what="class change", money=np.nan, open=np.nan, who=None)


@table(
    "client_id:id month:month * revenue:money year_ago:money margin:money purchases:count "
    "class:word",
    labels=LABELS,
    period="rows",
    says=N_("{rows} months of clients."),
)
def client_months(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    client_id: str = "",
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """What a client brought, month by month.

    How: net revenue of all its lines, whoever sold, beside the month a year before; months without
    a line too. The class is that of the window which ends with the month, as class_path tells it.

    Returns one row per client and month of the 36 up to the month asked for, from the data's first
    on: client_id, month, revenue, year_ago (empty before the data), margin (of costed lines; empty
    where there is none), purchases (days), class (volume and regularity; empty before the client
    was known). Raises ClientOpsError for a client that is not there.
    """
    end = ledger.row(month)
    shown = np.flatnonzero(_shown(ledger, end, client_id))
    rows = []
    for at in range(max(0, end - MONTHS + 1), end + 1) if len(shown) else ():
        of_month, before = matrices.window(at, 1), matrices.window(at - 12, 1)
        is_costed = of_month.sum(ledger.costed)[shown] > 0
        class_ = CLASSES[classes.place(ledger, at, portfolio)[shown]]
        row = {
            "client_id": ledger.clients.astype(object)[shown],
            "month": ledger.month_of(at),
            "revenue": money(of_month.sum(ledger.revenue)[shown]),
            "year_ago": money(before.sum(ledger.revenue)[shown]) if at >= 12 else np.nan,
            "margin": np.where(is_costed, money(of_month.sum(ledger.margin)[shown]), np.nan),
            "purchases": of_month.sum(ledger.purchases)[shown],
            "class": np.where(ledger.known_from[shown] <= at, class_, None),
        }
        rows.append(pd.DataFrame(row))
    return finish(pd.concat(rows), client_months) if rows else empty(client_months)


@table(
    "client_id:id product_id:id * product_name:name product_group:name revenue:money "
    "revenue_before:money margin:money quantity:number quantity_before:number price:price "
    "price_before:price last_on:date status:word compared_from_month:month to_month:month",
    labels=LABELS,
    adds_up="revenue=some",
    says=N_("{rows} articles of clients."),
)
def client_products(
    ledger: Ledger,
    client_product_sales: pd.DataFrame,
    products: pd.DataFrame,
    *,
    month: pd.Timestamp,
    client_id: str = "",
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Which articles a client buys, and how that differs from the year before.

    How: the months of the window whose month a year before is in the data, against those months;
    where there is none, the whole window alone. An article is new where only these months brought
    revenue, dropped where only the year before did, kept where both did. The price is the revenue
    of lines with a quantity by their net quantity.

    Returns one row per client and article with a line in these months or the year before:
    client_id, product_id (`(none)`: lines without one), product_name (the id where unknown),
    product_group, revenue, quantity, price (empty unless the net quantity is positive), the same
    …_before, margin (of costed lines; empty where there is none), last_on (last day ever with a
    line of positive revenue up to the month; empty where none), status (`new`, `kept`, `dropped`,
    else empty), compared_from_month and to_month (the months told of; the first is empty, like all
    …_before and status, where nothing can be compared). Raises ClientOpsError for a client that is
    not there.
    """
    shown = _shown(ledger, ledger.row(month), client_id)
    at = matrices.codes(client_product_sales["client_id"], ledger.clients)
    frame = client_product_sales[(at >= 0) & np.append(shown, False)[at]]
    ids = frame["product_id"].astype(object)
    is_compared = frame["compared_from_month"].notna()
    made = {each: ids.map(names_of(products, "product_id", each).get)
            for each in ("product_name", "product_group")}  # fmt: skip
    made["product_group"] = made["product_group"].fillna(NONE)
    made["product_name"] = made["product_name"].where(made["product_name"].notna(), ids)
    for then, prefix in (("", ""), ("_before", "before_")):
        kept = is_compared | (then == "")
        units = frame[f"{prefix}quantity"]
        price = ratio(frame[f"{prefix}priced_revenue"], units)
        made |= {
            f"revenue{then}": money(frame[f"{prefix}revenue"]).where(kept),
            f"quantity{then}": (units / MONEY_SCALE).where(kept),
            f"price{then}": pd.Series(price, frame.index).where(kept),
        }
    margin = money(frame["costed_revenue"] - frame["cost"])
    made["margin"] = margin.where(frame["costed_lines"] > 0)
    now, before = frame["revenue"] > 0, frame["before_revenue"] > 0
    status = np.select([now & before, now, before], ["kept", "new", "dropped"], "")
    made["status"] = pd.Series(status, frame.index).where(is_compared & (status != ""))
    frame = frame.assign(**made, client_id=frame["client_id"].astype(object))
    return finish(frame, client_products)


@table(
    "client_id:id * client_name:name owner:id client_group:name region:name phone:text "
    "email:text abc:word xyz:word stage:word revenue:money last_on:date typical_gap_days:days "
    "quiet_days:days expected_on:date reason:word worth:money also:text last_touch:date",
    labels=LABELS,
    period="as of",
)
def client_standing(
    ledger: Ledger,
    attention: pd.DataFrame,
    activities: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    client_id: str = "",
    portfolio: Portfolio = Portfolio(),
    activity: Activity = Activity(),
) -> pd.DataFrame:
    """How a client stands: its classes, its rhythm, and why to call it.

    How: as of the last day of the data, or of the month where one is asked for; classes, stage and
    revenue are those of the month. The usual days between purchases are the median of all its gaps;
    the reason to call, what that is worth and the other reasons are those of the attention list.

    Returns one row per client: client_id, client_name (the id where unknown), owner (on the
    day; an id), client_group, region, phone, email, abc, xyz, stage and revenue (of the window that
    ends with the month), last_on (last purchase; empty where none), typical_gap_days (empty
    under two purchases), quiet_days (since last_on), expected_on (last_on and the usual days,
    rounded), reason, worth, also (all empty where there is none), last_touch (last contact by
    anyone; empty where none or without activities). Raises ClientOpsError for a client that is not
    there.
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    end = ledger.row(periods.parse_month(as_of))
    shown = np.flatnonzero(_shown(ledger, end, client_id))
    if not len(shown):
        return empty(client_standing)
    own, owner = rhythms(ledger, as_of), matrices.owner(ledger, end)
    managers = ledger.managers.astype(object).take(owner)
    last = np.where(own.purchases > 0, own.last_day, -1)
    usual = np.round(np.nan_to_num(own.typical_gap)).astype(np.int64)
    today = np.datetime64(as_of, "D").astype(np.int64)
    at = ledger.row(month)  # as the other tables of the page: one name, one number
    abc, xyz = np.divmod(classes.place(ledger, at, portfolio), len(classes.XYZ))
    span = matrices.window(at, portfolio.window_months)
    frame = pd.DataFrame(
        {
            "client_name": ledger.names,
            "owner": np.where(owner >= 0, managers, None),  # nobody who is shown
            "abc": classes.ABC[abc],
            "xyz": classes.XYZ[xyz],
            "stage": classes.STAGES[classes.stage(ledger, at, portfolio)],
            "revenue": money(span.sum(ledger.revenue)),
            "last_on": dates(last),
            "typical_gap_days": own.typical_gap,
            "quiet_days": np.where(last >= 0, today - last, np.nan),
            "expected_on": dates(np.where(own.gaps > 0, last + usual, -1)),
            "last_touch": dates(activity_log.last_touch(ledger, activities, as_of, activity)),
        },
        index=ledger.clients.astype(object),
    ).iloc[shown]
    card = ledger.client_table.set_index("client_id")[["client_group", "region", "phone", "email"]]
    told = attention.set_index("client_id")[["reason", "worth", "also"]]
    for each in (card, told):
        frame = frame.join(each.set_axis(each.index.astype(object)))
    return finish(frame.rename_axis("client_id").reset_index(), client_standing)
