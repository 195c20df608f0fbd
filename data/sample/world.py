"""The invented world of the demo data: its stories, its habits and its words.

generate.py turns these numbers into tables. Money is in cents, shares are fractions.
"""

from datetime import date

SEED = 51
DATA_START, DATA_END = date(2023, 11, 1), date(2026, 11, 18)  # a Wednesday: the month runs
ACTIVITIES_START = date(2025, 5, 1)

# Estonia: public holidays on a fixed day, as (month, day), and Good Fridays.
FIXED_HOLIDAYS = {(1, 1), (2, 24), (5, 1), (6, 23), (6, 24), (8, 20), (12, 24), (12, 25), (12, 26)}
GOOD_FRIDAYS = {date(2024, 3, 29), date(2025, 4, 18), date(2026, 4, 3)}

COLUMNS = {
    "shipments": "shipment_id shipped_on client_id manager_id product_id quantity revenue cost"
    " discount",
    "clients": "client_id client_name client_group region manager_id phone email tags"
    " created_on verified_on",
    "managers": "manager_id manager_name team email hired_on left_on",
    "assignments": "client_id manager_id valid_from valid_to",
    "products": "product_id product_name product_group unit_cost",
    "activities": "happened_at manager_id kind client_id topic minutes outcome",
    "surveys": "responded_on score asked_on client_id comment",
    "plans": "month plan_revenue months client_id manager_id product_group",
    "potentials": "client_id annual_purchases product_group as_of",
    "receivables": "invoice_id client_id invoiced_on amount due_on",
    "payments": "paid_on client_id amount invoice_id",
    "stock": "month product_id stock_value",
}

# --- Stories ----------------------------------------------------------------------------------

FADING_MANAGER = "1"  # Ivanov: most of his A clients shrink during the last twelve months
FADING_RANKS = slice(5, 32)  # which of his clients by size: all but the very largest
FADING_FIRST, FADING_LAST = date(2025, 10, 15), date(2025, 12, 31)  # when the shrinking begins
FADING_KNOWN_BEFORE = date(2025, 3, 1)  # only clients who bought before
FADING_PER_MONTH, FADING_FLOOR = 0.25, 0.1  # share of order value lost a month, what remains

MONTH_END_MANAGER = "3"  # ships late: this share of his orders waits for the last working days
MONTH_END_SHARE, MONTH_END_DAYS = 0.52, 5

LEAVING_MANAGER, LEFT_ON = "8", date(2026, 3, 31)
HEIRS = ("7", "9")  # take over the portfolio on the next day

PHONE_MANAGER = "6"  # calls a lot, meets nobody
PHONE_PACE = {"call": 13.0, "offer": 0.6, "invoice": 1.1, "email": 1.4}

LOSS_CLIENT, LOSS_FROM, LOSS_DISCOUNT = "C0107", date(2025, 9, 1), 0.4

CHURN_GROUP, CHURN_SHARE = "Canteens", 0.7  # this share of its smaller clients stops for good
CHURN_KNOWN_BEFORE = date(2025, 8, 1)
CHURN_FIRST, CHURN_LAST = date(2025, 11, 1), date(2026, 2, 28)
CHURN_LARGEST = 1_500_000  # cents a year: only clients below this stop, none of class A

SILENT_CLIENT, SILENT_SINCE = "C0233", date(2026, 9, 25)  # every Friday, then nothing

# One manager buys growth: discounts creep up while the clients' quantities rise.
GENEROUS_MANAGER = "2"
GENEROUS_FROM, GENEROUS_FULL = date(2025, 5, 1), date(2026, 10, 15)
GENEROUS_DISCOUNTS = (0.018, 0.042)  # of the clients before, 3 % on average
GENEROUS_MORE, GENEROUS_GROWTH = 0.06, 0.25  # added to the discount, to the quantities, in the end

# Hotels take Cleaning, those of one manager do not: the share of hotels that take it
CLEANING_GROUP, CLEANING = "Hotels", "Cleaning"
CLEANING_SHARE, CLEANING_SHARE_OF = 0.823, {"7": 0.2}  # comes to 80 and 18 % of the buying ones
CLEANING_ORDERS = 0.75  # of the orders of a hotel that takes it, at least

FAINT_REGION, FAINT_SHARE = "Narva", 0.5  # buys this share of what it could

DEAD_PRODUCTS = ("P024", "P041", "P087", "P116")  # lie in stock, nobody buys them any more
DEAD_FROM = date(2025, 9, 1)

