"""What changed since last month's pack: figures of past months that it told otherwise.

Each pack leaves in the run record what it told; the next month's pack is held against it.
"""

import dataclasses
from typing import Any

import msgspec
import pandas as pd

from clientops import periods, words
from clientops.report.grids import Grid, changed
from clientops.report.pack import Pack
from clientops.schema import MONEY_SCALE
from clientops.words import _, plural

MOST_TOLD = 12  # restated months in the pack; the workbook has them all
FIRST_PLACES = 20  # of the attention list, whose newcomers are named
KEPT_PLACES = 1000  # of the attention list that the record keeps


@dataclasses.dataclass(frozen=True)
class Changes:
    """What is to be told since last month's pack."""

    sentences: list[str]
    restated: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def told(pack: Pack) -> dict[str, Any]:
    """What this pack tells, for next month's: money in ten-thousandths, figures as they are."""
    book = pack.book
    sales = book.sales_month[book.sales_month["month"] <= pack.month]
    if pack.recipient.kind != "company":
        sales = sales[sales["manager_id"].isin(book.manager_ids)]
    months = sales.groupby("month")[["revenue", "cost", "shipments"]].sum()
    rows = _own(pack)
    calls = pack.declared("calls")
    ids = [] if calls is None else calls.frame["client_id"].astype(str).tolist()
    settings = msgspec.json.decode(msgspec.json.encode(book.settings))  # as a file gives them back
    return {
        "months": {periods.label(month): [int(each) for each in row]
                   for month, row in zip(months.index, months.to_numpy(), strict=True)},
        "figures": {row.metric: row.value for row in rows.itertuples()},
        "calls": ids[:KEPT_PLACES],
        "settings": {name: values for name, values in settings.items() if name != "ingest"},
    }  # fmt: skip


def _own(pack: Pack) -> pd.DataFrame:
    """The month's figures of the pack's own scope; of a team there are none."""
    verdicts = pack.declared("verdicts")
    if verdicts is None or pack.recipient.kind == "team":
        return pd.DataFrame(columns=["metric", "value"])
    own, rows = pack.recipient.manager_id, verdicts.frame
    return rows[(rows["manager_id"] == own) & (rows["month"] == pack.month)]


def since(pack: Pack, now: dict[str, Any], before: dict[str, Any] | None,
          unchanged: frozenset[str]) -> Changes:  # fmt: skip
    """The comparison of what is told *now* with what last month's pack told (*before*).

    *unchanged*: the months of which the whole company's revenue is what it was then.
    """
    last = periods.add_months(pack.month, -1)
    if before is None:
        return Changes([_("There is no pack of {month} to compare with.").format(
            month=words.long_month(last))])  # fmt: skip
    restated = _restated(pack, now["months"], before["months"], unchanged)
    restated += _figures(pack, before.get("figures"), last)
    sentences = [_said(restated, last)]
    settings = _settings(now["settings"], before["settings"])
    if settings:
        text = _(
            "Settings changed since: {settings}. Figures that rest on them moved by that alone."
        )
        sentences.append(text.format(settings="; ".join(settings)))
    sentences += _calls(pack, now["calls"], before.get("calls"))
    return Changes(sentences, restated)


def _restated(pack: Pack, now: dict[str, list], before: dict[str, list],
              unchanged: frozenset[str]) -> list[dict[str, Any]]:  # fmt: skip
    """Past months whose revenue or cost is another now, with the reason as far as data tell."""
    found = []
    for month in sorted(set(now) | set(before)):
        if month >= periods.label(pack.month):
            continue
        new, old = now.get(month, [0, 0, 0]), before.get(month, [0, 0, 0])
        is_revenue = new[0] != old[0]
        if new[:2] == old[:2]:
            continue
        at = 0 if is_revenue else 1
        found.append({
            "month": periods.parse_month(month),
            "figure": _("Revenue") if is_revenue else _("Cost"),
            "unit": "money",
            "before": old[at] / MONEY_SCALE,
            "now": new[at] / MONEY_SCALE,
            "why": _why(new[2] - old[2], is_revenue, month in unchanged),
        })  # fmt: skip
    return found


