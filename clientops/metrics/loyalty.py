"""Loyalty: who recommends us, and whose money is it?

An *answer* is a row of surveys with a score: promoters gave 9 or more, detractors less than 7, the
others are passive. Of a client's answers in a window the last counts (of one day the lower score);
those without a client, or of one not known by the month, count each, only for the company. A
manager is judged by answers of the clients owned on the day of the answer.

Common parameters: *ledger* is the book's (ledger/matrices.py), *surveys* its
frames (schema: TABLES, OWNED). *month* is the first day of the month asked for. *rules* and
*portfolio* are the thresholds. Money in the results is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import activity_log, classes, matrices
from clientops.ledger.dimensions import KEYS, client_keys, sums_by_dimension, with_names
from clientops.ledger.matrices import Ledger, bought_between, codes, known_by
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import dates, empty, finish
from clientops.ledger.statistics import difference_p, net_share
from clientops.schema import EVERYONE, Headline, table
from clientops.settings import Activity, Loyalty, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "answers": N_("Answers"),
    "promoters": N_("Promoters"),
    "passives": N_("Passives"),
    "detractors": N_("Detractors"),
    "nps": N_("Net promoter score"),
    "low": N_("95 % from"),
    "high": N_("95 % to"),
    "previous": N_("Net promoter score a window before"),
    "asked": N_("Clients asked"),
    "answered_share": N_("Share who answered"),
    "revenue_share": N_("Share of revenue that answered"),
    "quarter": N_("Quarter"),
    "answer": N_("Last answer"),
    "revenue_per_client": N_("Revenue per client"),
    "stayed": N_("Bought within 180 days"),
    "score": N_("Score"),
    "responded_on": N_("Answered on"),
    "comment": N_("Comment"),
    "days_unanswered": N_("Days without a word from us"),
}
KINDS = (N_("detractor"), N_("passive"), N_("promoter"))
VERDICTS = (N_("good"), N_("poor"), N_("open"))
PASSIVE_FROM, PROMOTER_FROM = 7, 9  # scores
QUARTERS = 8  # that nps_trend looks back
DAY = np.timedelta64(1, "D")
STAY = np.timedelta64(180, "D")  # within which a purchase shows that a client stayed
Z = 1.959964  # 95 % two-sided


@table(
    "month:month dimension:word key:id name:name * answers:count promoters:count passives:count "
    "detractors:count nps:score low:score high:score verdict:word previous:score p_value:number "
    "asked:count? answered_share:share revenue_share:share window_months:whole",
    labels=LABELS,
    stored="all",  # a client handed over may answer again: that its new owner alone sees
    says=(
        N_("{name}: net promoter score {nps}, {previous} a window before; {answers} answers."),
        N_("{name}: net promoter score {nps}; {answers} answers."),
        N_("{name}: {answers} answers, too few for a score."),
    ),
    headline=Headline(
        "nps", N_("Net promoter score"), "up", of="answers", of_window=True, ends=("low", "high")
    ),
)
def nps(
    ledger: Ledger,
    surveys: pd.DataFrame,
    table_days: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    rules: Loyalty = Loyalty(),
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How many clients recommend us, and how sure that is.

    How: the net promoter score is the share of promoters (9 and more) less that of detractors
    (below 7) among the last answers of the window. low and high enclose it with 95 %: 3 answers are
    added, three quarters of one to each end, so that few answers give a wide interval, which
    surrounds the adjusted value. It is `good` where even low reaches the `target`, `poor` where
    even high does not, else `open`: not enough answers to say. Under `min_answers` there are only
    counts. previous is the window before, with other answers; p_value is the chance of such a
    difference by accident.

    Returns one row per dimension (`*`, abc, client_group, manager, region) and key with an answer
    or somebody asked, `*` always: month, dimension, key, name (the key where unknown), answers,
    promoters, passives, detractors, nps, low, high, verdict, previous (all empty under
    `min_answers`), p_value (of shares that vary), asked (clients asked in the window; empty where
    nobody ever notes that), answered_share (of them; else of the counted clients), revenue_share
    (of those who answered, in the window revenue of the key's clients), window_months. Source of
    the interval: Rocks, Interval estimation for the net promoter score (2016), adjusted Wald.
    """
    end = ledger.row(month)
    window = matrices.window(end, portfolio.window_months)
    groups = _groups(ledger, end, portfolio)
    answers, votes = _votes(ledger, surveys, groups, window)
    asked = _asked(ledger, surveys, groups, window)
    every = pd.MultiIndex.from_tuples([(EVERYONE, EVERYONE)], names=KEYS)
    frame = votes.reindex(votes.index.union(asked.index).union(every), fill_value=0)
    first = _first_days(surveys, table_days)
    then = end - portfolio.window_months
    before = votes.iloc[:0]
    earlier = matrices.window(max(then, 0), portfolio.window_months)
    if then >= 0 and first.min() < ledger.day_of(earlier.start):
        groups_then = _groups(ledger, then, portfolio)
        before = _votes(ledger, surveys, groups_then, earlier)[1]
    _judge(frame, rules)
    _compare(frame, before.reindex(frame.index, fill_value=0), rules)
    own = _members(ledger, groups, answers, end, portfolio).reindex(frame.index, fill_value=0)
    frame["revenue_share"] = ratio(own["answered_revenue"], own["revenue"])
    frame["asked"], frame["answered_share"] = pd.NA, ratio(own["answered"], own["counted"])
    if first["asked_on"] < ledger.day_of(end + 1):
        asked = asked.reindex(frame.index, fill_value=0)
        frame["asked"], frame["answered_share"] = (
            asked["asked"],
            ratio(asked["came"], asked["asked"]),
        )
    frame = frame.reset_index().assign(month=month, window_months=window.months)
    return finish(with_names(frame, ledger.manager_table), nps)