# A detractor nobody spoke to: since the answer, 70 days before the end of the data.
UNHEARD_CLIENT, UNHEARD_SINCE, UNHEARD_SCORE = "C0008", date(2026, 9, 9), 3
UNHEARD_COMMENT = "Three late deliveries in a row, and nobody has called us back."

CHAIN_CLIENT = "C0156"  # a chain that buys much and steadily

STORY_CLIENTS = {
    LOSS_CLIENT: {
        "name": "Grand Hotel Meretorn",
        "group": "Hotels",
        "region": "Tallinn",
        "manager": "4",
        "gap_days": 7,
        "jitter": 0.1,
        "order_value": 480_000,
        "first_on": date(2023, 11, 2),
        "last_on": DATA_END,
    },
    SILENT_CLIENT: {
        "name": "Saarepuu Grocers",
        "group": "Retail chains",
        "region": "Harju",
        "manager": "2",
        "gap_days": 7,
        "jitter": 0,
        "order_value": 370_000,
        "discount": 0.03,
        "first_on": date(2023, 11, 3),
        "last_on": SILENT_SINCE,
    },
    UNHEARD_CLIENT: {
        "group": "Retail chains",
        "region": "Tartu",
        "manager": "9",
        "gap_days": 7,
        "jitter": 0.15,
        "order_value": 210_000,
        "discount": 0.03,
        "first_on": date(2023, 11, 6),
        "last_on": DATA_END,
    },
    CHAIN_CLIENT: {
        "name": "Kuldkaru Chain Stores",
        "group": "Retail chains",
        "region": "Harju",
        "manager": "3",
        "gap_days": 14,
        "jitter": 0.15,
        "order_value": 340_000,
        "discount": 0.03,
        "first_on": date(2023, 11, 9),
        "last_on": DATA_END,
        "tags": "chain",
    },
}

# --- Cards ------------------------------------------------------------------------------------

STALE_CARDS = 30  # of the clients handed over, whose cards still name the manager who left
# Second cards of clients there are already: the e-mail is the same; or the telephone, written
# differently, under a name with a typing error; or the name, but for legal form and accents.
DUPLICATES_BY = ("email",) * 5 + ("phone",) * 5 + ("accent",) * 2 + ("form",) * 2
DUPLICATE_FIRST, DUPLICATE_LAST = date(2024, 9, 2), date(2026, 6, 30)  # when the card was made
PHONE_WRITINGS = (
    "00372 000 {}",
    "+372-000-{}",
    "+372 (000) {}",
    "+372000{}, kitchen",
    "+372.000.{}",
)
DUPLICATE_LARGEST = 2_000_000  # cents a year
NAMESAKES = 2  # clients who share their name with one in another town
GROUP_TELEPHONE = "+372 000 7000"  # of the six hotels of one group
GROUP_HOTELS = (
    "Gilded Gull Hotel Harbour",
    "Gilded Gull Hotel Lakeside",
    "Gilded Gull Hotel Market",
    "Gilded Gull Hotel Old Town",
    "Gilded Gull Hotel Park",
    "Gilded Gull Hotel Station",
)
TAG_SHARES = {"night delivery": 0.05, "pays in advance": 0.04, "English spoken": 0.03}

# --- The ordinary course of business ----------------------------------------------------------

EXISTING_CLIENTS, NEW_CLIENTS, PROSPECTS = 655, 205, 40
# how portfolios differ in size; the one that is handed over is the largest
PORTFOLIO_WEIGHTS = {"1": 12, "2": 10, "3": 10, "4": 9, "5": 10, "6": 10, "7": 9, "8": 9, "9": 9}
UNOWNED_EVERY, UNOWNED_SERVED_EVERY = 36, 180  # of these clients some are still served by one
UNOWNED_SELLER = "5"
STOPPING_RATE, STOPPING_RATE_LARGE = 0.09, 0.02  # clients lost a year; large ones are loyal
LARGE_CLIENT = 3_000_000  # cents a year
YEARLY_DRIFT = (-0.02, 0.08)  # mean and spread of the clients' own growth in quantity

