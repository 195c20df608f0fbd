"""How the columns that several topics share are called, and the words in text columns.

What only one topic has is labelled over its tables (schema: `table`).
"""


def N_(text: str) -> str:
    """Marks a text for the catalogue where it stands; `_` translates it where it is used."""
    return text


COLUMNS: dict[str, str] = {
    "month": N_("Month"),
    "from_month": N_("Compared from"),
    "client_id": N_("Client number"),
    "client_name": N_("Client"),
    "manager_id": N_("Manager number"),
    "manager_name": N_("Manager"),
    "abc": N_("Volume class"),
    "xyz": N_("Regularity class"),
    "stage": N_("Stage"),
    "revenue": N_("Revenue"),
    "margin": N_("Gross margin"),
    "purchases": N_("Days with a purchase"),
    "last_on": N_("Last purchase"),
    "window_months": N_("Months covered"),
    "clients": N_("Clients"),
    "revenue_share": N_("Share of revenue"),
    "p_value": N_("Chance of this by accident"),
    "verdict": N_("Verdict"),
    "opening": N_("At the beginning"),
    "new": N_("New"),
    "lost": N_("Lost"),
    "closing": N_("At the end"),
    "days_since": N_("Days since"),
    "phone": N_("Telephone"),
    "email": N_("Email"),
    "kind": N_("Kind"),
    "margin_share": N_("Share of margin"),
    "last_touch": N_("Last contact"),
    "topic": N_("Topic"),
    "dimension": N_("By"),
    "whose": N_("Counted for"),
    "key": N_("Number"),
    "name": N_("Name"),
    "margin_rate": N_("Margin rate"),
    "change": N_("Change"),
    "detail": N_("What happened"),
    "client_group": N_("Client group"),
    "region": N_("Region"),
    "team": N_("Team"),
    "product_group": N_("Product group"),
    "working_days": N_("Working days"),
    "class": N_("Class"),
    "price": N_("Price"),
    "plan": N_("Plan"),
    "low": N_("At least"),
    "high": N_("At most"),
    "first_on": N_("First purchase"),
    "open": N_("Open invoices"),
    "overdue": N_("Overdue"),
    "expected_12": N_("Expected in 12 months"),
    "rate_change": N_("Change of the margin rate"),
    "outcome": N_("What came of it"),
    "from_class": N_("Class before"),
    "to_class": N_("Class now"),
    "revenue_before": N_("Revenue before"),
    "revenue_after": N_("Revenue now"),
    "reason": N_("Reason"),
    "days_late": N_("Days paid late"),
    "oldest_due_on": N_("Due since"),
    "plan_to_date": N_("Plan to date"),
    "revenue_to_date": N_("Revenue to date"),
    "method": N_("Told by"),
    "error": N_("Error"),
    "listed": N_("Clients listed"),
    "typical_gap_days": N_("Typical gap, days"),
    "overdue_days": N_("Days overdue"),
    "expected_on": N_("Expected on"),
    "nrr": N_("Net revenue retention"),
}

# What stands for everybody, and for a name that is not known.
STAND_INS = {"*": N_("Company"), "(unassigned)": N_("(unassigned)"), "(none)": N_("(none)"),
             "(other)": N_("(a colleague)"), "(new)": N_("(new)"),
             "(no plan)": N_("(no plan)")}  # fmt: skip
# What came of activities, where the source says it in the English words that settings know.
OUTCOMES = (N_("done"), N_("completed"), N_("held"), N_("answered"), N_("missed"), N_("cancelled"),
            N_("canceled"), N_("scheduled"), N_("planned"), N_("overdue"), N_("unanswered"),
            N_("not held"), N_("voicemail"), N_("busy"), N_("failed"), N_("declined"))  # fmt: skip

# What stands in columns of words and no other place marks.
_SAID_AS_IS = (
    N_("prospect"), N_("new"), N_("returned"), N_("active"), N_("lapsed"), N_("lost"),
    N_("improving"), N_("worsening"), N_("too short"), N_("below"), N_("within"), N_("above"),
    N_("up"), N_("down"), N_("same"), N_("both"), N_("clear"), N_("unclear"), N_("mostly up"),
    N_("mostly down"), N_("balanced"), N_("better"), N_("worse"), N_("day"), N_("week"),
    N_("month"), N_("call"), N_("meeting"), N_("offer"), N_("invoice"), N_("email"), N_("shipment"),
    N_("company"), N_("margin"), N_("revenue"), N_("fell from A"), N_("no longer regular"),
    N_("loss maker"), N_("never"), N_("reached"), N_("client"), N_("manager"), N_("region"),
    N_("share"), N_("score"), N_("count"), N_("year"), N_("Revenue"), N_("Gross margin"),
    N_("Margin rate"), N_("Clients who bought"), N_("Average purchase"), N_("Share of A clients"),
    N_("Share of regular clients"), N_("Net revenue retention"), N_("Late clients"),
    N_("Revenue missed"), N_("Activities per working day"),
)  # fmt: skip

# What stands in columns of words, where pages say it otherwise; and those said as they are.
VALUES: dict[str, str] = {word: word for word in _SAID_AS_IS} | {
    "*": N_("all"),
    "abc": N_("volume class"),
    "xyz": N_("regularity class"),
    "True": N_("yes"),
    "False": N_("no"),
    "steady": N_("no clear change"),
    "own": N_("own purchases"),
    "threshold": N_("the bar moved"),
    "--": N_("no purchase"),
    "late": N_("late to order"),
    "silent": N_("stopped buying"),
    "credit": N_("who sold"),
    "portfolio": N_("the client's owner"),
    "useful": N_("useful information"),
    "untold": N_("no topic"),
    "untouched": N_("not contacted"),
    "none": N_("no answer"),
    "product_group": N_("product group"),
    "client_group": N_("client group"),
    "formula": N_("the formula"),
    "naive": N_("last year again"),
    "bgnbd": N_("the rhythm of purchases"),
    "season": N_("the forecast"),
    "last_year": N_("last year's months"),
}
