"""The invented world of the demo data: its stories, its habits and its words.

generate.py turns these numbers into tables. Money is in cents, shares are fractions.
"""

from datetime import date

SEED = 51
DATA_START, DATA_END = date(2023, 11, 1), date(2026, 10, 30)
ACTIVITIES_START = date(2025, 5, 1)

# Estonia: public holidays on a fixed day, as (month, day), and Good Fridays.
FIXED_HOLIDAYS = {(1, 1), (2, 24), (5, 1), (6, 23), (6, 24), (8, 20), (12, 24), (12, 25), (12, 26)}
GOOD_FRIDAYS = {date(2024, 3, 29), date(2025, 4, 18), date(2026, 4, 3)}

COLUMNS = {
    "shipments": "shipment_id shipped_on client_id manager_id product_id quantity revenue cost",
    "clients": "client_id client_name client_group region manager_id phone email created_on"
    " verified_on",
    "managers": "manager_id manager_name team email hired_on left_on",
    "assignments": "client_id manager_id valid_from valid_to",
    "products": "product_id product_name product_group unit_cost",
    "activities": "happened_at manager_id kind client_id topic minutes outcome",
}

# --- Stories ----------------------------------------------------------------------------------

FADING_MANAGER = "1"  # Ivanov: most of his A clients shrink during the last twelve months
FADING_RANKS = slice(3, 34)  # which of his clients by size: all but the three largest
FADING_FIRST, FADING_LAST = date(2025, 10, 15), date(2025, 12, 31)  # when the shrinking begins
FADING_KNOWN_BEFORE = date(2025, 3, 1)  # only clients who bought before
FADING_PER_MONTH, FADING_FLOOR = 0.25, 0.1  # share of order value lost a month, what remains

MONTH_END_MANAGER = "3"  # ships late: this share of his orders waits for the last working days
MONTH_END_SHARE, MONTH_END_DAYS = 0.52, 5

LEAVING_MANAGER, LEFT_ON = "8", date(2026, 3, 31)
HEIRS = ("7", "9")  # take over the portfolio on the next day

PHONE_MANAGER = "6"  # calls a lot, meets nobody
PHONE_PACE = {"call": 13.0, "offer": 0.6, "invoice": 1.1, "email": 1.4}

LOSS_CLIENT, LOSS_FROM, LOSS_DISCOUNT = "C0107", date(2025, 9, 1), 0.38

CHURN_GROUP, CHURN_SHARE = "Canteens", 0.7  # this share of its smaller clients stops for good
CHURN_KNOWN_BEFORE = date(2025, 8, 1)
CHURN_FIRST, CHURN_LAST = date(2025, 11, 1), date(2026, 2, 28)
CHURN_LARGEST = 1_200_000  # cents a year: only clients below this stop, none of class A

SILENT_CLIENT, SILENT_SINCE = "C0233", date(2026, 9, 25)  # every Friday, then nothing

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
        "order_value": 420_000,
        "first_on": date(2023, 11, 3),
        "last_on": SILENT_SINCE,
    },
}

# --- The ordinary course of business ----------------------------------------------------------

EXISTING_CLIENTS, NEW_CLIENTS, PROSPECTS = 655, 205, 40
# how portfolios differ in size; the one that is handed over is the largest
PORTFOLIO_WEIGHTS = {"1": 12, "2": 10, "3": 10, "4": 9, "5": 10, "6": 10, "7": 9, "8": 9, "9": 9}
UNOWNED_EVERY, UNOWNED_SERVED_EVERY = 36, 180  # of these clients some are still served by one
UNOWNED_SELLER = "5"
STOPPING_RATE, STOPPING_RATE_LARGE = 0.09, 0.06  # clients lost a year; large ones are loyal
LARGE_CLIENT = 3_500_000  # cents a year
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
    "Restaurants": (0.30, 85_000, (80, 85, 95, 95, 105, 115, 115, 112, 100, 95, 93, 140)),
    "Hotels": (0.16, 125_000, (65, 68, 80, 90, 110, 140, 155, 145, 105, 85, 70, 87)),
    "Retail chains": (0.10, 190_000, (85, 88, 95, 100, 98, 100, 98, 98, 95, 98, 105, 150)),
    "Canteens": (0.20, 42_000, (108, 108, 112, 110, 108, 75, 55, 75, 115, 115, 115, 94)),
    "Resellers": (0.24, 100_000, (85, 92, 108, 108, 100, 96, 88, 90, 108, 108, 110, 107)),
}
ORDER_SPREAD, ORDER_NOISE = 1.05, 0.3  # of clients around their group, of orders around a client
LINES_PER_ORDER = {1: 13, 2: 29, 3: 29, 4: 19, 5: 10}
COLLEAGUE_SHARE, NO_MANAGER_SHARE = 0.03, 0.03
RETURN_SHARE = 0.016
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