# name: share of clients, days between orders (0: orders once), jitter (None: at random)
RHYTHMS = {
    "weekly": (0.055, 7, 0.15),
    "fortnightly": (0.10, 14, 0.2),
    "monthly": (0.145, 30.4, 0.2),
    "quarterly": (0.10, 91, 0.15),
    "irregular": (0.48, 40, None),
    "one-off": (0.12, 0, None),
}
# group: share of clients, typical order in cents, and the season from January to December
GROUPS = {
    "Restaurants": (0.30, 100_000, (80, 85, 95, 95, 105, 115, 115, 112, 100, 95, 93, 140)),
    "Hotels": (0.16, 150_000, (65, 68, 80, 90, 110, 140, 155, 145, 105, 85, 70, 87)),
    "Retail chains": (0.10, 225_000, (85, 88, 95, 100, 98, 100, 98, 98, 95, 98, 105, 150)),
    "Canteens": (0.20, 55_000, (108, 108, 112, 110, 108, 75, 55, 75, 115, 115, 115, 94)),
    "Resellers": (0.24, 29_000, (85, 92, 108, 108, 100, 96, 88, 90, 108, 108, 110, 107)),
}
ORDER_SPREAD, ORDER_NOISE = 1.05, 0.3  # of clients around their group, of orders around a client
LINES_PER_ORDER = {1: 13, 2: 29, 3: 29, 4: 19, 5: 10}
COLLEAGUE_SHARE, NO_MANAGER_SHARE = 0.03, 0.03
RETURN_SHARE = 0.016
USUAL_DISCOUNT, LARGEST_DISCOUNT = 0.03, 0.15  # mean and bound of the clients' own
NO_DISCOUNT_SHARE = 0.03  # of the lines, where nobody entered it; returns never have one
MISSING_COST, MISSING_COST_UNCOSTED = 0.013, 0.25  # the latter for products without unit cost
UNCOSTED_PRODUCTS = {"P017", "P058", "P083", "P111"}
SATURDAY_SHARE = 0.12  # of the orders that fall on a Saturday

# product group: margin rate at list price, month of the yearly price rise, price and cost rise
PRICING = {
    "Coffee and tea": (0.36, 2, 0.045, 0.050),
    "Dry goods": (0.29, 1, 0.025, 0.025),
    "Canned food": (0.30, 1, 0.030, 0.028),
    "Dairy": (0.25, 3, 0.035, 0.040),
    "Frozen food": (0.29, 1, 0.030, 0.030),
    "Beverages": (0.31, 4, 0.020, 0.018),
    "Cleaning": (0.38, 1, 0.020, 0.015),
    "Paper and tableware": (0.37, 2, 0.025, 0.030),
}

# activities done a working day, before a manager's own zeal
PACE = {"call": 5.2, "meeting": 0.9, "offer": 0.9, "invoice": 1.3, "email": 1.2}
ZEAL = {"1": 0.9, "2": 1.1, "3": 0.95, "4": 1.05, "5": 1.15, "6": 1.0, "7": 1.0, "8": 0.9, "9": 1.0}
OUTCOMES = {
    "call": {"done": 80, "unanswered": 14, "missed": 3, "scheduled": 3},
    "meeting": {"done": 84, "cancelled": 10, "missed": 3, "scheduled": 3},
    "offer": {"done": 95, "cancelled": 5},
    "invoice": {"done": 98, "cancelled": 2},
    "email": {"done": 93, "unanswered": 7},
}
TOPICS = {
    "call": {"useful": 34, "company": 24, "offer": 26, "": 16},
    "meeting": {"useful": 40, "company": 32, "offer": 24, "": 4},
    "offer": {"offer": 100},
    "invoice": {"": 100},
    "email": {"useful": 30, "company": 34, "offer": 24, "": 12},
}
NO_GROUP_EVERY, NO_REGION_EVERY = 137, 149  # of the client numbers
PHONE_SHARE, EMAIL_SHARE, VERIFIED_SHARE = 0.96, 0.93, 0.8  # of the clients
NO_CLIENT_SHARE, COLLEAGUE_TOUCH_SHARE = 0.04, 0.04
LEAVE_WEEKS = 2  # of summer leave for each manager, one after the other from ISO week 25

# --- Plans and potentials ---------------------------------------------------------------------

