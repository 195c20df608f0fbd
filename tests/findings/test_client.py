"""What is said of a client and of the list of all, worked out again from the rows."""

import itertools
import re
from statistics import median

import pandas as pd
import pytest

from clientops import findings, words
from clientops.metrics import base, client

DAY = r"[A-Z][a-z]{2} \d{1,2}, \d{4}"


def said(says, function, frame: pd.DataFrame) -> str:
    with words.using("en", "EUR"), words.telling(function.about, "*"):
        return says(frame).replace("\u2060", "")


@pytest.fixture(scope="module")
def ids(sample) -> list[str]:
    return sorted(sample.clients["client_id"].astype(str))[::23]


def test_how_a_client_stands(sample, ids):
    seen = set()
    for client_id in ids:
        frame = sample.compute(client.client_standing, client_id=client_id)
        row, text = frame.iloc[0], said(findings.standing, client.client_standing, frame)
        card = sample.compute(client.client_card, client_id=client_id, card_rows=100_000)
        days = sorted(set(card[card["what"] == "purchase"]["on"]))
        assert text.startswith(row["client_name"])
        quiet = (sample.data_until - days[-1]).days if days else None
        gaps = [(later - first).days for first, later in itertools.pairwise(days)]
        if not days:
            kind = "has never bought."
        elif not gaps:
            kind = f"{row['client_name']} bought once, {quiet:,} days ago."
        elif row["abc"] == "-" and quiet > median(gaps):
            kind = (
                f"used to buy every {round(median(gaps))} days and has bought nothing for {quiet:,}"
            )
        elif quiet > median(gaps):
            kind = f"buys every {round(median(gaps))} days and has been quiet for {quiet} days."
        elif quiet == 0:
            kind = f"buys every {round(median(gaps))} days and bought today."
        else:
            kind = f"buys every {round(median(gaps))} days, last {quiet} day"
        assert kind.replace(" 1 days", " 1 day") in text.replace(" 1 days", " 1 day"), text
        assert ("attention list" in text) == (row["reason"] == row["reason"])
        if row["worth"] == row["worth"]:
            assert f"worth {words.short_money(row['worth'])}".replace("\u2060", "") in text
        seen.add(kind.split()[0])
    assert len(seen) > 3


def test_a_year_of_a_client_against_the_year_before(sample, ids):
    for client_id in ids:
        frame = sample.compute(client.client_months, client_id=client_id)
        now, before = (words.short_money(part["revenue"].sum())
                       for part in (frame.tail(12), frame.iloc[-24:-12]))  # fmt: skip
        text = said(findings.client_months, client.client_months, frame)
        assert text == f"{now} in 12 months, {before} a year before.".replace("\u2060", "")
    early = sample.compute(client.client_months, "2024-02", client_id=ids[0])
    total = words.short_money(early["revenue"].sum()).replace("\u2060", "")
    assert said(findings.client_months, client.client_months, early) == f"{total} in 4 months."


def test_articles_that_came_and_went(sample, ids):
    for client_id in ids:
        frame = sample.compute(client.client_products, client_id=client_id)
        text = said(findings.client_products, client.client_products, frame)
        if frame.empty:
            assert text == "Nothing was bought in these months or a year before."
            continue
        new = [row for row in frame.to_dict("records")
               if row["revenue"] > 0 and row["revenue_before"] <= 0]  # fmt: skip
        gone = [row["revenue_before"] for row in frame.to_dict("records")
                if row["revenue"] <= 0 and row["revenue_before"] > 0]  # fmt: skip
        assert text.startswith(f"{len(new) or 'No'} new article")
        if gone:
            money = words.short_money(sum(gone)).replace("\u2060", "")
            assert f", {len(gone)} no longer bought, which were {money} a year" in text
        else:
            assert "none dropped" in text


def test_purchases_and_the_list_of_all(sample, ids):
    for client_id in ids[:10]:
        frame = sample.compute(client.client_card, client_id=client_id, card_rows=100_000)
        text = said(findings.purchases, client.client_card, frame)
        bought = frame[frame["what"] == "purchase"].groupby("on")["money"].sum()
        if bought.empty:
            assert text == "No purchase so far."
            continue
        number, first = re.fullmatch(
            rf"([\d,]+) days? with a purchase since ({DAY}), .*", text
        ).groups()
        assert int(number) == len(bought) and pd.Timestamp(first) == bought.index.min()
        assert words.short_money(median(bought)).replace("\u2060", "") in text
    frame = sample.compute(base.client_list)
    text = said(findings.clients, base.client_list, frame)
    buying = int((frame["purchases"] > 0).sum())
    assert text.startswith(f"{len(frame)} clients are known; {buying} bought in the window, for ")


def test_the_base_in_order(sample):
    hygiene = sample.compute(base.base_hygiene)
    worst = hygiene[hygiene["manager_id"] == "*"].sort_values("revenue").iloc[-1]
    text = said(findings.hygiene, base.base_hygiene, hygiene)
    assert f"{worst['check']}, {worst['clients']} clients with" in text
    twice = sample.compute(base.duplicate_clients)
    text = said(findings.duplicates, base.duplicate_clients, twice)
    assert text == (f"{len(twice)} clients in {twice['group_no'].nunique()} groups may be entered "
                    f"twice, {twice['sure'].sum()} of them surely.")  # fmt: skip
    assert said(findings.duplicates, base.duplicate_clients, twice.iloc[:0]).startswith("No client")
