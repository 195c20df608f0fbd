"""Companies whose ledgers lie in files, and the same as tables of an engine."""

from pathlib import Path

from clientops import schema
from tests.conftest import ADVENTUREWORKS, NORTHWIND, SAMPLE
from tests.engines import servers

FOLDERS = {"sample": SAMPLE, "northwind": NORTHWIND, "adventureworks": ADVENTUREWORKS}


def sources(name: str, folder: Path = Path()) -> dict[str, str]:
    """How each source table of a company is read in an engine, as TOML: from tables of a schema of
    its name in PostgreSQL, from Parquet in the *folder* in Spark.

    The queries are those of the company's own clientops.toml, in SQL that both engines know.
    """
    is_spark = folder != Path()

    def at(table: str) -> str:
        return f'parquet."{folder / name / table}"' if is_spark else f"{name}.{table.lower()}"

    if name == "sample":
        there = [each for each in schema.TABLES if (SAMPLE / f"{each}.csv").is_file()]
        where = f"{folder / name}/" if is_spark else f"{name}."
        return {each: f'table = "{where}{each}"' for each in there}
    queries = _NORTHWIND if name == "northwind" else _ADVENTUREWORKS
    tables = {path.stem: at(path.stem) for path in sorted(FOLDERS[name].iterdir())}
    return {each: f"sql = '''{query.format(**tables)}'''" for each, query in queries.items()}


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


def in_postgres(name: str, at: Path, address: str) -> Path:
    """A company's data folder whose tables lie in PostgreSQL."""
    return servers.folder(FOLDERS[name], at, address, sources(name))
