"""Companies whose ledgers lie in files, and the same as tables of an engine."""

import csv
import datetime
import random
from pathlib import Path

from clientops import schema


def sources(name: str, data: Path, lake: Path | None = None) -> dict[str, str]:
    """How each source table of a company is read in an engine, as TOML: from tables of a schema of
    its name in PostgreSQL, from Parquet in the *lake* in Spark.

    The queries are those of the company's own clientops.toml, in SQL that both engines know.
    """
    if name not in _QUERIES:
        there = [each for each in schema.TABLES if (data / f"{each}.csv").is_file()]
        where = f"{name}." if lake is None else f"{lake / name}/"
        return {each: f'table = "{where}{each}"' for each in there}
    tables = {
        path.stem: f"{name}.{path.stem}" if lake is None else f'parquet."{lake / name / path.stem}"'
        for path in data.iterdir()
    }
    return {each: f"sql = '''{query.format(**tables)}'''"
            for each, query in _QUERIES[name].items()}  # fmt: skip


_NORTHWIND = {
    "shipments": """
        select o.order_id as shipment_id, o.shipped_date as shipped_on, o.customer_id as client_id,
            o.employee_id as manager_id, d.product_id, d.quantity,
            d.unit_price * d.quantity * (1 - d.discount) as revenue,
            d.unit_price * d.quantity * d.discount as discount
        from {order_details} d join {orders} o on o.order_id = d.order_id
        where o.shipped_date is not null""",
    "clients": "select customer_id as client_id, company_name as client_name, country as region, "
    "phone from {customers}",
    "managers": "select employee_id as manager_id, first_name || ' ' || last_name as manager_name, "
    "hire_date as hired_on from {employees}",
    "products": "select product_id, product_name, category_name as product_group from {products} p "
    "join {categories} c on c.category_id = p.category_id",
}
_ADVENTUREWORKS = {
    "shipments": """
        select s.SalesOrderNumber as shipment_id, s.ShipDate as shipped_on,
            s.ResellerKey as client_id, s.EmployeeKey as manager_id,
            p.ProductAlternateKey as product_id, s.OrderQuantity as quantity,
            s.SalesAmount as revenue, s.TotalProductCost as cost
        from {FactResellerSales} s join {DimProduct} p on p.ProductKey = s.ProductKey""",
    "clients": """
        select r.ResellerKey as client_id, r.ResellerName as client_name,
            r.BusinessType as client_group, g.EnglishCountryRegionName as region, r.Phone as phone
        from {DimReseller} r left join {DimGeography} g on g.GeographyKey = r.GeographyKey""",
    "managers": "select EmployeeKey as manager_id, login as manager_name from {employees}",
    "products": """
        select p.ProductAlternateKey as product_id, max(p.EnglishProductName) as product_name,
            max(c.EnglishProductCategoryName) as product_group
        from {DimProduct} p
        left join {DimProductSubcategory} s on s.ProductSubcategoryKey = p.ProductSubcategoryKey
        left join {DimProductCategory} c on c.ProductCategoryKey = s.ProductCategoryKey
        group by p.ProductAlternateKey""",
    "plans": """
        select date_trunc('month', cast(Date as date) + 7) as month, 3 as months,
            EmployeeKey as manager_id, SalesAmountQuota as plan_revenue from {FactSalesQuota}""",
}
_QUERIES = {"northwind": _NORTHWIND, "adventureworks": _ADVENTUREWORKS}


# In the order of code points; dictionaries and databases have others.
NAMES = [
    "10",
    "9",
    "A",
    "B b",
    "Z",
    "_x",
    "a",
    "b",
    "émile",
    "zebra",
    "ä",
    "Ω",
    "Б",
    "б",
    "я",
    "日",
]


def odd(folder: Path, chance: random.Random) -> Path:
    """A company of whom nothing is told as it should: lines without manager, cost or product,
    returns with a cost, shipments of several clients, lines twice, owners that change and overlap,
    plans by product group, money with and without invoices."""

    def one(*empty: str) -> str:
        return chance.choice([*NAMES, *empty])

    def day() -> str:
        return str(datetime.date(2024, 1, 1) + datetime.timedelta(chance.randrange(700)))

    def money(low: int) -> str:
        return f"{chance.randrange(low, 90_000) / 100:.2f}"

    lines = [[f"S{chance.randrange(900)}", day(), one(), one("", "", ""), one("", "x"),
              chance.choice(["", "1", "2.5", "-3"]), money(-20_000),
              chance.choice(["", "", money(1)]), chance.choice(["", money(0)])]
             for _ in range(1500)]  # fmt: skip
    tables = {
        "shipments": ("shipment_id shipped_on client_id manager_id product_id quantity revenue "
                      "cost discount", lines + lines[:20]),
        "clients": ("client_id client_name manager_id created_on",
                    [[name, f"{name}!", one("", ""), day()] for name in NAMES[:12]]),
        "assignments": ("client_id manager_id valid_from valid_to",
                        [[one(), name, day(), chance.choice(["", day()])] for name in NAMES]),
        "products": ("product_id product_group unit_cost",
                     [[name, chance.choice("GH"), chance.choice(["", money(1)])]
                      for name in NAMES[3:]]),
        "activities": ("happened_at manager_id kind client_id outcome",
                       [[f"{day()} 10:30:00", one(), chance.choice(["call", "offer"]), one(""),
                         chance.choice(["", "done", "no answer", "later?"])] for _ in range(200)]),
        "plans": ("month plan_revenue months manager_id product_group",
                  [["2025-01-01", money(9000), "12", one(""), chance.choice("GH")]
                   for _ in range(5)]),
        "receivables": ("invoice_id client_id invoiced_on amount due_on",
                        [[f"I{n}", one(), day(), money(-1000), day()] for n in range(150)]),
        "payments": ("paid_on client_id amount invoice_id",
                     [[day(), one(), money(-1000), chance.choice(["", f"I{n}"])]
                      for n in range(150)]),
        "surveys": ("responded_on score asked_on client_id",
                    [[day(), str(chance.randrange(11)), day(), one("")] for _ in range(60)]),
    }  # fmt: skip
    for name, (columns, rows) in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns.split())
            writer.writerows(rows)
    (folder / "clientops.toml").write_text('[company]\nname = "Odd"\n', encoding="utf-8")
    return folder
