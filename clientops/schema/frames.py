"""Frames of a book beside the source tables: facts, sums of them, and what tables declare."""

# Facts: what the store holds of the ledger. Money, cost and quantities are whole ten-thousandths.
FACTS: dict[str, dict[str, str]] = {
    "sales_month": {
        "client_id": "client",
        "manager_id": "credit: who sold, else the client's owner on that day",
        "month": "first day of the month",
        "revenue": "net revenue, ten-thousandths",
        "cost": "cost of the costed lines, ten-thousandths",
        "costed_revenue": "revenue of the costed lines, ten-thousandths",
        "costed_lines": "lines whose cost is known",
        "quantity": "units, ten-thousandths",
        "shipments": "distinct shipment ids with positive revenue, counted once per day",
        "first_on": "first day with a line in the month",
        "last_on": "last day with a line in the month",
    },
    "sales_day": {
        "client_id": "client",
        "manager_id": "credit",
        "day": "day",
        "month": "its month as a number: year × 12 + month − 1",
        "revenue": "net revenue, ten-thousandths",
        "cost": "cost of the costed lines, ten-thousandths",
        "costed_revenue": "revenue of the costed lines, ten-thousandths",
        "costed_lines": "lines whose cost is known",
        "quantity": "units, ten-thousandths",
        "shipments": "distinct shipment ids with positive revenue",
    },
    "purchases": {
        "client_id": "client",
        "day": "a day with a shipment of positive revenue, whoever is credited",
    },
    "shared_shipments": {
        "shipment": "number of a shipment id with positive revenue several times within 31 days",
        "client_id": "one of its clients",
        "manager_id": "credit",
        "day": "day",
        "month": "its month as a number: year × 12 + month − 1",
    },
    "client_shipments": {
        "client_id": "client",
        "manager_id": "credit",
        "day": "day",
        "shipment_id": "document that went out",
        "revenue": "its net revenue of that day, client and manager, ten-thousandths",
    },
    "product_month": {
        "client_id": "client",
        "manager_id": "credit",
        "product_id": "article; (none) where the line names none",
        "month": "first day of the month",
        "revenue": "net revenue, ten-thousandths",
        "cost": "cost of the costed lines, ten-thousandths",
        "costed_revenue": "revenue of the costed lines, ten-thousandths",
        "costed_lines": "lines whose cost is known",
        "quantity": "units, ten-thousandths",
        "costed_quantity": "units of the costed lines, ten-thousandths",
        "priced_revenue": "revenue of the lines whose quantity is known, ten-thousandths",
        "list_revenue": "revenue and discount of the lines of positive revenue whose discount is "
        "known, ten-thousandths",
        "discount": "discount of these lines, ten-thousandths",
        "last_on": "last day with a line of positive revenue; empty where there is none",
    },
    "allocations": {
        "client_id": "client",
        "invoice_id": "the invoice that was met; empty: money paid back that is open since",
        "invoiced_on": "its day",
        "due_on": "day it was due",
        "met_on": "day the money met it",
        "amount": "how much of it was met, ten-thousandths",
        "paid": "1: by a payment; 0: by a credit note",
    },
    "invoices_open": {
        "client_id": "client",
        "invoice_id": "invoice or credit note; empty: more was paid back than had come in advance",
        "invoiced_on": "its day",
        "due_on": "day it is due",
        "amount": "of a credit note negative, ten-thousandths",
        "closed_on": "day from whose end on nothing of it is open; empty: something is",
    },
    "advances": {
        "client_id": "client",
        "day": "day",
        "amount": "by how much what was paid in advance grew, ten-thousandths; negative: was used",
    },
    "owners": {
        "client_id": "client",
        "manager_id": "owner at the end of each month of the span; (unassigned) where nobody",
        "from_month": "first month of the span",
        "to_month": "last month of the span, inclusive; empty: still",
    },
    "handovers": {
        "client_id": "client with a line before that day",
        "manager_id": "its new owner",
        "day": "first day of that",
    },
    "activity_kinds": {
        "kind": "kind of activity that anybody in the company ever recorded",
        "first_on": "day of the first one, whatever came of it",
    },
    "table_days": {
        "table": "source table",
        "column": "one of its columns of days",
        "first_on": "its first day, of anybody in the company",
        "last_on": "its last day",
    },
    "cuts": {
        "month": "last month of the window",
        "window_months": "months of the window asked for, before the cut at the data's first month",
        "abc_by": "revenue or margin",
        "a_amount": "smallest window amount in class A, ten-thousandths; empty where no A",
        "a_client_id": "the last client in A: ties are broken by client_id",
        "b_amount": "smallest window amount in A and B together, ten-thousandths",
        "b_client_id": "the last client of A and B together",
    },
    "gaps": {
        "month": "month in which the gaps ended",
        "days": "days from one purchase of a client to its next",
        "gaps": "how many gaps of so many days, of all clients",
    },
    "classes": {
        "client_id": "client known by the month",
        "month": "first day of the month",
        "abc": "volume class at the settings in force",
        "xyz": "regularity class at the settings in force",
        "stage": "prospect, new, returned, active, lapsed or lost",
        "revenue": "window revenue, ten-thousandths",
    },
    "client_fates": {
        "client_id": "client with a line in the months compared or the year before",
        "month": "last month of the window, which is as long as the setting in force",
        "fate": "both, lost, neither, new or returned: see fate_sales",
    },
    "headline_values": {
        "month": "month whose report told the value",
        "manager_id": "owner at the month's end; * is the company",
        "metric": "figure of the first page, declared by a table",
        "value": "its value",
        "clients": "of a share: how many clients it is a share of",
        "low": "of an estimate: from which value",
        "high": "to which value it lies by chance",
    },
    "sources": {
        "table": "source table",
        "files": "names of the files it was read from",
        "rows_read": "rows in them",
        "rows_kept": "rows of the checked table",
        "rows_rejected": "rows that count nowhere",
        "money_read": "their money, reporting currency; empty where the table has none",
        "money_kept": "likewise",
        "money_rejected": "likewise, as far as it could be read",
    },
    "rejected": {
        "table": "source table",
        "file": "file or sheet",
        "column": "column, as in the export; empty: the whole line",
        "reason": "why",
        "rows": "rows rejected for it",
        "line": "the first of them",
        "example": "the value there",
    },
    "data_quality": {
        "table": "source table",
        "check": "what was noticed",
        "rows": "rows concerned",
        "money": "their revenue, reporting currency; empty where the table has no money",
        "share": "share of the table's rows",
        "example": "one of them",
    },
}  # fmt: skip