PLAN_YEAR = 2026
# by manager, what was planned on what was sold the year before; the others by their clients
PLANS_BY_MANAGER = {"1": 1.0, "2": 1.08, "3": 1.04, "4": 1.05, "5": 1.05}
FADING_FULFILMENT = 0.81  # of the plan of the manager whose clients shrink, to October
QUARTERS_MANAGER = "4"  # is planned by quarters
UNPLANNED_GROUP = "Resellers"  # nobody plans what they buy
NO_HOPE_CLIENT = "C0291"  # planned with nothing, and buys all the same
CLIENT_GROWTH = (0.05, 0.08)  # planned for a client: mean and deviation
PLANS_FOR_NEW = {"6": 60_000, "7": 60_000, "9": 60_000}  # a year, for clients still to be won
POTENTIAL_SHARE = 0.6  # of the clients: somebody has estimated what they buy
POTENTIAL_YEAR = date(2025, 11, 1), date(2026, 10, 31)
POTENTIAL_DAYS = date(2025, 1, 6), date(2026, 9, 30)
STALE_POTENTIALS, STALE_DAYS = 12, (date(2024, 1, 8), date(2024, 9, 30))
LOW_POTENTIALS = 9  # estimates below what the client buys from us alone …
LOW_POTENTIALS_FROM = 2_000_000  # … of clients who buy for so many cents a year
OUR_SHARES, FAINT_SHARES = (0.2, 0.51), (0.09, 0.195)  # of what clients buy; of those in Narva
LARGEST_UNKNOWN = 300_000  # cents a year estimated of clients who buy nothing

# --- Surveys ----------------------------------------------------------------------------------

SURVEY_DRAW = "22"  # one of many, in which only what is planted differs from the year before
FEW_ANSWERS_MANAGER = "5"  # asks hardly anybody, and those who answer give tens
COOLING_GROUP = "Hotels"  # recommend less than a year before
# first and last day, share of the clients asked, and what is planted: by manager or group so many
# promoters, passives and detractors
SURVEYS = (
    (
        date(2024, 5, 2),
        date(2024, 10, 31),
        0.45,
        {"6": (10, 8, 7), "5": (4, 0, 0), "Hotels": (13, 5, 4)},
    ),
    (
        date(2024, 11, 1),
        date(2025, 10, 31),
        0.9,
        {"6": (21, 18, 14), "5": (8, 0, 0), "Hotels": (35, 10, 5)},
    ),
    (
        date(2025, 11, 1),
        date(2026, 10, 31),
        0.9,
        {"6": (24, 18, 18), "5": (9, 0, 0), "Hotels": (22, 16, 10)},
    ),
    (date(2026, 11, 2), DATA_END, 0.06, {}),
)
ASKED_MORE = {"6": 2, "5": 0.28}  # the phone brings in answers; one manager asks his friends
ANSWER_SHARE, TWICE_SHARE, ANONYMOUS_ANSWERS = 0.48, 0.07, 7
SCORES = {10: 29, 9: 27, 8: 18, 7: 12, 6: 5, 5: 4, 4: 2, 3: 1, 2: 1, 0: 1}
SCORES_OF = ({10: 1, 9: 1}, {8: 3, 7: 2}, {6: 5, 5: 4, 4: 2, 3: 2, 2: 1, 1: 1, 0: 1})
LOUD_CLIENT = 7_500_000  # cents a year: such clients are no detractors, so that one is the largest
COMMENT_SHARE = 0.12
COMMENTS = (
    (
        "Always on time.",
        "Our driver knows where everything goes.",
        'My cook says: "the only flour that never fails"',
        "Friendly, quick, and the invoices are right.",
        "One call and it is settled.",
        "I tell everybody at the market, honestly.",
    ),
    (
        "Good, but the minimum order is high for us.",
        "Fine. Sunday deliveries would be nice.",
        "Quality > price, but the price grows too.",
        "No complaints, no fireworks.",
        'Web order form says "unavailable" too often',
    ),
    (
        "Prices < quality used to be true; no longer.",
        "Wrong pallet twice, then a lecture on the phone.",
        "Nobody has visited us for a year.",
        'We were promised "tomorrow", it took a week.',
        "Calls, calls, calls; answers: none",
        "Half of the order came, all of it was billed.",
        "Too many substitutions, e.g. salt for sugar.",
    ),
)

# --- People, places and words -----------------------------------------------------------------

# manager_id, manager_name, team, email, hired_on, left_on
MANAGERS = [
    ("1", "Pavel Ivanov", "North", "p.ivanov@example.com", date(2017, 3, 1), ""),
    ("2", "Liis Tammeoks", "North", "l.tammeoks@example.com", date(2015, 9, 14), ""),
    ("3", "Marek Saarniit", "North", "m.saarniit@example.com", date(2019, 2, 4), ""),
    ("4", "Anna Petrova", "North", "a.petrova@example.com", date(2018, 6, 11), ""),
    ("5", "Kristjan Mägi", "North", "k.magi@example.com", date(2021, 1, 18), ""),
    ("6", "Toomas Rebaste", "South", "t.rebaste@example.com", date(2020, 8, 3), ""),
    ("7", "Jelena Sokolova", "South", "j.sokolova@example.com", date(2016, 4, 25), ""),
    ("8", "Raivo Kaskla", "South", "r.kaskla@example.com", date(2013, 5, 6), LEFT_ON),
    ("9", "Ott Põldsaar", "South", "o.poldsaar@example.com", date(2022, 10, 17), ""),
]
REGIONS = {"North": ("Tallinn", "Harju", "Narva"), "South": ("Tartu", "Pärnu", "Viljandi")}

