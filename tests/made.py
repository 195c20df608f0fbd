"""Small frames as metric tables would hold them, of rows given by hand."""

import pandas as pd

from clientops import metrics

FROM, TO = pd.Timestamp("2025-10-01"), pd.Timestamp("2026-10-01")
OCT = TO
AMOUNTS = ["new", "returned", "growth", "decline", "lost", "transferred_in", "transferred_out"]
NAMES = {"*": "*", "1": "Pavel Ivanov", "2": "Anna Petrova", "3": "Ott Lepik"}
HEADLINES = {
    headline.name: (headline, table.about.units[headline.column])
    for table in metrics.tables().values()
    for headline in table.about.headlines
}


def kinds_frame(*rows) -> pd.DataFrame:
    """Rows of name, kind, activities, norm, verdict and days without, of 20 working days."""
    columns = ["manager_name", "kind", "activities", "norm", "verdict", "days_without"]
    frame = pd.DataFrame(rows, columns=columns)
    ids = frame["manager_name"].map({"*": "*", "Ivanov": "1", "Petrova": "2", "Saar": "3"})
    per_day = frame["activities"] / 20
    return frame.assign(month=OCT, manager_id=ids, working_days=20, per_day=per_day,
                        norm=frame["norm"].astype(float),
                        attainment=per_day / frame["norm"].astype(float))  # fmt: skip


def coverage_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "abc", "clients", "touched", "activity_share",
               "margin_share"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(coverage=frame["touched"] / frame["clients"], share_by="margin")


def funnel_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "step", "count", "conversion", "outside"]
    return pd.DataFrame(rows, columns=columns).assign(month=OCT, window_months=3)


def bridge_frame(*rows, months: int = 12, since: pd.Timestamp = FROM) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "opening", *AMOUNTS, "closing",
               "transferred_share", "ownership"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(from_month=since, to_month=TO, window_months=months)


def matrix_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "from_class", "to_class", "clients", "revenue_before",
               "revenue_after"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns).assign(
        from_month=FROM, to_month=TO, window_months=12
    )
    for kind, place in (("abc", 0), ("xyz", 1)):
        for name in ("from", "to"):
            frame[f"{name}_{kind}"] = frame[f"{name}_class"].str[place]
    frame["revenue_change"] = frame["revenue_after"] - frame["revenue_before"]
    return frame.assign(manager_name=frame["manager_id"])


def causes_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "direction", "cause", "clients", "p_value", "balance"]
    return pd.DataFrame(rows, columns=columns)


EVERYBODY = ("*", "*", 1000.0, 50.0, 0.0, 150.0, -60.0, -220.0, 0.0, 0.0, 920.0, 0.05, "clear")
MATRIX = (
    ("*", "AX", "AX", 3, 900.0, 950.0), ("*", "AX", "BY", 2, 300.0, 100.0),
    ("*", "BX", "AX", 1, 80.0, 200.0), ("*", "AY", "--", 1, 90.0, 0.0),
    ("*", "--", "AZ", 4, 0.0, 400.0), ("*", "--", "--", 1, -5.0, 0.0),
)  # fmt: skip


def headlines_frame(*rows: tuple, days: int | None = None) -> pd.DataFrame:
    """manager, figure, value, change, change on the year before, verdict."""
    columns = ["manager_id", "metric", "value", "change", "year_change", "verdict"]
    frame = pd.DataFrame(rows, columns=columns).assign(month=OCT)
    frame = frame.astype({"change": float, "year_change": float, "verdict": "str"})
    frame["previous"] = frame["value"] - frame["change"]
    frame["year_ago"] = frame["value"] - frame["year_change"]
    told = [HEADLINES[metric] for metric in frame["metric"]]
    frame["label"] = [headline.label for headline, _unit in told]
    frame["unit"] = [unit for _headline, unit in told]
    frame["topic"] = [headline.page for headline, _unit in told]
    frame["place"] = range(1, len(frame) + 1)
    frame["change_rate"] = (frame["change"] / frame["previous"]).mask(frame["unit"] == "share")
    frame["year_rate"] = (frame["year_change"] / frame["year_ago"]).mask(frame["unit"] == "share")
    frame["manager_name"] = frame["manager_id"].map(lambda each: NAMES.get(each, each))
    per_day = [headline.per_day for headline, _unit in told]
    frame["compared_days"] = pd.array([days if each else None for each in per_day], dtype="Int64")
    return frame


def attention_frame(*rows: tuple) -> pd.DataFrame:
    columns = ["manager_id", "client_name", "reason", "worth"]
    return pd.DataFrame(rows, columns=columns).astype({"worth": float})


COMPANY = headlines_frame(
    ("*", "revenue", 855_000.0, -35_000.0, -139_000.0, "same"),
    ("*", "margin", 240_000.0, -13_000.0, None, "worse"),
    ("*", "a_share", 0.22, -0.02, None, "worse"), ("*", "quiet_clients", 18, -8, None, "better"),
    ("1", "revenue", 5000.0, -1000.0, 1500.0, "better"),
    ("2", "revenue", 9000.0, 400.0, 0.0, "same"),
    ("3", "revenue", 0.0, -2000.0, -3000.0, "worse"),
)  # fmt: skip


def revenue_frame(*rows, months: int = 12) -> pd.DataFrame:
    columns = ["month", "manager_id", "manager_name", "nrr", "grr", "clients_opening",
               "clients_kept", "client_retention"]  # fmt: skip
    amounts = {"opening": 1000.0, "expansion": 150.0, "contraction": 60.0, "churned": 220.0,
               "new": 130.0, "closing": 1000.0}  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(window_months=months, **amounts)


def ladder_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "purchase_no", "mature", "conversion", "median_days"]
    frame = pd.DataFrame(rows, columns=columns).assign(clients=9)
    return frame.astype({"mature": "Int64"})


def survival_frame(*rows, back: int = 3) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "months", "at_risk", "ended", "survival", "low",
               "high", "watched_months"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(came_back=back)
