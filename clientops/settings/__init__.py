"""Every threshold, with its unit and meaning beside it, and `clientops.toml` that changes them.

The dataclasses are the settings: their types and ranges are checked when a file is read (by
msgspec), an unknown key is an error that names the nearest known one.
"""

import dataclasses
import datetime
import zoneinfo
from pathlib import Path
from typing import Annotated, Literal

import babel
from msgspec import Meta

from clientops.errors import ClientOpsError, nearest
from clientops.schema import category_rules
from clientops.settings import reading, sources
from clientops.settings.outcomes import REFLEXIVE, ending, plain_word, plain_words
from clientops.settings.reading import override as override
from clientops.settings.sources import Engine as Engine
from clientops.settings.sources import Source as Source

FILE = "clientops.toml"
EARLIEST, LATEST = datetime.date(1970, 1, 1), datetime.date(2100, 12, 31)  # else a slip of the pen

Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
Months = Annotated[int, Meta(ge=1, le=120)]
AtLeastOne = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
PROSPECT = "prospect"  # among the classes of touch_days: who never bought
Address = Annotated[str, Meta(pattern="^(https?://[^ '\"<>]+)?$")]
Between = tuple[NotNegative, NotNegative]
Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


@dataclasses.dataclass(frozen=True)
class Company:
    """Whose data these are, and how its people count and write."""

    name: str = ""  # shown on every page; empty: the data folder's name
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "EUR"  # ISO 4217, the one of all money
    language: str = "en"  # en, ru: of all words; en-GB, de …: of months, days, numbers, money
    calendar: str = ""  # public holidays: country or country-subdivision; empty: none
    work_week: tuple[Weekday, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri")  # days people work
    data_until: datetime.date | None = None  # empty: last day with a shipment or a done activity
    timezone: str = ""  # "Europe/Berlin": in which times with an offset from UTC are told
    pages: Address = ""  # where the pages are (https://…): clients' names in packs lead there

    def __post_init__(self) -> None:
        """Refuse a language and a time zone that nobody knows, and a day that is a slip."""
        try:
            babel.Locale.parse(self.language.replace("-", "_"))
        except (babel.UnknownLocaleError, ValueError):
            raise ValueError(ClientOpsError(
                "language {language!r} is not known; such as en, en-GB, ru", language=self.language
            )) from None  # fmt: skip
        if self.data_until and not EARLIEST <= self.data_until <= LATEST:
            raise ValueError(ClientOpsError("data_until ({until}) is a slip of the pen",
                                            until=self.data_until))  # fmt: skip
        if self.timezone and self.timezone not in zoneinfo.available_timezones():
            hint = nearest(self.timezone, zoneinfo.available_timezones())
            raise ValueError(ClientOpsError("unknown timezone {timezone!r}; {hint}",
                                            timezone=self.timezone, hint=hint))  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Ingest:
    """When a build stops rather than leave rows out."""

    max_reject_share: Share = 0.01  # share of a table's rows that may be rejected


@dataclasses.dataclass(frozen=True)
class Portfolio:
    """Classes of clients and how a portfolio is judged."""

    window_months: Months = 12  # months looked at, ending with the month asked for
    lapse_months: Months = 3  # months without a purchase after which a client has lapsed
    abc_shares: tuple[Share, Share] = (0.80, 0.95)  # A and B end at these shares of revenue
    abc_cuts: tuple[Positive, Positive] | None = None  # instead: A and B from this money per month
    abc_by: Literal["revenue", "margin"] = "revenue"  # what clients are ranked by
    xyz_by: Literal["either", "months", "rhythm", "cv"] = "either"  # what makes a client regular
    x_active_share: Share = 0.75  # months: X from this share of months with a purchase
    rhythm_cv: Annotated[float, Meta(ge=0)] = 0.5  # rhythm: X up to this variation of the gaps
    cv_cuts: tuple[Positive, Positive] = (0.5, 1.0)  # cv: X and Y up to this monthly variation
    clients_per_manager: Between | None = None  # wanted of each manager; empty: no norm
    clients_per_manager_of: dict[str, Between] = dataclasses.field(
        default_factory=dict, hash=False
    )  # the same by team, where it differs
    candidate_pace: Share = 0.8  # within reach of A from this part of its smallest amount on
    candidate_lift: Positive = 1.1  # their list is better than the obvious one from so many times
    trend_months: Months = 12  # months shown by portfolio_trend, revenue_retention
    trend_p: Share = 0.05  # sign test: below it a portfolio improves, worsens, moves one way

    def __post_init__(self) -> None:
        """Refuse thresholds that contradict each other."""
        if self.window_months < self.lapse_months:
            raise ValueError(ClientOpsError(
                "window_months ({window}) is below lapse_months ({lapse}): a client would lapse "
                "after it is lost", window=self.window_months, lapse=self.lapse_months,
            ))  # fmt: skip
        pairs = {
            "abc_shares": self.abc_shares,
            "cv_cuts": self.cv_cuts,
            "clients_per_manager": self.clients_per_manager or (0, 0),
        }
        for team, norm in self.clients_per_manager_of.items():
            pairs[f"clients_per_manager_of {team}"] = norm
        for name, (low, high) in pairs.items():
            if low > high:
                raise ValueError(ClientOpsError("{name}: the first ({low}) is above the second "
                                                "({high})", name=name, low=low,
                                                high=high))  # fmt: skip
        if self.abc_cuts and self.abc_cuts[0] < self.abc_cuts[1]:
            a, b = self.abc_cuts
            raise ValueError(ClientOpsError("abc_cuts: A begins at {a}, below B at {b}", a=a, b=b))


@dataclasses.dataclass(frozen=True)
class Migration:
    """Who moves between classes."""

    path_months: Months = 12  # months shown by class_path
    warn_transferred: Share = 0.20  # pages doubt the ownership where more of the opening changed it


@dataclasses.dataclass(frozen=True)
class Regularity:
    """How steadily shipments go out, and who is late."""

    min_gaps: AtLeastOne = 3  # gaps a client's own rhythm needs
    late_quantile: Share = 0.9  # late beyond this quantile of the client's own gaps
    silent_after_days: NotNegative = 90  # nobody is silent, not late, before so many
    silent_days: AtLeastOne = 180  # days without a purchase: silent, not late
    missed_days: AtLeastOne = 90  # days past the typical gap that count as revenue missed
    rush_days: AtLeastOne = 5  # last working days of a month watched for a rush
    rush_ratio: Annotated[float, Meta(ge=1)] = 1.5  # a rush: so many times these days' even share
    rush_p: Share = 0.05  # sign test over the months: below it a rush is no accident


@dataclasses.dataclass(frozen=True)
class Turnover:
    """How fast money comes back."""

    payment_days: NotNegative = 30  # after the invoice, where no day due is told
    overdue_grace_days: NotNegative = 7  # overdue longer than so many: to be called


@dataclasses.dataclass(frozen=True)
class Retention:
    """Who stays and who comes back."""

    mature_days: AtLeastOne = 180  # a purchase this old had time to be followed
    ladder_steps: Annotated[int, Meta(ge=2)] = 10  # purchases counted by the repeat ladder


def _touch_days() -> dict[str, int]:
    return {"A": 14, "B": 30, "C": 90, PROSPECT: 30}


@dataclasses.dataclass(frozen=True)
class Activity:
    """Who works the base."""

    not_done: tuple[str, ...] = (
        *"missed cancelled canceled scheduled planned overdue unanswered".split(),
        *("no answer", "not held", "voicemail", "busy", "failed", "declined"),
        *ending("пропущен", "отменен", "запланирован", "просрочен"),
        *ending("не состоял", with_=REFLEXIVE),
        *("нет ответа", "не отвечен", "недозвон", "занято", "автоответчик"),
    )  # outcomes by which nothing was done; compared trimmed, in any case, ё as е
    done: tuple[str, ...] = (
        *("done", "completed", "held", "answered"),
        *ending("выполнен"),
        *ending("состоял", with_=REFLEXIVE),
    )  # outcomes by which it was; others count as done too, and data_quality lists them
    known_beginnings: tuple[str, ...] = (
        "not now",
        "не сейчас",
    )  # how outcomes begin that are done and known, whatever follows: "not now, call in spring"
    promised: tuple[str, ...] = (
        *("missed", "scheduled", "planned", "overdue", "not held"),
        *ending("пропущен", "запланирован", "просрочен"),
        *ending("не состоял", with_=REFLEXIVE),
    )  # outcomes after which somebody owes the client a contact
    promise_days: AtLeastOne = 30  # days looked back for them
    promise_grace: Annotated[int, Meta(ge=0, le=60)] = 2  # working days in which it is in time
    min_call_minutes: Annotated[float, Meta(ge=0)] = 0.5  # shorter ones are no contact
    norms: dict[str, Positive] = dataclasses.field(
        default_factory=dict, hash=False
    )  # of one manager, per working day and kind; "*": of all kinds together
    norm_reached: Share = 0.8  # a norm counts as reached from this share of it on
    touch_days: dict[str, AtLeastOne] = dataclasses.field(
        default_factory=_touch_days
    )  # a client of the class is to be contacted before so many days have passed
    touch_days_of: dict[str, dict[str, AtLeastOne]] = dataclasses.field(
        default_factory=dict, hash=False
    )  # of a client group, else of the owner's team, class by class; else touch_days
    funnel_months: Months = 3  # months of the funnel, ending with the month asked for
    funnel_steps: tuple[str, ...] = ("call", "meeting", "offer", "invoice")  # before the shipment
    hired_unknown_months: Months = 3  # without dates: shown when active in so many months

    def __post_init__(self) -> None:
        """Refuse touch_days that leave out a class, and any that name another."""
        if set(self.touch_days) - {PROSPECT} != {"A", "B", "C"}:
            named = ", ".join(sorted(self.touch_days)) or ClientOpsError("none")
            raise ValueError(ClientOpsError("touch_days names {named}; it takes A, B and C, and "
                                            "prospect", named=named))  # fmt: skip
        for whose, days in self.touch_days_of.items():
            if odd := sorted(set(days) - {*"ABC", PROSPECT}):
                raise ValueError(ClientOpsError(
                    "touch_days_of {whose} names {named}; it takes A, B and C, and prospect",
                    whose=whose, named=", ".join(odd),
                ))  # fmt: skip

    def days_of(self, letter: str, group: str | None = None, team: str | None = None) -> int:
        """Before how many days have passed a client of a class is to be contacted."""
        for days in (self.touch_days_of.get(group, {}), self.touch_days_of.get(team, {})):
            if letter in days:
                return days[letter]
        return (_touch_days() | self.touch_days)[letter]

    def is_done(self, outcome: str) -> bool:
        """Whether something was done, by what came of it: by any word but those of not_done."""
        return plain_word(outcome) not in plain_words(self.not_done)

    def is_promised(self, outcome: str) -> bool:
        """Whether somebody owes the client a contact, by what came of it."""
        return plain_word(outcome) in plain_words(self.promised)

    def knows(self, outcome: str) -> bool:
        """Whether a word of what came of it is in not_done or done, or begins as those that are
        known; nothing said is known."""
        word = plain_word(outcome)
        is_told = word in plain_words(("", *self.not_done, *self.done))
        return is_told or word.startswith(tuple(plain_words(self.known_beginnings)))


@dataclasses.dataclass(frozen=True)
class Profitability:
    """Who earns and who costs."""

    bridge_exclude: tuple[str, ...] = ()  # products that are services or manual lines
    min_loss: Annotated[float, Meta(ge=0)] = 0  # money: a smaller loss is none
    returns_cost: Literal["", "negative", "as written"] = ""  # sign; empty: as most returns tell
    discount_growth: Annotated[float, Meta(ge=0)] = 0.05  # revenue that rose by more than this …
    discount_drop: Share = 0.01  # … while the margin rate fell by more than this is told of


@dataclasses.dataclass(frozen=True)
class Loyalty:
    """Who recommends us."""

    target: Annotated[float, Meta(ge=-1, le=1)] = 0.45  # net promoter score to be reached
    min_answers: AtLeastOne = 10  # fewer answers are only counted
    scale: Literal["0-10", "1-10"] = "0-10"  # of the scores; others are rejected


@dataclasses.dataclass(frozen=True)
class Ltv:
    """What a client is worth."""

    ltv_years: Annotated[int, Meta(ge=1, le=20)] = 5  # of a buyer that count, its own the first
    ltv_method: Literal["bgnbd", "naive"] = "bgnbd"  # by which the next 12 months are told
    min_clients: AtLeastOne = 30  # buyers of whom the money kept is told
    sector: Positive | None = None  # money that a buyer of the sector is worth; empty: not known
    sector_source: str = ""  # who says so
    competitor: Positive | None = None  # the same of a competitor
    competitor_source: str = ""

    def __post_init__(self) -> None:
        """Refuse a value of which nobody knows where it comes from."""
        for name in ("sector", "competitor"):
            if getattr(self, name) is not None and not getattr(self, f"{name}_source").strip():
                raise ValueError(f"{name}: {name}_source has to say where it comes from")


@dataclasses.dataclass(frozen=True)
class Forecast:
    """What comes next."""

    min_clients: AtLeastOne = 30  # buyers of 6 months that a manager's own needs


@dataclasses.dataclass(frozen=True)
class Plan:
    """Whether each manager makes the plan, and what is still to win."""

    year_start: Annotated[int, Meta(ge=1, le=12)] = 1  # month in which the year of a plan begins
    pace_months: Months = 6  # months before that a running month's pace needs
    potential_days: AtLeastOne = 730  # an older estimate of a potential is stale
    headroom_share: Share = 0.10  # of what a client could buy more: proposed as plan
    min_peers: AtLeastOne = 10  # clients of a group that a client is held against
    cross_sell_per_client: AtLeastOne = 3  # product groups offered to a client


@dataclasses.dataclass(frozen=True)
class Overview:
    """What is told first."""

    tolerance: Share = 0.05  # a figure within this part of the value before is the same
    tolerance_points: Share = 0.01  # likewise of shares and rates, as a fraction
    history_months: Months = 13  # months of the small line beside each figure


@dataclasses.dataclass(frozen=True)
class Calls:
    """Whom to call today."""

    list_rows: AtLeastOne = 20  # of a manager's list, which has no more places
    rest_days: NotNegative = 5  # working days after a contact without a call


@dataclasses.dataclass(frozen=True)
class Base:
    """Which clients there are."""

    categories: dict[str, str] = dataclasses.field(
        default_factory=dict, hash=False
    )  # name = rule over the columns of client_list

    verified_days: AtLeastOne = 365  # an A or B client is to be verified within
    prospect_days: AtLeastOne = 180  # without a purchase since it was entered
    phone_country: str = ""  # put before numbers written without a country: "372"
    legal_forms: tuple[str, ...] = (
        *"ооо оао зао пао нпао ао ип нко тоо чп гуп муп фгуп".split(),
        *"ltd llc llp inc plc co corp gmbh ag kg ohg ug se sa sas sarl srl spa bv nv".split(),
        *"ou as mtu fie sia uab ab aps oy hf kft zrt sro doo oo zoo sp z".split(),
    )  # words that are no part of a name; compared without case, accents and dots

    def __post_init__(self) -> None:
        """Refuse rules that are none."""
        category_rules.check(self.categories)


@dataclasses.dataclass(frozen=True)
class Client:
    """How one client stands."""

    card_rows: AtLeastOne = 200  # entries of a client's history


@dataclasses.dataclass(frozen=True)
class Topics:
    """The thresholds, one group per topic: `[settings.portfolio]` in `clientops.toml`."""

    ingest: Ingest = Ingest()
    overview: Overview = Overview()
    calls: Calls = Calls()
    plan: Plan = Plan()
    portfolio: Portfolio = Portfolio()
    migration: Migration = Migration()
    regularity: Regularity = Regularity()
    activity: Activity = Activity()
    profitability: Profitability = Profitability()
    turnover: Turnover = Turnover()
    retention: Retention = Retention()
    ltv: Ltv = Ltv()
    forecast: Forecast = Forecast()
    loyalty: Loyalty = Loyalty()
    base: Base = Base()
    client: Client = Client()


def limits(topics: Topics) -> dict[str, dict[str, tuple[int, int]]]:
    """Between which numbers a column of a source table must lie, by table and column."""
    low, high = map(int, topics.loyalty.scale.split("-"))
    return {"surveys": {"score": (low, high)}, "plans": {"months": (1, 12)}}


@dataclasses.dataclass(frozen=True)
class Mail:
    """How packs are sent. The password is in $CLIENTOPS_MAIL_PASSWORD; empty: none is asked for."""

    host: str = ""  # server that takes mail; empty: packs are not sent
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"  # none: only on this machine
    sender: str = ""  # address the mail comes from
    user: str = ""  # who signs in; empty: the sender
    attach: tuple[Literal["html", "pdf", "xlsx"], ...] = ("pdf", "xlsx")  # files of a mail
    directors: tuple[str, ...] = ()  # addresses that get the company's pack
    leads: dict[str, str] = dataclasses.field(
        default_factory=dict, hash=False
    )  # team = address of its lead
    calls_stale_days: NotNegative = 3  # working days; older data send no calls

    def __post_init__(self) -> None:
        """Refuse to send in the clear to another machine, and to send from nobody."""
        if self.security == "none" and self.host not in ("", "localhost", "127.0.0.1", "::1"):
            raise ValueError(ClientOpsError("mail: security = none is only for this machine, not "
                                            "{host}", host=self.host))  # fmt: skip
        if self.host and "@" not in self.sender:
            raise ValueError(ClientOpsError("mail: sender {sender!r} is no address",
                                            sender=self.sender))  # fmt: skip


def reading_order(topic: str) -> tuple[int, str]:
    """The key by which pages and packs sort topics: as in `Topics`, others behind, by name."""
    known = reading.fields(Topics)
    return known.index(topic) if topic in known else len(known), topic


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything `clientops.toml` may say."""

    company: Company = Company()
    engine: Engine = dataclasses.field(default_factory=Engine)
    tables: dict[str, Source] = dataclasses.field(default_factory=dict, hash=False)
    settings: Topics = Topics()
    mail: Mail = Mail()

    def in_engine(self, table: str) -> bool:
        """Whether a source table lies in the engine."""
        return bool(self.engine.address) and table in ("shipments", *self.engine.tables)

    def __post_init__(self) -> None:
        """Refuse what is said of files about a table that lies in none, and the other way round."""
        for name, source in self.tables.items():
            sources.check(name, source, self.in_engine(name))


def read_settings(data: Path) -> Settings:
    """The settings of a data folder; the defaults where it has no `clientops.toml`.

    Raises ClientOpsError for TOML that cannot be read, an unknown key (naming the nearest known
    one), a value of the wrong type or outside its range, and thresholds that contradict each other.
    """
    path = data / FILE
    if not path.exists():
        return Settings()
    try:
        content = reading.parsed(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ClientOpsError("{path}: not readable as TOML: {reason}", path=path,
                             reason=str(error)) from error  # fmt: skip
    reading.refuse_unknown_keys(content, Settings, path)
    return reading.convert(content, Settings, str(path))
