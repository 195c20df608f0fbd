"""Write the Russian demo data: a small wholesale company as 1C and a call log export it.

    python data/sample/ru/generate.py [OUTPUT_DIR]

Seeded and without a clock: every run writes the same files. Sales are the report «Валовая прибыль
предприятия», a workbook a year with a sheet a month, its levels below each other with their sums;
the other files are text as 1C saves it: cp1251, semicolons, decimal commas, a last row «Итого».
Money of sales is net of VAT, of invoices with it, both in whole kopecks until it is written.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from math import exp
from pathlib import Path
from random import Random
from typing import NamedTuple

import xlsxwriter

FIRST, LAST = date(2024, 11, 1), date(2026, 11, 18)
MONTHS = ("Январь Февраль Март Апрель Май Июнь Июль Август Сентябрь Октябрь Ноябрь "
          "Декабрь").split()  # fmt: skip
MANAGERS = ["Соколова Мария", "Гарипов Тимур", "Белов Андрей"]
# Sells more and more ever cheaper: the part of the list price that is left at the end.
CHEAPER, LEFT = "Белов Андрей", 0.88
REGIONS = ["Казань", "Казань", "Казань", "Набережные Челны", "Нижнекамск", "Ульяновск"]
# Group: names, how many roubles an order brings on average, days between two orders.
GROUPS = {
    "Магазины": (["ООО «Берёзка»", "ООО «Волга Маркет»", "ООО «Уютный дом»", "ИП Кузнецова Е. А.",
                  "ООО «Хозяин»", "ИП Ахметов Р. Р.", "ООО «Чистый двор»", "ООО «Семь дней»",
                  "ИП Морозова О. В.", "ООО «Лавка у дома»", "ИП Зайцев П. Н.", "ООО «Кама Трейд»",
                  "ООО «Ромашка»", "ИП Фахрутдинова Л. И."], 42_000, 12),
    "Кафе и рестораны": (["ООО «Чайхана № 1»", "ООО «Пироговая»", "ИП Сафин М. Т.", "Кафе «Ёлки»",
                          "ООО «Старый город»", "ООО «Блинная»", "ИП Егорова Н. С.",
                          "Столовая «Обед»", "ООО «Кофе и точка»", "ООО «Сытый гость»"],
                         17_000, 15),
    "Школы и детские сады": ([f"МБОУ «Школа № {number}»" for number in (3, 9, 27, 54, 101)]
                             + [f"МБДОУ «Детский сад № {number}»" for number in (12, 38, 77)],
                             23_000, 30),
    "Дилеры": (["ООО «Профхоз»", "ООО «Опт-Снаб»", "ООО ТД «Идель»", "ООО «Меркурий»"],
               140_000, 21),
    "Предприятия": (["АО «Завод точных приборов»", "ООО «Татмебель»", "ПАО «Речной порт»",
                     "ООО «Нижнекамские сети»", "ООО «Клининг-Сервис»", "АО «Птицефабрика»"],
                    36_000, 28),
}  # fmt: skip
QUIET, SINCE = "ООО «Берёзка»", date(2026, 9, 21)  # bought every week, and then no more
LATE, LATE_DAYS = "ООО ТД «Идель»", 40  # pays every invoice so many days late
DISPUTED = ("ПАО «Речной порт»", 2026, 4)  # has not paid what it bought in this month
CLOSED = "Школы и детские сады"  # buy nothing in July and half of August
# Group: products and the price of one, in roubles.
PRODUCTS = {
    "Бытовая химия": [("Средство для посуды 5 л", 410), ("Порошок стиральный 9 кг", 890),
                      ("Отбеливатель 1 л", 120), ("Мыло жидкое 5 л", 380),
                      ("Средство для стёкол 0,5 л", 145), ("Чистящий порошок 400 г", 68)],
    "Бумажная продукция": [("Бумага туалетная, 48 шт.", 760), ("Полотенца бумажные, 12 шт.", 640),
                           ("Салфетки 24х24, 100 шт.", 55), ("Салфетки влажные, 72 шт.", 98)],
    "Одноразовая посуда": [("Стакан 200 мл, 100 шт.", 190), ("Тарелка 205 мм, 100 шт.", 310),
                           ("Вилка, 100 шт.", 150), ("Контейнер 500 мл, 50 шт.", 420)],
    "Уборочный инвентарь": [("Швабра с насадкой", 690), ("Ведро 12 л", 240),
                            ("Салфетка из микрофибры", 75), ("Перчатки, пара", 62)],
    "Мешки и упаковка": [("Мешки для мусора 120 л, 50 шт.", 540), ("Плёнка пищевая 300 м", 610),
                         ("Пакет фасовочный, 500 шт.", 230)],
}  # fmt: skip
MARGIN = {"Бытовая химия": 0.24, "Бумажная продукция": 0.16, "Одноразовая посуда": 0.29,
          "Уборочный инвентарь": 0.33, "Мешки и упаковка": 0.21}  # fmt: skip
DAY_OFF = {(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}


class Client(NamedTuple):
    name: str
    code: str
    group: str
    region: str
    manager: str
    size: float  # roubles of an order
    gap: float  # days


class Line(NamedTuple):
    """A product in a document; a return is negative."""

    month: date
    manager: str
    client: str
    document: str
    product: str
    quantity: int
    revenue: int
    cost: int


def stream(*what: object) -> Random:
    """Random numbers of their own for each thing, so that one more changes no other."""
    return Random("/".join(map(str, ("clientops ru", *what))))


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in DAY_OFF


def clients() -> list[Client]:
    """The clients by group, each with one manager."""
    made = []
    for group, (names, size, gap) in GROUPS.items():
        for name in names:
            rng, code = stream("client", name), f"00-{len(made) + 1:06}"
            manager = MANAGERS[(len(made) + len(made) // 7) % 3]
            large = size * exp(rng.gauss(0.0, 0.6))
            often = gap * exp(rng.gauss(0.0, 0.3))
            if name == QUIET:
                large, often = 95_000, 7
            made.append(Client(name, code, group, rng.choice(REGIONS), manager, large, often))
    return made


def orders(client: Client) -> Iterator[date]:
    """The days on which a client buys, by its own rhythm."""
    rng = stream("days", client.name)
    day = FIRST + timedelta(rng.uniform(0, client.gap))
    while day <= LAST:
        closed = client.group == CLOSED and date(day.year, 7, 1) <= day < date(day.year, 8, 16)
        stopped = client.name == QUIET and day >= SINCE
        if is_working_day(day) and not closed and not stopped:
            yield day
            steady = 0.1 if client.name == QUIET else 0.35
            day += timedelta(max(2.0, rng.gauss(client.gap, client.gap * steady)))
        else:
            day += timedelta(1)


def sales(known: list[Client]) -> list[Line]:
    """Every line of every document, in the order in which documents are numbered."""
    days = sorted((day, client.name, client) for client in known for day in orders(client))
    lines: list[Line] = []
    for number, (day, _name, client) in enumerate(days, 1):
        rng = stream("order", client.name, day)
        lines += document(rng, client, day, "Реализация товаров и услуг", number, +1)
        if rng.random() < 0.015 and day + timedelta(6) <= LAST:
            back = next(later for later in (day + timedelta(more) for more in range(4, 20))
                        if is_working_day(later))  # fmt: skip
            if back <= LAST:
                sent = lines[-1]
                part = max(1, sent.quantity // 2)
                share = part / sent.quantity
                name = titled("Возврат товаров от клиента", number, back, rng)
                lines.append(sent._replace(
                    month=back.replace(day=1), document=name, quantity=-part,
                    revenue=-round(sent.revenue * share), cost=-round(sent.cost * share),
                ))  # fmt: skip
    return lines


def document(
    rng: Random, client: Client, day: date, kind: str, number: int, sign: int
) -> Iterator[Line]:
    """The lines of one sale."""
    groups = rng.sample(list(PRODUCTS), k=rng.choice([1, 2, 2, 3]))
    passed = (day - FIRST).days / (LAST - FIRST).days
    season = 1.35 if day.month == 12 else 0.8 if day.month == 1 else 1.0
    name = titled(kind, number, day, rng)
    for group in groups:
        product, price = rng.choice(PRODUCTS[group])
        worth = client.size / len(groups) * season * exp(rng.gauss(0.0, 0.25))
        is_cheaper = client.manager == CHEAPER
        left = 1 - (1 - LEFT) * passed if is_cheaper else 1.0
        quantity = max(1, round(worth * (1 + 0.45 * passed * is_cheaper) / price))
        cost = round(price * 100 * (1 - MARGIN[group]) * (1 + 0.06 * passed)) * quantity
        revenue = round(price * 100 * left * (1 + 0.06 * passed)) * quantity
        yield Line(day.replace(day=1), client.manager, client.name, name, product,
                   sign * quantity, sign * revenue, sign * cost)  # fmt: skip


def titled(kind: str, number: int, day: date, rng: Random) -> str:
    """As 1C names a document."""
    at = time(rng.randrange(8, 18), rng.randrange(60), rng.randrange(60))
    return f"{kind} 00ХТ-{number:06} от {datetime.combine(day, at):%d.%m.%Y %H:%M:%S}"


def day_of(document_name: str) -> date:
    return datetime.strptime(document_name[-19:-9], "%d.%m.%Y").date()


def write_sales(folder: Path, lines: list[Line]) -> None:
    """A workbook a year, a sheet a month: manager, client, document and product below each other,
    each with its sums."""
    for year in sorted({line.month.year for line in lines}):
        path = folder / f"Валовая прибыль {year}.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy"}) as book:
            book.set_properties({"created": datetime(2026, 11, 18)})
            for month in sorted({line.month for line in lines if line.month.year == year}):
                of_month = [line for line in lines if line.month == month]
                sheet = book.add_worksheet(f"{MONTHS[month.month - 1]} {year}")
                write_month(sheet, month, of_month)


def write_month(sheet: "xlsxwriter.worksheet.Worksheet", month: date, lines: list[Line]) -> None:
    last = min(LAST, (month + timedelta(32)).replace(day=1) - timedelta(1))
    heads = ["Менеджер", "Количество", "Выручка", "Себестоимость", "Валовая прибыль",
             "Рентабельность, %"]  # fmt: skip
    top = [["Валовая прибыль предприятия"], [f"Период: {month:%d.%m.%Y} - {last:%d.%m.%Y}"], [],
           heads, ["Клиент"], ["Документ продажи"], ["Номенклатура"]]  # fmt: skip
    for at, row in enumerate(top):
        sheet.write_row(at, 0, row)
    sheet.set_column(0, 0, 62)
    at = len(top)
    for level, name, part in [*levels(lines), (0, "Итого", lines)]:
        quantity, revenue, cost = (sum(getattr(line, column) for line in part)
                                   for column in ("quantity", "revenue", "cost"))  # fmt: skip
        profit = revenue - cost
        rate = round(100 * profit / revenue, 2) if revenue else 0
        sheet.write_row(at, 0, [name, quantity, revenue / 100, cost / 100, profit / 100, rate])
        sheet.set_row(at, None, None, {"level": level})
        at += 1


def levels(lines: list[Line]) -> Iterator[tuple[int, str, list[Line]]]:
    """The rows of the report: how deep each stands, what it is called, the lines it sums up."""

    def below(level: int, part: list[Line]) -> Iterator[tuple[int, str, list[Line]]]:
        names = ("manager", "client", "document", "product")
        ordered = sorted(part, key=lambda line: line[level + 1])
        for name, rows in groupby(ordered, key=lambda line: line[level + 1]):
            held = list(rows)
            yield level, name, held
            if level + 1 < len(names):
                yield from below(level + 1, held)

    yield from below(0, lines)


def write_text(folder: Path, name: str, rows: list[list]) -> None:
    """A table as 1C saves it as text."""
    with (folder / name).open("w", encoding="cp1251", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)


def money(kopecks: int) -> str:
    return f"{kopecks / 100:,.2f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def client_rows(known: list[Client]) -> list[list]:
    head = ["Код", "Наименование", "Группа", "Бизнес-регион", "Основной менеджер", "Телефон",
            "ИНН"]  # fmt: skip
    rows = []
    for client in known:
        rng = stream("card", client.name)
        phone = f"+7 843 000-{rng.randrange(100):02}-{rng.randrange(100):02}"
        rows.append([client.code, client.name, client.group, client.region, client.manager, phone,
                     f"1600{rng.randrange(10**6):06}"])  # fmt: skip
    return [head, *rows]


def product_rows() -> list[list]:
    rows = [[name, group] for group, products in PRODUCTS.items() for name, _price in products]
    return [["Номенклатура", "Товарная группа"], *rows]


def plan_rows(lines: list[Line]) -> list[list]:
    """For 2026: a twelfth more than a manager sold a year before, to whole ten thousands; of the
    last two months of which nothing was sold yet likewise."""
    sold: dict[tuple[str, date], int] = defaultdict(int)
    for line in lines:
        sold[line.manager, line.month] += line.revenue
    rows = [["Месяц", "Менеджер", "План продаж"]]
    total = 0
    for month in (date(2026, number, 1) for number in range(1, 13)):
        for manager in MANAGERS:
            before = sold[manager, month.replace(year=2025)]
            plan = round(before * 13 / 12 / 1_000_000) * 1_000_000
            total += plan
            rows.append([f"{month:%d.%m.%Y}", manager, money(plan)])
    return [*rows, ["Итого", "", money(total)]]


def invoice_rows(lines: list[Line], known: list[Client]) -> list[list]:
    """What was invoiced with VAT, due in 14 days, and when it was paid."""
    rows, sums = [], [0, 0]
    for name, part in groupby(lines, key=lambda line: line.document):
        held = list(part)
        client, day = held[0].client, day_of(name)
        if held[0].revenue < 0:
            continue
        rate = 0.22 if day.year >= 2026 else 0.20
        amount = sum(round(line.revenue * (1 + rate)) for line in held)
        rng = stream("paid", name)
        late = LATE_DAYS if client == LATE else max(-12, round(rng.gauss(-1, 6)))
        paid = day + timedelta(14 + late)
        is_disputed = client == DISPUTED[0] and (day.year, day.month) == DISPUTED[1:]
        is_paid = paid <= LAST and not is_disputed
        sums[0] += amount
        sums[1] += amount * is_paid
        rows.append([name, client, money(amount), f"{day + timedelta(14):%d.%m.%Y}",
                     money(amount) if is_paid else "",
                     f"{paid:%d.%m.%Y}" if is_paid else ""])  # fmt: skip
    head = ["Документ продажи", "Клиент", "Продано", "Срок оплаты", "Оплачено", "Дата оплаты"]
    return [head, *rows, ["Итого", "", money(sums[0]), "", money(sums[1]), ""]]


def activity_rows(known: list[Client]) -> list[list]:
    """Calls and meetings of the last year; the third manager seldom calls."""
    rows = []
    for client in known:
        rng, day = stream("calls", client.name), date(2025, 11, 1)
        every = 55 if client.manager == CHEAPER else 18
        while (day := day + timedelta(max(1.0, rng.expovariate(1 / every)))) <= LAST:
            if is_working_day(day):
                at = datetime.combine(day, time(rng.randrange(9, 18), rng.randrange(60)))
                kind = "Встреча" if rng.random() < 0.15 else "Звонок"
                minutes = rng.randrange(20, 60) if kind == "Встреча" else rng.randrange(1, 12)
                outcome = "" if rng.random() < 0.75 else "нет ответа"
                rows.append((at, client.manager, kind, client.name, minutes,
                             "" if kind == "Встреча" else outcome))  # fmt: skip
    head = ["Дата и время", "Менеджер", "Вид", "Клиент", "Минут", "Результат"]
    return [head, *([f"{at:%d.%m.%Y %H:%M}", *rest] for at, *rest in sorted(rows))]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    known = clients()
    lines = sales(known)
    write_sales(folder, lines)
    write_text(folder, "Контрагенты.csv", client_rows(known))
    write_text(folder, "Номенклатура.csv", product_rows())
    write_text(folder, "План продаж 2026.csv", plan_rows(lines))
    write_text(folder, "Расчёты с клиентами.csv", invoice_rows(lines, known))
    write_text(folder, "Звонки и встречи.csv", activity_rows(known))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
