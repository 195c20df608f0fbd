"""LTV: what is a client worth?

The textbook multiplies revenue per purchase, purchases per month, margin rate and months of life.
Summed right that is exactly the margin per client so far: it grows with the age of the data while a
business stands still. What a client *will* bring is told by what buyers bring in a year and how
much of that money stays, and of each client by how often it bought and how long ago.

Common parameters: *ledger* is the book's (ledger/matrices.py), *ltv_model*
and *year_retention* are the tables of that name. *month* is the first day of the month asked for,
*rules* are the thresholds. Money in the results is in the reporting currency.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops.ledger import bgnbd, matrices, two_windows
from clientops.ledger.dimensions import client_keys, with_names
from clientops.ledger.matrices import Ledger, Window, once
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import empty, finish
from clientops.schema import EVERYONE, Headline, table
from clientops.settings import Ltv
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "cheque": N_("Revenue per purchase"),
    "per_month": N_("Purchases a month"),
    "profit_rate": N_("Margin rate so far"),
    "months": N_("Months as a client"),
    "to_date": N_("Brought so far"),
    "year_value": N_("A buyer's year"),
    "kept": N_("Money kept"),
    "kept_of": N_("Money kept by"),
    "expected": N_("Expected of a buyer"),
    "years": N_("Years counted"),
    "sector": N_("Sector"),
    "competitor": N_("Competitor"),
    "r": N_("r: how alike the rates are"),
    "alpha": N_("alpha, days"),
    "a": N_("a: of leaving"),
    "b": N_("b: of staying"),
    "log_likelihood": N_("Log-likelihood"),
    "reason": N_("Why there is no model"),
    "formula_12": N_("By the formula"),
    "naive_12": N_("As last year"),
    "bgnbd_12": N_("By its rhythm"),
    "alive": N_("Chance it still buys"),
    "at_stake": N_("At stake"),
    "predicted": N_("Predicted"),
    "actual": N_("Came"),
    "ratio": N_("Predicted by what came"),
    "caught": N_("Largest tenth found"),
    "best": N_("Nearest"),
}
METHODS = FORMULA, NAIVE, BGNBD = "formula", "naive", "bgnbd"
YEAR = 12  # months
SHOWN = 12  # months of the history
DAYS = 365.0  # of a year ahead


@table(
    "month:month dimension:word key:id * name:name clients:count cheque:money per_month:number "
    "profit_rate:share months:number to_date:money year_value:money kept:share kept_of:word "
    "expected:money sector:money competitor:money years:whole",
    labels=LABELS,
    period="rows",
    stored="all",  # a small portfolio takes the money kept from the company
    headline=Headline("expected", N_("Expected of a buyer"), "up"),
)
def ltv_history(ledger: Ledger, *, month: pd.Timestamp, rules: Ltv = Ltv()) -> pd.DataFrame:
    """What a buyer is expected to bring, and what clients brought so far.

    How: a buyer's year is the margin rate of the last 12 months times their revenue, by the clients
    who bought in them. Money kept is what the buyers of the 12 months before bring now, as a part
    of what they brought then. Expected of a buyer is its year and the four after it (`ltv_years`),
    each smaller by what is not kept. Brought so far is the formula S·C·P·t: revenue per purchase
    times purchases a month times margin rate times months as a client. It is exactly the margin per
    client so far, and grows with the age of the data even where nothing changes.

    Returns one row per month of the last 12, dimension (`*`, manager: owner at the month's end,
    client_group) and key with a client who ever bought: month, dimension, key, name (the key where
    unknown), clients, cheque (revenue per purchase), per_month (purchases per client and month),
    profit_rate (of costed lines; nothing costed: empty, and amounts are revenue), months (from the
    first purchase's to the last one's, both included), to_date (S·C·P·t), year_value (empty under
    12 months of data), kept (within 0 and 1; empty under 24), kept_of (the dimension; `company`
    where under `min_clients` bought in the year before), expected, sector, competitor (of settings,
    which name their source), years (that expected counts).
    """
    end = ledger.row(month)
    rows = [_worth(ledger, at, rules) for at in range(max(0, end - SHOWN + 1), end + 1)]
    frame = with_names(pd.concat(rows, ignore_index=True), ledger.manager_table)
    other = {"sector": rules.sector, "competitor": rules.competitor, "years": rules.ltv_years}
    return finish(frame.assign(**other), ltv_history)


@table(
    "month:month * clients:count r:number alpha:number a:number b:number log_likelihood:number "
    "reason:word",
    labels=LABELS,
    period="all",
    whose="company",
    stored="all",
    says=N_("There is no model of purchases: {reason}."),
)
def ltv_model(ledger: Ledger, *, month: pd.Timestamp) -> pd.DataFrame:
    """By which numbers clients buy and leave, as the model BG/NBD has them.

    How: from each client's number of purchases and the days from its first to its last and to the
    month's end, by maximum likelihood. While a client lives it buys at its own rate; after each
    purchase it may leave, unseen. Refused under 100 clients, and where the purchases do not tell
    one of the numbers.

    Returns one row: month, clients (with a purchase up to the month), r, alpha (in days: the rates
    are gamma-distributed), a, b (the chances to leave: beta), log_likelihood (in days), reason (why
    the numbers are empty; empty where the model stands). Source: Fader, Hardie and Lee (2005).
    """
    end = ledger.row(month)
    row = _fit(ledger, end)._asdict() | {"month": month, "clients": len(_lives(ledger, end).who)}
    return finish(pd.DataFrame([row]), ltv_model)


@table(
    "client_id:id * client_name:name manager_id:id purchases:count cheque:money to_date:money "
    "formula_12:money naive_12:money bgnbd_12:money alive:share expected_12:money method:word "
    "at_stake:money last_on:date reason:word",
    labels=LABELS | {"purchases": N_("Days with a purchase ever"), "to_date": N_("Revenue ever")},
    period="all",
    adds_up="purchases=some to_date=some formula_12=some naive_12=some expected_12=some "
    "at_stake=some",
)
def client_ltv(
    ledger: Ledger,
    ltv_model: pd.DataFrame,
    year_retention: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Ltv = Ltv(),
) -> pd.DataFrame:
    """What each client will bring in the next 12 months, told in three ways.

    How: by the formula: its revenue so far by the months since its first purchase, times 12. As
    last year: its revenue of the last 12 months times what the company's clients bring a year later
    (net revenue retention). By its rhythm: the purchases that the model BG/NBD expects in 365 days
    times its revenue per purchase. Expected is the last of these (`ltv_method`); where the model is
    refused, as last year. At stake is what it would bring as last year times the chance that it has
    left for good.

    Returns one row per client with a purchase up to the month: client_id, client_name (the id where
    unknown), manager_id (owner at the month's end), purchases (days), cheque (revenue per
    purchase), to_date (revenue so far), formula_12, naive_12, bgnbd_12 (empty where refused; none
    of the three below 0), alive (the chance that it has not left for good; empty with one purchase,
    of which the model says 1), expected_12, method (`naive`, `bgnbd`), at_stake (empty where alive
    is), last_on (last purchase), reason (why the model is refused).
    """
    end = ledger.row(month)
    model = bgnbd.Model(*ltv_model[list(bgnbd.Model._fields)].iloc[0])
    months, nrr = (year_retention[name].iloc[0] for name in ("months", "nrr"))
    lives, told = _lives(ledger, end), _predicted(ledger, end, model, nrr, months)
    bought, revenue = lives.x + 1, ledger.revenue[end + 1][lives.who]
    owner = matrices.owner(ledger, end)[lives.who]
    is_told = BGNBD in told and rules.ltv_method == BGNBD
    alive = np.where(lives.x > 0, bgnbd.alive(model, *lives[1:]), np.nan)
    method = BGNBD if is_told else NAIVE
    frame = pd.DataFrame(
        {
            "client_id": ledger.clients.astype(object)[lives.who],
            "client_name": ledger.names[lives.who],
            "manager_id": ledger.managers.astype(object).take(owner),
            "purchases": bought,
            "cheque": ratio(money(revenue), bought),
            "to_date": money(revenue),
            **{f"{name}_12": told.get(name, np.nan) for name in METHODS},
            "alive": alive,
            "expected_12": told[method],
            "method": method,
            "reason": model.reason,
            "at_stake": told[NAIVE] * (1 - alive),
            "last_on": ledger.days[ledger.starts[lives.who] + lives.x].astype("datetime64[D]"),
        }
    )
    return finish(frame[owner >= 0], client_ltv)


@table(
    "method:word * clients:count predicted:money actual:money ratio:share error:share "
    "caught:share best:flag",
    labels=LABELS,
    period="all",
    whose="company",
    stored="all",
)
def ltv_backtest(ledger: Ledger, *, month: pd.Timestamp) -> pd.DataFrame:
    """Which way of telling a client's next 12 months was nearest last year.

    How: each way is asked what clients will bring, with the data up to a year before the month
    only, and held against what these clients brought in the 12 months since. The error is the sum
    of what each client was off, by the sum of what came. Largest tenth found: what the tenth of
    clients brought that was predicted to be the largest, by what the largest tenth brought.

    Returns a row per method (formula, naive, bgnbd; none where the model was refused): method,
    clients (with a purchase by then), predicted, actual, ratio (predicted by actual), error,
    caught, best (the smallest error). No rows where under 12 months of data lie before.
    """
    end = ledger.row(month)
    then = end - YEAR
    if then < YEAR - 1:
        return empty(ltv_backtest)
    lives = _lives(ledger, then)
    told = _predicted(ledger, then, _fit(ledger, then), *two_windows.year_retention(ledger, then))
    actual = money(Window(then + 1, end).sum(ledger.revenue)[lives.who])
    tenth, total = max(1, len(actual) // 10), actual.sum()
    most = np.sort(actual)[-tenth:].sum()
    rows = []
    for method, predicted in told.items():
        first = np.argsort(-predicted, kind="stable")[:tenth]
        off = np.abs(predicted - actual).sum()
        rows.append((method, len(actual), predicted.sum(), total, ratio(predicted.sum(), total),
                     ratio(off, total), ratio(actual[first].sum(), most)))  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(ltv_backtest.about.units)[:-1])
    best = frame["error"].astype(float).rank(method="first") == 1
    return finish(frame.assign(best=best)[frame["clients"] > 0], ltv_backtest)


class Lives(NamedTuple):
    """Of every client with a purchase up to a month, what the model knows of it."""

    who: np.ndarray  # its position in the ledger
    x: np.ndarray  # purchases after the first
    t_x: np.ndarray  # days from the first to the last
    T: np.ndarray  # days from the first to the month's end


def _lives(ledger: Ledger, end: int) -> Lives:
    count = ledger.purchases[end + 1].astype(np.int64)
    who = np.flatnonzero(count > 0)
    first, x = ledger.starts[who], count[who] - 1
    until = ledger.day_of(end + 1).astype(np.int64) - 1
    days = ledger.days[first]
    return Lives(who, x, ledger.days[first + x] - days, until - days)


@once
def _fit(ledger: Ledger, end: int) -> bgnbd.Model:
    return bgnbd.fit(*_lives(ledger, end)[1:])


def _predicted(
    ledger: Ledger, end: int, model: bgnbd.Model, nrr: float, months: int
) -> dict[str, np.ndarray]:
    """What each client with a purchase is to bring in the next 12 months, by every method that can
    tell; never less than nothing."""
    who, *lived = _lives(ledger, end)
    so_far = money(ledger.revenue[end + 1][who])
    year = money(matrices.window(end, YEAR).sum(ledger.revenue)[who])
    known = end - ledger.first_bought[who] + 1
    told = {
        FORMULA: so_far / known * YEAR,
        NAIVE: year * (nrr if months == YEAR and nrr == nrr else 1),
    }
    if pd.isna(model.reason):
        told[BGNBD] = bgnbd.expected(model, *lived, DAYS) * so_far / (lived[0] + 1)
    return {name: np.maximum(each, 0) for name, each in told.items()}


@once
def _groups(ledger: Ledger) -> tuple[np.ndarray, pd.Index]:
    return pd.factorize(client_keys(ledger)["client_group"], sort=True)


@once
def _worth(ledger: Ledger, at: int, rules: Ltv) -> pd.DataFrame:
    """The rows of one month (row)."""
    sums = _sums(ledger, at)
    cost_known = sums["costed"] > 0
    rates = {
        name: np.where(cost_known, ratio(sums[f"{name}margin"], sums[f"{name}costed_revenue"]), 1)
        for name in ("", "year_")
    }
    year = rates["year_"] * ratio(money(sums["year_revenue"]), sums["year_buyers"])
    kept = np.clip(ratio(sums["kept_revenue"], sums["before_revenue"]), 0, 1)
    is_few = sums["before_buyers"].to_numpy() < rules.min_clients
    kept = np.where(is_few, kept[:1], kept) if at >= 2 * YEAR - 1 else np.full(len(sums), np.nan)
    kept_of = np.where(is_few, "company", sums["dimension"])
    stays = kept * 0 + sum(kept**number for number in range(rules.ltv_years))  # NaN ** 0 is 1
    return sums.assign(
        month=ledger.month_of(at),
        cheque=ratio(money(sums["revenue"]), sums["purchases"]),
        per_month=ratio(sums["purchases"], sums["life"]),
        profit_rate=np.where(cost_known, rates[""], np.nan),
        months=ratio(sums["life"], sums["clients"]),
        to_date=rates[""] * ratio(money(sums["revenue"]), sums["clients"]),
        year_value=year if at >= YEAR - 1 else np.nan,
        kept=kept,
        kept_of=np.where(np.isnan(kept), None, kept_of),
        expected=year * stays,
    )


def _sums(ledger: Ledger, at: int) -> pd.DataFrame:
    """What the clients with a purchase up to a month did, of the company (first), of each owner and
    each client group that has one."""
    who = np.flatnonzero(ledger.purchases[at + 1] > 0)
    year, before = matrices.window(at, YEAR), Window(max(0, at - 2 * YEAR + 1), max(0, at - YEAR))
    bought, had_bought = (each.sum(ledger.purchases)[who] > 0 for each in (year, before))
    of_year = {name: year.sum(getattr(ledger, name))[who]
               for name in ("revenue", "margin", "costed_revenue")}  # fmt: skip
    columns = {
        "clients": np.ones(len(who)),
        **{name: getattr(ledger, name)[at + 1][who]
           for name in ("revenue", "margin", "costed_revenue", "costed", "purchases")},
        "life": (ledger.last_bought[at + 1] - ledger.first_bought + 1)[who],
        **{f"year_{name}": each for name, each in of_year.items()},
        "year_buyers": bought,
        "before_buyers": had_bought,
        "before_revenue": before.sum(ledger.revenue)[who] * had_bought,
        "kept_revenue": of_year["revenue"] * had_bought,
    }  # fmt: skip
    group, groups = _groups(ledger)
    managers = ledger.managers.astype(object)
    parts = [
        (EVERYONE, [EVERYONE], np.zeros(len(who), dtype=np.int64)),
        ("manager", managers, matrices.owner(ledger, at)[who]),
        ("client_group", groups, group[who]),
    ]
    rows = []
    columns = {name: np.asarray(each, dtype=float) for name, each in columns.items()}
    for dimension, keys, place in parts:
        shown = place >= 0 if place.min(initial=0) < 0 else slice(None)
        sums = {name: np.bincount(place[shown], each[shown], len(keys))
                for name, each in columns.items()}  # fmt: skip
        rows.append(pd.DataFrame(sums).assign(dimension=dimension, key=keys))
    frame = pd.concat(rows, ignore_index=True)
    return frame[frame["clients"] > 0].reset_index(drop=True)