@table(
    "quarter:quarter dimension:word key:id name:name * answers:count nps:score low:score "
    "high:score",
    labels=LABELS,
    period="rows",
    stored="all",  # a client handed over may answer again: that its new owner alone sees
    says=(
        N_("{name}: net promoter score {nps} in {quarter}, of {answers} answers."),
        N_("{name}: {answers} answers in {quarter}, too few for a score."),
    ),
)
def nps_trend(
    ledger: Ledger,
    surveys: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Loyalty = Loyalty(),
) -> pd.DataFrame:
    """Whether more clients recommend us than some quarters ago.

    How: the net promoter score of each of the last 8 calendar quarters that are over by the month,
    from the last answer of every client in the quarter; low and high enclose it with 95 %, as in
    the table nps.

    Returns one row per quarter, dimension (`*`, manager) and key with an answer: quarter (its first
    day), dimension, key, name (the key where unknown), answers, nps, low, high (empty under
    `min_answers`).
    """
    end = ledger.row(month)
    last = (ledger.first_month + end + 1) // 3 * 3  # the month after the last quarter that is over
    first, after = periods.month_starts(np.array([last - 3 * QUARTERS, last]))
    rows = _answers(ledger, surveys, first, after - DAY, end, months=3)
    frame = _counts(rows, {}, ("span",)).reset_index()
    frame["quarter"] = periods.month_starts(frame["span"] * 3)
    _judge(frame, rules)
    return finish(with_names(frame, ledger.manager_table), nps_trend)


