"""Who and what there is in the demo data: products, clients, their habits and their stories."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import exp
from random import Random

import world

ONE_DAY = timedelta(days=1)
DAYS_PER_YEAR = 365.25


@dataclass
class Product:
    """An article with price and unit cost in cents, as of the start of the data."""

    product_id: str
    name: str
    group: str
    price: float
    cost: float


@dataclass
class Client:
    """A client, how it buys, and what the stories do to it."""

    client_id: str
    name: str
    group: str
    region: str
    manager: str  # the first owner; empty: nobody
    created_on: date
    first_on: date = world.DATA_START
    last_on: date = world.DATA_END
    gap_days: float = 0  # 0: one order, or none for a prospect
    jitter: float | None = None
    order_value: int = 0  # cents; 0: a prospect
    drift: float = 0
    discount: float = 0
    heir: str = ""  # owner from the handover on
    seller: str = ""  # who ships where nobody owns
    fades_from: date | None = None
    takes_cleaning: bool = False
    products: list[Product] = field(default_factory=list)
    # what the card says
    phone: str = ""
    email: str = ""
    tags: str = ""
    verified_on: date | None = None
    stale_card: bool = False  # still names the first owner

    @property
    def number(self) -> int:
        """The number in the client's id."""
        return int(self.client_id[1:])

    @property
    def card_group(self) -> str:
        """The group on the card, missing on a few."""
        return "" if self.number % world.NO_GROUP_EVERY == 0 else self.group

    @property
    def card_region(self) -> str:
        """The region on the card, missing on a few."""
        return "" if self.number % world.NO_REGION_EVERY == 0 else self.region

    @property
    def yearly_value(self) -> float:
        """Planned revenue a year, in cents."""
        return self.order_value * (DAYS_PER_YEAR / self.gap_days if self.gap_days else 1)

    def owner(self, day: date) -> str:
        """Who owns the client on a day."""
        return self.heir if self.heir and day > world.LEFT_ON else self.manager


def stream(*parts: str) -> Random:
    """A random stream of its own, so that changing one client leaves the others as they are."""
    return Random("/".join((str(world.SEED), *parts)))


def draw(rng: Random, weights: dict) -> str | int:
    """One key of a dictionary of weights."""
    return rng.choices(list(weights), list(weights.values()))[0]


def day_between(rng: Random, first: date, last: date) -> date:
    """Any day from the first to the last, both included."""
    return first + ONE_DAY * rng.randint(0, (last - first).days)


# --- Calendar ---------------------------------------------------------------------------------


def is_working_day(day: date) -> bool:
    """Monday to Friday less public holidays."""
    holiday = (day.month, day.day) in world.FIXED_HOLIDAYS or day in world.GOOD_FRIDAYS
    return day.weekday() < 5 and not holiday


def near_working_day(rng: Random, day: date) -> date:
    """The day itself, or the next working day in a random direction; some Saturdays stay."""
    if day.weekday() == 5 and rng.random() < world.SATURDAY_SHARE:
        return day
    step = rng.choice((-ONE_DAY, ONE_DAY)) if day > world.DATA_START + 7 * ONE_DAY else ONE_DAY
    while not is_working_day(day):
        day += step
    return day


def last_working_days(day: date, count: int) -> list[date]:
    """The last working days of the month of a day."""
    next_month = (day.replace(day=1) + 32 * ONE_DAY).replace(day=1)
    days = [next_month - ONE_DAY * back for back in range(1, 20)]
    return [one for one in days if is_working_day(one)][:count]


# --- Products ---------------------------------------------------------------------------------


def make_products() -> list[Product]:
    """Five goods in three packs for each product group; bigger packs are a little cheaper."""
    products = []
    for group, (goods, packs) in world.PRODUCTS.items():
        rng = stream("products", group)
        for good in goods:
            base = rng.uniform(180, 900)
            for pack, size in packs.items():
                price = base * size**0.92
                cost = price * (1 - world.PRICING[group][0] + rng.uniform(-0.04, 0.04))
                product_id = f"P{len(products) + 1:03d}"
                products.append(Product(product_id, f"{good} {pack}", group, price, cost))
    return products


