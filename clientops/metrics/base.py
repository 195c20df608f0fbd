"""Base: who are our clients, and is the base in order?

Common parameters: *ledger* is the book's (ledger/matrices.py), *duplicate_clients*,
*plan_fulfilment*, *receivables_turnover*, *client_contacts* and *client_ltv* are the tables of that
name, *activities* and *surveys* the book's frames. *month* is the first day of the month asked for,
*rules* are the thresholds. Money in the results is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import activity_log, alike, classes, matrices
from clientops.ledger.matrices import Ledger, known_by
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import dates, empty, finish, name_owners, with_company
from clientops.schema import UNASSIGNED, category_rules, table
from clientops.settings import Activity, Base, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "tags": N_("Tags"),
    "revenue_ever": N_("Revenue ever"),
    "nps_score": N_("Last answer"),
    "plan_gap": N_("Above or below the plan to date"),
    "categories": N_("Categories"),
    "check": N_("What is wrong"),
    "share": N_("Share of the manager's clients"),
    "group_no": N_("Group"),
    "by": N_("Found by"),
    "sure": N_("Certain"),
    "keep": N_("Keep this one"),
}
CHECKS = [N_("duplicate"), N_("no way to reach"), N_("malformed"), N_("not verified"),
          N_("no owner"), N_("owner left"), N_("never bought"), N_("no group")]  # fmt: skip
PROOFS = (N_("tax_id"), N_("email"), N_("phone"), N_("name"))
_CARD = ["client_group", "region", "phone", "email", "tags"]  # as they stand in clients


@table(f"{category_rules.COLUMNS} categories:text", labels=LABELS, adds_up="revenue")
def client_list(
    ledger: Ledger,
    client_ltv: pd.DataFrame,
    client_contacts: pd.DataFrame,
    plan_fulfilment: pd.DataFrame | None = None,
    receivables_turnover: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    rules: Base = Base(),
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Every client, with what is known of it.

    How: as of the month's end. Classes, purchases, revenue and the margin rate are those of the
    window; the categories are the names of the rules (`[settings.base.categories]`) that hold, in
    their order there. A comparison with an empty value does not hold.

    Returns one row per client known by the month: client_id, client_name (the id where unknown),
    manager_id (owner at the month's end), client_group, region, phone, email, tags (as in clients;
    how to reach a client only for who owns it now), abc, xyz, stage, first_on and last_on
    (purchases ever up to the month; empty where none), purchases (days), revenue, revenue_ever (up
    to the month), margin_rate (margin by revenue of costed lines; empty where that is not
    positive), last_touch and nps_score (as client_contacts tells them), open and overdue (invoices
    at the month's end), plan_gap (revenue less plan of the year to date), expected_12 (as
    client_ltv tells it; empty without a purchase), categories. Columns whose table is missing are
    empty.
    """
    end = ledger.row(month)
    owner, span = matrices.owner(ledger, end), matrices.window(end, portfolio.window_months)
    count = ledger.purchases[end + 1]
    days = np.append(ledger.days, 0)
    frame = pd.DataFrame(
        {
            "client_name": ledger.names,
            "manager_id": ledger.managers.astype(object).take(owner),
            "abc": classes.ABC[classes.abc(ledger, end, portfolio)],
            "xyz": classes.XYZ[classes.xyz(ledger, end, portfolio, portfolio.xyz_by)],
            "stage": classes.STAGES[classes.stage(ledger, end, portfolio)],
            "first_on": dates(np.where(count > 0, days[ledger.starts], -1)),
            "last_on": dates(np.where(count > 0, days[ledger.starts + count - 1], -1)),
            "purchases": span.sum(ledger.purchases),
            "revenue": money(span.sum(ledger.revenue)),
            "revenue_ever": money(ledger.revenue[end + 1]),
            "margin_rate": ratio(span.sum(ledger.margin), span.sum(ledger.costed_revenue)),
            "open": np.nan,
            "overdue": np.nan,
            "plan_gap": np.nan,
        },
        index=ledger.clients.astype(object),
    )
    card = ledger.client_table.set_index("client_id")[_CARD]
    frame = frame.join(card.set_axis(card.index.astype(object)))
    for known, columns in (
        (client_contacts, ["last_touch", "nps_score"]), (client_ltv, ["expected_12"]),
    ):  # fmt: skip
        frame = frame.join(known.set_index(known["client_id"].astype(object))[columns])
    if plan_fulfilment is not None:
        planned = plan_fulfilment[plan_fulfilment["dimension"] == "client"].set_index("key")
        planned = planned[planned.index.isin(frame.index) & planned["basis"].notna()]
        frame["plan_gap"] = planned["gap_to_date"]
    if receivables_turnover is not None and len(receivables_turnover):
        owed = receivables_turnover[receivables_turnover["dimension"] == "client"].set_index("key")
        owed = owed[["closing", "overdue"]].reindex(frame.index, fill_value=0)
        frame[["open", "overdue"]] = owed.to_numpy()
    frame = frame[(ledger.known_from <= end) & (owner >= 0)]
    frame = frame.rename_axis("client_id").reset_index()
    frame["categories"] = _categories(frame, rules)
    return finish(frame, client_list)