# Facts that are without rows where a source table is not there: of which.
MADE_OF = dict.fromkeys(("allocations", "invoices_open", "advances"), "receivables")

# Sums of the ledger made for one month and window (store/window_sums.py), of credit: of the sales
# of whom a book looks at. Money, cost and quantities are whole ten-thousandths. `before_…`: the
# same months a year before, of those that are compared.
SINCE_MONTHS = 6  # after which it is looked who has started (client_groups, cross_sell_check)
_SPANS = {
    "from_month": "first month of the window",
    "to_month": "last month of the window",
    "compared_from_month": "first month of the window whose month a year earlier is in the data; "
    "empty: none is",
}
SUMS: dict[str, dict[str, str]] = {
    "key_sales": {
        "dimension": "client, client_group, manager, product_group or region",
        "key": "identifier or name in the dimension; (none) where there is none",
        **_SPANS,
        "revenue": "net revenue of the window",
        "cost": "cost of the costed lines of the window",
        "costed_revenue": "revenue of the costed lines of the window",
        "costed_lines": "lines of the window whose cost is known",
        "clients": "distinct clients with a line in the window",
        "before_cost": "cost of the costed lines of the year before",
        "before_costed_revenue": "revenue of the costed lines of the year before",
    },
    "product_sales": {
        "dimension": "*, client_group, manager, product_group or region",
        "key": "identifier or name in the dimension; * is everything looked at",
        "product_id": "article; (none) where the line names none",
        **_SPANS,
        "costed_revenue": "revenue of the costed lines of the months compared",
        "cost": "their cost",
        "costed_quantity": "their units",
        "before_costed_revenue": "revenue of the costed lines of the year before",
        "before_cost": "their cost",
        "before_costed_quantity": "their units",
    },
    "fate_sales": {
        "dimension": "*, client_group, manager, product_group or region",
        "key": "identifier or name in the dimension; * is everything looked at",
        "fate": "of the clients, by all their revenue in the months compared and the year before, "
        "whoever sold: both "
        "(positive in both), lost, new, returned, neither; of dimension manager also moved "
        "(both, but with lines of this manager in one year alone)",
        "product_id": "article, where the fate is both; else (none)",
        **_SPANS,
        "revenue": "net revenue of the months compared",
        "quantity": "its units",
        "before_revenue": "net revenue of the year before",
        "before_quantity": "its units",
    },
    "discount_sales": {
        "dimension": "*, client, client_group, manager or product_group",
        "key": "identifier or name in the dimension; * is everything looked at",
        **_SPANS,
        "list_revenue": "revenue and discount of the lines of the window whose discount is known",
        "discount": "their discount",
        "costed_revenue": "revenue of the costed lines of the window",
        "cost": "their cost",
        "compared_revenue": "net revenue of the months compared",
        "compared_costed_revenue": "revenue of their costed lines",
        "compared_cost": "cost of these",
        "before_revenue": "net revenue of the year before",
        "before_costed_revenue": "revenue of its costed lines",
        "before_cost": "cost of these",
    },
    "client_discounts": {
        "client_id": "client; of all its lines, whoever sold",
        **_SPANS,
        "list_revenue": "revenue and discount of the lines of the window whose discount is known",
        "discount": "their discount",
    },
    "goods_sales": {
        "product_id": "article; (none) where the line names none; of the whole company",
        **_SPANS,
        "revenue": "net revenue of the window",
        "costed_revenue": "revenue of the costed lines",
        "cost": "their cost",
        "costed_lines": "lines whose cost is known",
    },
    "group_months": {
        "product_group": "product group; (none) where there is none",
        "month": "first day of one of the twelve months that end with the month asked for",
        "revenue": "net revenue",
    },
    "client_product_sales": {
        "client_id": "client; of all its lines, whoever sold",
        "product_id": "article; (none) where the line names none",
        **_SPANS,
        "revenue": "net revenue of the months compared; of the whole window where none is",
        "priced_revenue": "of it, that of lines whose quantity is known",
        "quantity": "its units",
        "costed_revenue": "revenue of the costed lines",
        "cost": "their cost",
        "costed_lines": "lines whose cost is known",
        "before_revenue": "net revenue of the year before",
        "before_priced_revenue": "of it, that of lines whose quantity is known",
        "before_quantity": "its units",
        "last_on": "last day ever with a line of positive revenue, up to the month's end",
    },
    "client_events": {
        "client_id": "client",
        "on": "day",
        "what": "purchase, return, activity, invoice, answer, case, plan or handover",
        "detail": "its number, or what was said of it",
        "money": "its amount, reporting currency; empty where it has none",
        "open": "of an invoice: what was not paid by the month's end",
        "outcome": "of an activity: what came of it",
        "agent": "of a case: who handled it",
        "manager_id": "who sold most of it, or did it; empty where that is not known",
    },
    "client_groups": {
        "client_id": "client; of all its lines, whoever sold",
        "product_group": "product group; (none) where there is none",
        "revenue": "net revenue of the window",
        "year_revenue": "net revenue of the twelve months that end with the month asked for",
        "revenue_then": "net revenue of the window that ended six months before",
        "revenue_since": "net revenue of these six months",
    },
}  # fmt: skip

# A table's frame parameter `<table>_two_months_before`: another table for everybody, at the end of
# the month so long before, as if that month were asked for.
EARLIER, EARLIER_MONTHS = "_two_months_before", 2

# What all tables declare, brought together by the book for those that compare and rank it.
DECLARED: dict[str, dict[str, str]] = {
    "declared_headlines": {
        "month": "month",
        "manager_id": "id",
        "metric": "word",
        "value": "number",
        "clients": "count?",  # of a share: of how many clients
        "low": "number",  # of an estimate: from which value …
        "high": "number",  # … to which it lies by chance
        "covered_months": "count?",  # of a window: months covered
        "label": "text",
        "unit": "word",
        "better": "word",
        "per_day": "flag",
        "on_year": "flag",
        "page": "word",
        "place": "whole",
    },
    "declared_reasons": {
        "manager_id": "id",
        "client_id": "id",
        "client_name": "name",
        "reason": "word",
        "money": "money",
        "state": "word",
        "is_certain": "flag",
        "place": "whole",
        "page": "word",
    },
}