@table(
    "* answer:word clients:count revenue:money revenue_share:share margin:money "
    "revenue_per_client:money stayed:share",
    labels=LABELS,
    whose="company",
    adds_up="clients revenue=some margin=some",
    stored="all",
    says=(
        N_("Promoters bring {revenue_share} of the revenue; within 180 days of such an "
           "answer {stayed} bought again."),
        N_("Promoters bring {revenue_share} of the revenue."),
    ),
)  # fmt: skip
def nps_money(
    ledger: Ledger,
    surveys: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Whose money it is: promoters, passives, detractors, and those who said nothing.

    How: the counted clients (neither prospect nor lost) by their last answer in the window, and
    their window revenue. stayed looks at all answers of the two windows that are at least 180 days
    old: the share whose client bought within 180 days from the day after. Of clients without an
    answer it is the share of those who bought up to 180 days ago that bought since.

    Returns a row each for promoter, passive, detractor and none: answer, clients, revenue,
    revenue_share (of the four), margin (of costed lines; empty where nothing is costed),
    revenue_per_client, stayed.
    """
    end = ledger.row(month)
    window = matrices.window(end, portfolio.window_months)
    answers = _answers(ledger, surveys, *ledger.days_of(window), end)
    answers = answers[answers["who"] >= 0]
    kind = np.full(len(ledger.clients), len(KINDS))
    kind[answers["who"]] = answers["kind"]
    counted = classes.counted(ledger, end, portfolio)
    frame = pd.DataFrame(
        {
            "kind": kind,
            "clients": 1,
            "revenue": window.sum(ledger.revenue),
            "margin": window.sum(ledger.margin),
            "costed": window.sum(ledger.costed),
        }
    )[counted]
    sums = frame.groupby("kind").sum().reindex([2, 1, 0, len(KINDS)], fill_value=0)
    sums["answer"] = [*KINDS[::-1], "none"]
    sums["revenue_share"] = ratio(sums["revenue"], sums["revenue"].sum())
    sums["margin"] = money(sums["margin"].where(sums["costed"] > 0))
    sums["revenue"] = money(sums["revenue"])
    sums["revenue_per_client"] = ratio(sums["revenue"], sums["clients"])
    sums["stayed"] = _stayed(ledger, surveys, end, portfolio)
    return finish(sums, nps_money)


@table(
    "* manager_id:id client_id:id client_name:name score:number responded_on:date comment:text "
    "revenue:money last_touch:date days_unanswered:whole?",
    labels=LABELS,
    period="as of",
    adds_up="revenue=some",
    says=(
        N_("Clients who would not recommend us: {rows}. The largest without a word from us since "
           "the answer: {client_name} (score {score}; days: {days_unanswered})."),
        N_("Clients who would not recommend us: {rows}. The largest: {client_name} (score "
           "{score})."),
    ),
)  # fmt: skip
def detractors(
    ledger: Ledger,
    surveys: pd.DataFrame,
    activities: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    activity: Activity = Activity(),
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Clients who would not recommend us, and whether anybody has spoken with them since.

    How: as of the last day of the data, or of the month where one is asked for. Clients whose last
    answer in the window is below 7, by their revenue of the window. Who was contacted on the day of
    the answer or later, by anyone, stands at the end of the list.

    Returns a row per such client known: manager_id (the owner, who has to call; known and owned
    as at the end of that day's month), client_id, client_name (the id where unknown), score,
    responded_on, comment, revenue (of the window that ends with the month), last_touch,
    days_unanswered (since the answer; empty once contacted). Both are empty where the data have
    no activities.
    """
    today = np.datetime64(periods.month_end(month) if as_of is None else as_of, "D")
    now = ledger.row(periods.parse_month(pd.Timestamp(today)))
    if now < 0:
        return empty(detractors)
    owner = matrices.owner(ledger, now)
    first = ledger.day_of(matrices.window(now, portfolio.window_months).start)
    rows = _answers(ledger, surveys, first, today, now)
    rows = rows[(rows["who"] >= 0) & (rows["kind"] == 0)]
    rows = rows[owner[rows["who"]] >= 0]
    who = rows["who"].to_numpy()
    window = matrices.window(max(ledger.row(month), 0), portfolio.window_months)
    last = activity_log.last_touch(ledger, activities, pd.Timestamp(today), activity)
    last, answered_on = last[who], _numbers(rows["responded_on"])
    waiting = (last < answered_on) & (activities is not None)
    frame = rows.assign(
        manager_id=ledger.managers.astype(object).take(owner[who]),
        client_id=ledger.clients[who].astype(object),
        client_name=ledger.names[who],
        revenue=money(window.sum(ledger.revenue)[who]),
        last_touch=dates(last),
        days_unanswered=pd.Series(today.astype(np.int64) - answered_on, rows.index).where(waiting),
    )
    order = np.lexsort((frame["client_id"], -window.sum(ledger.revenue)[who], ~waiting))
    return finish(frame.iloc[order], detractors)


def _numbers(days: pd.Series) -> np.ndarray:
    """Days as day numbers."""
    return days.to_numpy("datetime64[D]").astype(np.int64)


def _groups(ledger: Ledger, end: int, portfolio: Portfolio) -> dict[str, np.ndarray]:
    """The volume class of every client at month *end*, its client group and region."""
    abc = classes.ABC[classes.abc(ledger, end, portfolio)].astype(object)
    return {"abc": abc} | client_keys(ledger)


def _first_days(surveys: pd.DataFrame, table_days: pd.DataFrame | None) -> pd.Series:
    """The first day on which anybody in the company was asked, and answered; late: nobody."""
    if table_days is None:
        first = surveys[["asked_on", "responded_on"]].min()
    else:
        own = table_days[table_days["table"] == "surveys"]
        first = own.set_index("column")["first_on"].reindex(["asked_on", "responded_on"])
    return pd.to_datetime(first).fillna(pd.Timestamp("2200-01-01"))


def _answers(
    ledger: Ledger, surveys: pd.DataFrame, first: np.datetime64, last: np.datetime64, end: int,
    months: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """The answers that count from one day to another, with who (position; −1: none that is known by
    month *end*) and kind (0 detractor, 1 passive, 2 promoter); *months*: in each so many."""
    rows = surveys[surveys["score"].notna() & surveys["responded_on"].between(first, last)]
    rows = rows.sort_values(["responded_on", "score"], ascending=[True, False], kind="stable")
    rows = rows.assign(who=known_by(ledger, rows["client_id"], end))
    rows["kind"] = _kind(rows["score"])
    rows["span"] = periods.month_numbers(rows["responded_on"]) // months if months else 0
    return rows[(rows["who"] < 0) | ~rows.duplicated(["who", "span"], keep="last")]


def _kind(scores: pd.Series) -> np.ndarray:
    """Place in KINDS: 0 detractor, 1 passive, 2 promoter."""
    return np.searchsorted([PASSIVE_FROM, PROMOTER_FROM], scores, side="right")


def _counts(
    rows: pd.DataFrame, groups: dict[str, np.ndarray], by: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Answers by kind, of each dimension and key."""
    kinds = {f"{kind}s": rows["kind"] == place for place, kind in enumerate(KINDS)}
    rows = rows.assign(answers=1, **kinds)
    return sums_by_dimension(rows, groups, ["answers", *kinds], by).astype(np.int64)


def _votes(
    ledger: Ledger, surveys: pd.DataFrame, groups: dict[str, np.ndarray], window: matrices.Window
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers of the window, and how many there are by kind."""
    answers = _answers(ledger, surveys, *ledger.days_of(window), window.end)
    return answers, _counts(answers, groups)


def _asked(
    ledger: Ledger, surveys: pd.DataFrame, groups: dict[str, np.ndarray], window: matrices.Window
) -> pd.DataFrame:
    """Clients asked in the window, and those of them whose score came by its end."""
    first, last = ledger.days_of(window)
    rows = surveys[surveys["asked_on"].between(first, last)]
    who = known_by(ledger, rows["client_id"], window.end)
    came = rows["score"].notna() & (rows["responded_on"] <= last)
    each = np.where(who >= 0, who, -1 - np.arange(len(who)))  # strangers: one by one
    rows = pd.DataFrame({"who": who, "each": each, "came": came.to_numpy(), "asked": 1,
                         "manager_id": rows["asked_manager_id"].to_numpy(object)})  # fmt: skip
    rows = rows.sort_values("came", ascending=False)
    return sums_by_dimension(rows, groups, ["asked", "came"], once="each")


def _members(
    ledger: Ledger,
    groups: dict[str, np.ndarray],
    answers: pd.DataFrame,
    end: int,
    portfolio: Portfolio,
) -> pd.DataFrame:
    """Window revenue and counted clients of each key at *end*, and those of who answered."""
    owner = matrices.owner(ledger, end)
    who = np.flatnonzero((ledger.known_from <= end) & (owner >= 0))
    answered = np.isin(who, answers["who"])
    counted = classes.counted(ledger, end, portfolio)[who]
    revenue = matrices.window(end, portfolio.window_months).sum(ledger.revenue)[who]
    rows = pd.DataFrame(
        {
            "who": who,
            "manager_id": ledger.managers.astype(object).take(owner[who]),
            "revenue": revenue,
            "answered_revenue": revenue * answered,
            "counted": counted,
            "answered": counted & answered,
        }
    )
    amounts = ["revenue", "answered_revenue", "counted", "answered"]
    return sums_by_dimension(rows, groups, amounts)


def _judge(frame: pd.DataFrame, rules: Loyalty) -> None:
    """Add nps, low, high, verdict; empty under `min_answers`."""
    enough = frame["answers"] >= rules.min_answers
    ends = frame["promoters"], frame["detractors"], frame["answers"]
    centre, variance = net_share(*ends, added=3)
    half = Z * np.sqrt(variance)
    frame["nps"] = net_share(*ends)[0].where(enough)
    frame["low"] = (centre - half).clip(lower=-1).where(enough)
    frame["high"] = (centre + half).clip(upper=1).where(enough)
    verdict = np.where(frame["high"] < rules.target, "poor", "open").astype(object)
    verdict[frame["low"] >= rules.target] = "good"
    frame["verdict"] = np.where(enough, verdict, None)


def _compare(frame: pd.DataFrame, before: pd.DataFrame, rules: Loyalty) -> None:
    """Add previous and p_value, where both windows have `min_answers`."""
    enough = (frame["answers"] >= rules.min_answers) & (before["answers"] >= rules.min_answers)
    (score, variance), (earlier, other) = (
        net_share(each["promoters"], each["detractors"], each["answers"])
        for each in (frame, before)
    )
    frame["previous"] = earlier.where(enough)
    frame["p_value"] = difference_p(score - earlier, (variance + other).where(enough))


def _stayed(ledger: Ledger, surveys: pd.DataFrame, end: int, portfolio: Portfolio) -> list[float]:
    """The shares who bought again: promoters, passives, detractors, those without an answer."""
    today = ledger.day_of(end + 1) - DAY
    then, months = today - STAY, portfolio.window_months
    rows = surveys[surveys["score"].notna() & (surveys["responded_on"] <= then)]
    who = known_by(ledger, rows["client_id"], end)
    everybody = np.arange(len(ledger.clients))
    silent = ~np.isin(everybody, codes(rows["client_id"], ledger.clients))
    rows, who = rows[who >= 0], who[who >= 0]
    recent = (rows["responded_on"] >= ledger.day_of(max(0, end - 2 * months + 1))).to_numpy()
    rows, who, day = rows[recent], who[recent], _numbers(rows["responded_on"])[recent]
    again = bought_between(ledger, who, day + 1, day + STAY.astype(np.int64))
    kind = _kind(rows["score"])
    shares = [ratio(again[kind == each].sum(), (kind == each).sum()) for each in (2, 1, 0)]
    row = ledger.row(periods.parse_month(pd.Timestamp(then)))
    start = ledger.day_of(matrices.window(row, months).start) if row >= 0 else today
    start, then, today = (day.astype(np.int64) for day in (start, then, today))
    buyers = silent & bought_between(ledger, everybody, start, then)
    since = bought_between(ledger, everybody, then + 1, today)
    return [*shares, ratio((buyers & since).sum(), buyers.sum())]