def _why(shipments: int, is_revenue: bool, is_moved: bool) -> str:
    """The reason of a restated month, as far as the ledger tells."""
    if is_moved:
        return _("the company's sales are what they were: other managers are credited now")
    if not is_revenue:
        return _("costs were entered or corrected later")
    if shipments > 0:
        return plural(
            "{number} shipment was entered later",
            "{number} shipments were entered later",
            shipments,
        )
    if shipments < 0:
        return plural("{number} shipment is gone", "{number} shipments are gone", -shipments)
    return _("amounts of shipments were corrected, or returns entered later")


def _figures(
    pack: Pack, before: dict[str, float] | None, last: pd.Timestamp
) -> list[dict[str, Any]]:
    """Figures of last month that are others today, of those worked out alike."""
    kept, verdicts = pack.declared("history"), pack.declared("verdicts")
    if kept is None or verdicts is None or not before:
        return []
    own, history = pack.recipient.manager_id, kept.frame
    history = history[(history["manager_id"] == own) & (history["month"] == last)]
    history = history.dropna(subset="value")
    labels = verdicts.frame.drop_duplicates("metric").set_index("metric")
    found = []
    for row in history.itertuples():
        old = before.get(row.metric)
        if old is None or row.metric not in labels.index or _alike(old, row.value):
            continue
        label = labels.loc[row.metric]
        if label["unit"] == "money" and row.metric == "revenue":
            continue  # told above
        found.append({"month": last, "figure": _(label["label"]), "unit": label["unit"],
                      "before": old, "now": row.value, "why": ""})  # fmt: skip
    return found


def _alike(old: float, new: float) -> bool:
    return abs(old - new) <= 1e-9 * max(abs(old), abs(new), 1)


def _said(restated: list[dict[str, Any]], last: pd.Timestamp) -> str:
    month = words.long_month(last)
    if not restated:
        return _("Nothing that the pack of {month} told has been restated.").format(month=month)
    text = plural(
        "{number} figure that the pack of {{month}} told has been restated.",
        "{number} figures that the pack of {{month}} told have been restated.", len(restated),
    )  # fmt: skip
    return text.format(month=month)


def _settings(now: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """The settings that are others now: `window_months 12 → 6`."""
    found = []
    for topic in now:
        for name, value in now[topic].items():
            old = before.get(topic, {}).get(name, value)
            if old != value:
                found.append(f"{name} {old} → {value}")
    return found


def _calls(pack: Pack, now: list[str], before: list[str] | None) -> list[str]:
    """Who is on top of the attention list for the first time, and who has left it."""
    calls = pack.declared("calls")
    if calls is None or not before:
        return []
    rows = calls.frame
    names = dict(zip(rows["client_id"].astype(str), rows["client_name"].astype(str), strict=True))
    new = [names[each] for each in now[:FIRST_PLACES] if each not in set(before)]
    gone = [each for each in before[:FIRST_PLACES] if each not in set(now)]
    sentences = []
    if new:
        text = _("New among the first {places} of the attention list: {names}.")
        sentences.append(text.format(places=words.count(FIRST_PLACES), names=", ".join(new)))
    if gone:
        sentences.append(plural(
            "{number} client of last month's first {{places}} needs no attention any more.",
            "{number} clients of last month's first {{places}} need no attention any more.",
            len(gone),
        ).format(places=words.count(FIRST_PLACES)))  # fmt: skip
    return sentences


def grid(changes: Changes) -> Grid | None:
    """The restated figures as a table."""
    if not changes.restated:
        return None
    rows = [
        [
            words.month(each["month"]),
            each["figure"],
            _amount(each["before"], each["unit"]),
            _amount(each["now"], each["unit"]),
            changed(each["now"] - each["before"], each["unit"]),
            each["why"],
        ]
        for each in changes.restated[-MOST_TOLD:]
    ]
    note = ""
    if len(rows) < len(changes.restated):
        note = _("The last {shown} of {there}; the workbook has them all.").format(
            shown=words.count(len(rows)), there=words.count(len(changes.restated))
        )
    tones = [[""] * len(row) for row in rows]
    return Grid(heads(), [False, False, True, True, True, False], rows, tones, note=note)


def heads() -> list[str]:
    """Over the restated figures, in the documents and in the workbook."""
    return [_("Month"), _("Figure"), _("Told then"), _("Now"), _("Difference"), _("Why")]


def _amount(value: float, unit: str) -> str:
    if unit == "money":
        return words.money(value)
    if unit == "score":
        return words.score(value)
    return words.percent(value, 2) if unit == "share" else words.decimal(value, 2)