@table(
    "* client_id:id last_touch:date nps_score:number",
    labels=LABELS,
    says=N_("{rows} clients are known."),
)
def client_contacts(
    ledger: Ledger,
    activities: pd.DataFrame | None = None,
    surveys: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp | None = None,
    activity: Activity = Activity(),
) -> pd.DataFrame:
    """When each client was last talked to, and what it last answered when asked.

    How: up to the month's end, in the running month to the last day of the data. The last contact
    is anyone's; of two answers on one day the lower counts.

    Returns one row per client known by the month: client_id, last_touch, nps_score. Empty: never,
    or the table is missing.
    """
    end = ledger.row(month)
    until = periods.month_end(month) if until is None else until
    frame = pd.DataFrame(
        {
            "client_id": ledger.clients.astype(object),
            "last_touch": dates(activity_log.last_touch(ledger, activities, until, activity)),
            "nps_score": _last_answers(ledger, surveys, end, until),
        }
    )
    shown = (ledger.known_from <= end) & (matrices.owner(ledger, end) >= 0)
    return finish(frame[shown], client_contacts)


def _last_answers(
    ledger: Ledger, surveys: pd.DataFrame | None, end: int, until: pd.Timestamp
) -> np.ndarray:
    """Each client's last score up to a day of month *end*; NaN where there is none."""
    result = np.full(len(ledger.clients), np.nan)
    if surveys is None:
        return result
    said = surveys[surveys["score"].notna() & (surveys["responded_on"] <= until)]
    said = said.assign(client=known_by(ledger, said["client_id"], end))
    said = said[said["client"] >= 0].sort_values(["responded_on", "score"], ascending=[True, False])
    result[said["client"]] = said["score"].astype(float)  # of several, the last is kept
    return result


def _categories(frame: pd.DataFrame, rules: Base) -> np.ndarray:
    """The names of the rules that hold, of each row; None where none does."""
    names = np.full(len(frame), "", dtype=object)
    for name, rule in rules.categories.items():
        holds = category_rules.read(rule)(frame)
        names[holds] = [f"{each}, {name}" if each else name for each in names[holds]]
    return np.where(names == "", None, names)