def price_and_cost(product: Product, day: date) -> tuple[int, int]:
    """List price and unit cost on a day, in cents, after the yearly rises."""
    _, month, price_rise, cost_rise = world.PRICING[product.group]
    rises = day.year - world.DATA_START.year - (day.month < month)
    price = round(product.price * (1 + price_rise) ** rises)
    return price, round(product.cost * (1 + cost_rise) ** rises)


# --- Clients ----------------------------------------------------------------------------------


def make_clients(products: list[Product]) -> list[Client]:
    """All clients, the stories among them."""
    pairs = [(first, second) for first in world.FIRST for second in world.SECOND]
    stream("names").shuffle(pairs)
    clients = []
    for number in range(1, world.EXISTING_CLIENTS + world.NEW_CLIENTS + world.PROSPECTS + 1):
        client = make_client(number, pairs[number], products)
        clients.append(replace(client, **world.STORY_CLIENTS.get(client.client_id, {})))
    plan_fading(clients)
    plan_churn(clients)
    plan_handover(clients)
    plan_cleaning(clients, products)
    return clients


def make_client(number: int, pair: tuple[str, str], products: list[Product]) -> Client:
    """A client from the ordinary course of business."""
    client_id = f"C{number:04d}"
    rng = stream("client", client_id)
    group = draw(rng, {name: share for name, (share, _, _) in world.GROUPS.items()})
    name = rng.choice(world.CLIENT_FORMS[group]).format(*pair)
    client = Client(client_id, world.AWKWARD.get(number, name), group, "", "", world.DATA_START)
    add_trade(rng, client, products)
    add_dates(rng, client, number)
    client.manager = first_owner(rng, client.created_on)
    team = next(row[2] for row in world.MANAGERS if row[0] == client.manager)
    client.region = rng.choice(world.REGIONS[team])
    if client.region == world.FAINT_REGION:
        client.order_value = round(client.order_value * world.FAINT_SHARE)
    if client.manager == world.GENEROUS_MANAGER:
        client.discount = stream("generous", client_id).uniform(*world.GENEROUS_DISCOUNTS)
    if number % world.UNOWNED_EVERY == 0:
        client.manager = ""
        client.seller = "" if number % world.UNOWNED_SERVED_EVERY else world.UNOWNED_SELLER
    return client


def first_owner(rng: Random, created_on: date) -> str:
    """Whose client it becomes; the manager who leaves gets none in the last months."""
    weights = dict(world.PORTFOLIO_WEIGHTS)
    if created_on > world.LEFT_ON - 90 * ONE_DAY:
        del weights[world.LEAVING_MANAGER]
    return draw(rng, weights)


def add_trade(rng: Random, client: Client, products: list[Product]) -> None:
    """How often and how much the client orders, and what."""
    rhythm = draw(rng, {name: share for name, (share, _, _) in world.RHYTHMS.items()})
    _, client.gap_days, client.jitter = world.RHYTHMS[rhythm]
    if rhythm == "irregular":
        client.gap_days *= rng.uniform(0.5, 2)
    typical_order = world.GROUPS[client.group][1]
    client.order_value = round(typical_order * exp(rng.gauss(0, world.ORDER_SPREAD)))
    client.drift = rng.gauss(*world.YEARLY_DRIFT)
    client.discount = min(rng.expovariate(1 / world.USUAL_DISCOUNT), world.LARGEST_DISCOUNT)
    client.products = rng.sample(products, rng.randint(6, 18))