FIRST = """
    Amber Autumn Birch Blue Brass Cedar Clover Copper Coral Crimson Crooked Dapper Drowsy
    Early Evening Frosty Gentle Hazel Humble Ivory Jolly Juniper Linden Little Lucky Maple
    Merry Misty Nimble Northern Painted Quiet Rowan Rusty Salty Silver Sunny Velvet
    Wandering Windy
""".split()
SECOND = """
    Anchor Badger Barrel Beacon Bell Bramble Bridge Candle Cellar Clock Compass Cricket Dune
    Elk Ember Ferry Finch Harbour Heron Hill Kettle Lantern Lynx Meadow Mill Moth Oar
    Orchard Otter Pebble Pier Quill Raven Rudder Skylark Sparrow Stove Thimble Tower Willow
""".split()
CLIENT_FORMS = {
    "Restaurants": (
        "The {} {}",
        "{} {} Bistro",
        "{} {} Grill",
        "{} {} Tavern",
        "Café {} {}",
        "{} {} Pizza",
    ),
    "Hotels": ("Hotel {} {}", "{} {} Guesthouse", "{} {} Inn", "{} {} Spa Hotel", "{} {} Hostel"),
    "Retail chains": ("{} {} Markets", "{} {} Foods", "{} {} Grocers", "{} {} Corner Shops"),
    "Canteens": ("{} {} Canteen", "{} {} School Kitchen", "{} {} Staff Kitchen", "{} {} Nursery"),
    "Resellers": ("{} {} Trading OÜ", "{} {} Supply OÜ", "{} {} Cash & Carry", "{} {} Kaubad"),
}
# By client number: quotes, commas, ampersands, other alphabets, and what spreadsheets stumble on.
AWKWARD = {
    21: 'Tavern "The Golden Ladle"',
    63: "Müürikask, Oja & Sons",
    118: "O'Malleren's Corner",
    154: "Кафе «Синий фонарь»",
    201: "Fish <& Chips>",
    266: "=Equals Deli",
    301: "@Table 7",
    347: "Õunapuu köök-öömaja",
    402: "Столовая № 14",
    455: "Żółty Kubek Café",
    512: 'Bar "Left, Right & Centre"',
    590: "Crème Brûlée; Sweets",
    655: "ООО Тихая Гавань",
    733: "100 % Potato",
}

PRODUCTS = {
    "Coffee and tea": (
        ("Espresso beans", "Filter coffee", "Black tea", "Herbal tea", "Cocoa powder"),
        {"250 g": 1, "1 kg": 4, "6 x 1 kg": 22},
    ),
    "Dry goods": (
        ("Wheat flour", "Long grain rice", "Penne", "Sugar", "Red lentils"),
        {"1 kg": 1, "5 kg": 5, "25 kg": 23},
    ),
    "Canned food": (
        ("Peeled tomatoes", "Sweetcorn", "Chickpeas", "Pickled cucumbers", "Tuna in oil"),
        {"400 g": 1, "2.5 kg": 6, "12 x 400 g": 11},
    ),
    "Dairy": (
        ("Butter", "Cooking cream", "Mozzarella", "Hard cheese", "Yoghurt"),
        {"500 g": 1, "2 kg": 4, "10 kg": 18},
    ),
    "Frozen food": (
        ("Potato fries", "Garden peas", "Fish fillet", "Berry mix", "Puff pastry"),
        {"1 kg": 1, "2.5 kg": 2.5, "10 kg": 10},
    ),
    "Beverages": (
        ("Apple juice", "Mineral water", "Tonic water", "Lemonade", "Oat drink"),
        {"1 l": 1, "6 x 1 l": 5.5, "24 x 1 l": 20},
    ),
    "Cleaning": (
        ("Dish soap", "Floor cleaner", "Degreaser", "Laundry powder", "Descaler"),
        {"1 l": 1, "5 l": 4.5, "20 l": 17},
    ),
    "Paper and tableware": (
        ("Napkins", "Paper towels", "Coffee cups", "Wooden cutlery", "Baking paper"),
        {"100 pieces": 1, "500 pieces": 4.5, "2000 pieces": 16},
    ),
}