@table(
    "* manager_id:id check:word clients:count share:share revenue:money",
    labels=LABELS,
    adds_up="",
    stored="all",  # whether a column is there at all, and duplicates, the whole base tells
)
def base_hygiene(
    ledger: Ledger,
    duplicate_clients: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Base = Base(),
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """What is wrong with the client base, and how much revenue stands behind it.

    How: of the clients known by the month. duplicate: in a group of duplicate_clients; no way to
    reach: neither telephone nor e-mail; malformed: a telephone of fewer than 7 digits, or an e-mail
    without an @ and a dot behind it; not verified: an A or B client whom nobody verified within
    `verified_days` (365); no owner; owner left: the owner's last day is over; never bought: no
    purchase for `prospect_days` (180) since the client was entered; no group. A check of a column
    that nobody has filled is left out.

    Returns one row per manager (owner at the month's end) and check with any client, and the
    company as `*`: manager_id, check, clients, share (of the manager's known clients), revenue (of
    their window); managers in order, the most revenue first.
    """
    end = ledger.row(month)
    known = np.flatnonzero((ledger.known_from <= end) & (matrices.owner(ledger, end) >= 0))
    span = matrices.window(end, portfolio.window_months)
    faults = _faults(ledger, known, end, duplicate_clients, rules, portfolio)
    owner = matrices.owner(ledger, end)[known]
    frame = pd.DataFrame({"manager": owner, "revenue": span.sum(ledger.revenue)[known]})
    everybody = with_company(frame).groupby("manager").size()
    rows = []
    for place, check in enumerate(CHECKS):
        if check in faults:
            sums = with_company(frame[faults[check]]).groupby("manager")["revenue"]
            rows.append(sums.agg(clients="size", revenue="sum").assign(check=check, place=place))
    found = pd.concat(rows).reset_index()
    found["share"] = ratio(found["clients"], everybody.reindex(found["manager"]))
    found["revenue"] = money(found["revenue"])
    found = name_owners(found, ledger)
    found = found.sort_values(["manager_id", "revenue", "place"], ascending=[True, False, True])
    return finish(found, base_hygiene)


def _faults(
    ledger: Ledger,
    known: np.ndarray,
    end: int,
    duplicate_clients: pd.DataFrame,
    rules: Base,
    portfolio: Portfolio,
) -> dict[str, np.ndarray]:
    """By check, which of the *known* clients (positions) it concerns."""
    ids, until = ledger.clients.astype(object)[known], periods.month_end(ledger.month_of(end))
    card = ledger.client_table.set_index("client_id")
    card = card.set_axis(card.index.astype(object)).reindex(ids).reset_index()
    has = card.notna().any()
    reach = card[["phone", "email"]].fillna("").astype(object)
    digits = reach["phone"].str.count(r"\d")
    odd = (reach["phone"] != "") & (digits < 7)
    odd |= (reach["email"] != "") & ~reach["email"].str.contains(r"@.*\.", regex=True)
    matters = np.isin(classes.abc(ledger, end, portfolio)[known], [classes.A, classes.B])
    verified = card["verified_on"] >= until - pd.Timedelta(days=rules.verified_days)
    waited = card["created_on"] <= until - pd.Timedelta(days=rules.prospect_days)
    owner = matrices.owner(ledger, end)[known]
    left = ledger.manager_table.loc[ledger.manager_table["left_on"] <= until, "manager_id"]
    names = ledger.managers.astype(object)
    faults = {
        "duplicate": np.isin(ids, duplicate_clients["client_id"].astype(object)),
        "no owner": names[owner] == UNASSIGNED,
        "owner left": np.isin(names[owner], left.astype(object)),
    }
    if has["phone"] or has["email"]:
        faults["no way to reach"] = (reach == "").all(axis=1).to_numpy()
        faults["malformed"] = odd.to_numpy()
    if has["verified_on"]:
        faults["not verified"] = matters & ~verified.to_numpy()
    if has["created_on"]:
        faults["never bought"] = (ledger.purchases[end + 1][known] == 0) & waited.to_numpy()
    if has["client_group"]:
        faults["no group"] = card["client_group"].isna().to_numpy()
    return faults


@table(
    "group_no:whole client_id:id * client_name:name manager_id:id by:word sure:flag revenue:money "
    "last_on:date keep:flag",
    labels=LABELS,
    stored="all",  # the other one of a pair may be somebody else's
    says=(N_("{rows} clients may be entered twice; {client_name} is one of them."),),
)
def duplicate_clients(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    rules: Base = Base(),
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Which clients may be entered twice, by what, and which entry to keep. Nothing is merged.

    How: of the clients known by the month. Sure is a pair with the same tax number (without blanks
    and punctuation) or e-mail; likely one with the same whole telephone and alike names, or with
    the same name in the same region, or in one that is not known. Names are compared without case,
    accents, punctuation and legal forms (`legal_forms`); alike are those whose first word is the
    same, or whose letters agree to 85 % (difflib). What more than 3 clients share proves nothing;
    other tax numbers forbid a pair. Pairs join to groups.

    Returns one row per client in a group: group_no (by their smallest id), client_id, client_name
    (the id where unknown), manager_id (owner at the month's end), by (`tax_id`, `email`, `phone`,
    `name`: of the client's best pair), sure, revenue (of the window), last_on (last purchase up to
    the month; empty where none), keep (one of the group: most revenue ever, then the earliest first
    purchase, then the smallest id).
    """
    end = ledger.row(month)
    owner = matrices.owner(ledger, end)
    known = np.flatnonzero((ledger.known_from <= end) & (owner >= 0))
    if not len(known):
        return empty(duplicate_clients)
    ids = ledger.clients.astype(object)[known]
    card = ledger.client_table.set_index("client_id")
    card = card.set_axis(card.index.astype(object)).reindex(ids)
    found = alike.pairs(card, rules.legal_forms, rules.phone_country)
    first = alike.groups(found, len(known))
    both = pd.concat([found, found.rename(columns={"client": "other", "other": "client"})])
    best = both["by"].map(PROOFS.index).groupby(both["client"]).min()
    days, count = np.append(ledger.days, 0), ledger.purchases[end + 1][known]
    starts = ledger.starts[known]
    frame = pd.DataFrame(
        {
            "first": first,
            "client_id": ids,
            "client_name": ledger.names[known],
            "manager_id": ledger.managers.astype(object)[owner[known]],
            "by": best.reindex(range(len(known))),
            "revenue": money(
                matrices.window(end, portfolio.window_months).sum(ledger.revenue)[known]
            ),
            "last_on": dates(np.where(count > 0, days[starts + count - 1], -1)),
            "ever": -ledger.revenue[end + 1][known],
            "first_on": np.where(count > 0, days[starts], np.iinfo(np.int64).max),
        }
    )
    frame = frame[frame["first"] >= 0].sort_values(["first", "ever", "first_on", "client_id"])
    frame["keep"] = ~frame["first"].duplicated()
    frame["group_no"] = frame["first"].rank(method="dense").astype(int)
    frame["sure"] = frame["by"] < len(alike.SURE)
    frame["by"] = [PROOFS[int(place)] for place in frame["by"]]
    return finish(frame, duplicate_clients)