def add_dates(rng: Random, client: Client, number: int) -> None:
    """When the client was created, begins and stops; prospects have not bought yet."""
    one_gap = max(int(client.gap_days), 1)
    if number <= world.EXISTING_CLIENTS:
        client.created_on = day_between(rng, date(2014, 1, 1), date(2023, 10, 20))
        wait = rng.randint(0, one_gap if client.gap_days else 1000)
        client.first_on = world.DATA_START + ONE_DAY * wait
    elif number <= world.EXISTING_CLIENTS + world.NEW_CLIENTS:
        share = (number - world.EXISTING_CLIENTS) / world.NEW_CLIENTS
        client.first_on = world.DATA_START + ONE_DAY * round(30 + share * 1050)
        client.created_on = client.first_on - ONE_DAY * rng.randint(10, 45)
    else:
        client.created_on = day_between(rng, date(2025, 11, 3), world.DATA_END)
        client.order_value = 0
    large = client.yearly_value > world.LARGE_CLIENT
    rate = world.STOPPING_RATE_LARGE if large else world.STOPPING_RATE
    lifetime = ONE_DAY * int(rng.expovariate(rate) * DAYS_PER_YEAR + one_gap)
    client.last_on = min(world.DATA_END, client.first_on + lifetime)


def plan_fading(clients: list[Client]) -> None:
    """Story: the larger clients of one manager shrink, all but the very largest."""
    rng = stream("fading")
    lasting = [
        client
        for client in clients
        if client.manager == world.FADING_MANAGER
        and client.group != world.CHURN_GROUP
        and client.gap_days
        and client.first_on < world.FADING_KNOWN_BEFORE
        and client.last_on > world.FADING_LAST
    ]
    lasting.sort(key=lambda client: (-client.yearly_value, client.client_id))
    for client in lasting[world.FADING_RANKS]:
        client.fades_from = day_between(rng, world.FADING_FIRST, world.FADING_LAST)


def plan_churn(clients: list[Client]) -> None:
    """Story: many smaller clients of one group stop, whoever looks after them."""
    rng = stream("churn")
    for client in clients:
        stays = client.first_on >= world.CHURN_KNOWN_BEFORE or client.last_on <= world.CHURN_LAST
        small = 0 < client.yearly_value < world.CHURN_LARGEST
        if client.group != world.CHURN_GROUP or stays or not small:
            continue
        if rng.random() < world.CHURN_SHARE:
            client.last_on = day_between(rng, world.CHURN_FIRST, world.CHURN_LAST)


def plan_handover(clients: list[Client]) -> None:
    """Story: the portfolio of the manager who left goes to two colleagues, in turn."""
    portfolio = [client for client in clients if client.manager == world.LEAVING_MANAGER]
    for position, client in enumerate(portfolio):
        client.heir = world.HEIRS[position % len(world.HEIRS)]
    for client in stream("stale cards").sample(portfolio, world.STALE_CARDS):
        client.stale_card = True


def plan_cleaning(clients: list[Client], products: list[Product]) -> None:
    """Story: most hotels take cleaning goods, few of one manager's; whoever does not has none."""
    goods = [product for product in products if product.group == world.CLEANING]
    others = [product for product in products if product.group != world.CLEANING]
    hotels: dict[str, list[Client]] = {}
    for client in clients:
        if client.group == world.CLEANING_GROUP and client.order_value:
            hotels.setdefault(client.owner(world.DATA_END), []).append(client)
    for owner, portfolio in sorted(hotels.items()):
        rng = stream("cleaning", owner)
        # lasting clients apart, so that the share holds among those who still buy
        rng.shuffle(portfolio)
        portfolio.sort(key=lambda client: client.last_on < world.DATA_END)
        share = world.CLEANING_SHARE_OF.get(owner, world.CLEANING_SHARE)
        for position, client in enumerate(portfolio, 1):
            client.takes_cleaning = int(position * share + 0.5) > int((position - 1) * share + 0.5)
            kept = [product for product in client.products if product.group != world.CLEANING]
            extra = goods if client.takes_cleaning else [p for p in others if p not in kept]
            client.products = kept + rng.sample(extra, max(2, len(client.products) - len(kept)))
