"""data/README.md: every table, column and setting, written from what they say of themselves.

python -m tests.data_readme (make readme); a test holds the committed file against it.
"""

import ast
import io
import tokenize
from pathlib import Path

import babel

from clientops import metrics, schema, settings, words
from clientops.ingest import files, quality
from clientops.page.cards import summary

PATH = Path(__file__).parent.parent / "data" / "README.md"
HEAD = """# Tables, columns and settings

Written by `make readme` from the code; change it there.

- [How files are read](#how-files-are-read): what is understood, what is asked, what stops a build
- [Beyond one machine](#beyond-one-machine): a ledger in PostgreSQL or Spark
- [What comes in](#what-comes-in): the source tables, files or queries of your data folder
- [What the build notices](#what-the-build-notices): the checks of `data_quality`
- [What comes out](#what-comes-out): the tables of `clientops table NAME`
- [Settings](#settings): what `clientops.toml` may say
"""
REPORTS = f"""\
Files end in {", ".join(f"`{ending}`" for ending in files.SUFFIXES)};
what they hold decides how they are read, whatever they are called. Text may be in UTF-8, UTF-16 or
any encoding of one byte a letter that its words tell, divided by `,` `;` `|` or tabs. Titles above
the header, a header of two rows (`date` under `shipment`: "date" or "shipment date"), headers among
the rows, short rows, totals and hidden rows are understood and said. Where a file does not tell, a
line asks for a [setting](#settings): `encoding`, `decimal`, `date_order`, `sheet`. Reports that
are no tables become some:

```toml
[tables.shipments]  # labels of managers, clients and documents in one column, as 1C writes them
file = "sales_report.xlsx"
groups = ["manager_id", "client_id"]  # what the rows above the lowest level are
control = {{ revenue = 1759564.08 }}  # what the report says below: a difference stops the build
[tables.plans]  # a column for each month
file = "plan_2026.xlsx"
months_across = "plan_revenue"
[tables.clients]  # merged cells, exported as blanks below a value
file = "clients.csv"
fill_down = ["manager_id"]
```
"""

READING = """## How files are read

Without a `clientops.toml` files named after the tables, with the columns below, are read as they
are. With one, which `clientops init` proposes, `[tables.NAME]` gives `file` and `columns`, or
`sql`.

**Understood**, and decided for each file and column from all its values: UTF-8, UTF-16 and cp1251;
`,` `;` and tab; numbers and dates as people write them (`1 234,50 руб.`, `(5.00)`, `1,23,456`,
`31.12.2026`, `12/31/2026`). Titles above the header, totals below the rows and hidden sheets are
passed over and said; sheets with the same columns are read together. None of this depends on the
`language` of `[company]`.

**Asked**, never guessed, is what a column does not tell: is 03/04 in March or April, is 1.250 above
a thousand? `date_order = "dmy"` or `decimal = ","` in the table's section answers, `timezone =
"Europe/Berlin"` in `[company]` for times in UTC.

**Said**, and counted as it stands: a document in two files counts twice, unless `dedupe =
"document"` (the later file holds) or `"line"`; `revenue_is = "document"` counts an amount that
stands on every line once, divided over them. What is after the day of the build waits.

**Handed back** is what a workbook of ours asks for: that of `clientops table plan_proposal --out
plans.xlsx`, and of the same list on the page, has a sheet `plans` under these column names. A file
`plans*.xlsx` with such a sheet is read beside the exports, whatever they are called; its rows
without `plan_revenue` are left out and counted.

**Stops the build**, which leaves the old store as it was: swapped dates, several currencies in one
column, formulas without values, shortened identifiers (4,5E+11), a missing required column, and
more than `max_reject_share` (1 %) of the rows or of the money that cannot be read. Each value that
cannot is listed with file, line, column and reason in `rejects/` of the store; `clientops check`
shows them and writes nothing.
"""

BEYOND = """## Beyond one machine

A ledger that outgrew one machine, or that nobody wants to export, stays where it is: in
PostgreSQL, or in Spark as tables of a catalogue or folders of Parquet. `[engine]` says where; it
is checked, counted and made into facts there, and only facts come back. Pages, packs and tables
are then the same, to the cent and to the byte.

```toml
[engine]
address = "postgresql://reader@db.example.com/erp?sslmode=verify-full"
tables = ["clients", "products"]  # what else lies there; other tables are files, as ever
version = "select max(loaded_at) from etl.loads"  # built anew when this answers anew
[tables.shipments]  # a table or view by its name …
table = "sales.shipment_lines"
columns = { client_id = "customer_no", revenue = "net_amount" }
[tables.clients]    # … or a query in the engine's own SQL
sql = "select customer_no as client_id, name as client_name from sales.customers"
```

| address | what it is |
|---|---|
| `postgresql://user@host:5432/database` | a PostgreSQL server, 14 or newer |
| `local[*]` | Spark on this machine, all its cores; needs Java 17 |
| `spark://host:7077` | a cluster of Spark, of the version installed here; needs Java 17 here too |
| `sc://host:15002` | a server of Spark Connect; needs no Java here |

The drivers are extras: `.venv/bin/pip install -e '.[postgres]'` in the checkout, or `'.[spark]'`;
`make test-engines` installs both as they are locked and tries them. The **password** stands in
`$CLIENTOPS_ENGINE_PASSWORD`, never in a file: of a role in PostgreSQL, the secret of a cluster,
the token of Spark Connect (which is sent over TLS only, as the proxy before such a server speaks
it). Names of tables are written as the engine keeps them, without quotes, and each part of
`schema.table` is exact, upper and lower case too. Of a table there only `table` or `sql` can be
said, `columns` and `control`: `where company = 1`, corrections and casts belong into `sql`.

**Nothing is written** but what is temporary. In PostgreSQL whatever is yours is read in one
read-only transaction, of one moment; the role needs SELECT on the tables and TEMPORARY on the
database (`grant temporary on database erp to reader`), so it has to be a primary server: a standby
takes no temporary tables. Rows that the role may not see (row level security) are not there. In
Spark a query stands in brackets, where it cannot be a command.

**Types are asked for, not guessed.** The ledger's days have to be dates or timestamps, its money
and quantities numbers; identifiers count as their text. Another type is one line that says so:
cast it in `sql`. Moments with a time zone (`timestamptz`) need `timezone` in `[company]`, unless
all are midnights in UTC. Rows without what is required, and days before 1970 or after 2100, are
rejected and counted there; the first 1000 of each kind are listed by what is required of them. NaN
and infinity in the ledger stop the build: leave them out in `sql`. The smaller tables come here
whole and are read as files are.

**When it is read.** Without `version` a store is built anew once a day, by the first command that
needs it (`build`, `serve`, `table`, `report`, `send`), and with `clientops build --force` at any
time; until then what changes there is not seen. With it each of these commands asks the engine
first, and needs it and the password: a ledger that takes long is best built at night, by
`clientops build` in cron.

**What comes back** is the store, as large as it is for files. Of the lines that `make bench` makes
(200,000 clients who each buy 12 articles, 36 months, three lines a shipment) these are 33 bytes a
line at one million: `client_shipments` has a row for each shipment, `sales_day` for each client,
manager and day, `product_month` for each client, manager, article and month, so the last two grow
no further once every client buys on most days and every article each month.

| a million lines | processor seconds here | in the engine | memory here | in the engine |
|---|---|---|---|---|
| Parquet read by DuckDB | 9 | | 0.6 GB | |
| PostgreSQL 15 | 8 | 21 | 0.5 GB | 0.6 GB |
| Spark 4.3, local, `spark.driver.memory` of 8 GB | 7 | 135 | 0.6 GB | 5.8 GB |
| the same, four million lines | 9 | 194 | 1.4 GB | 8.0 GB |

Measured by `make bench` on two cores that had other work as well, so in seconds of processors;
until the facts are written, as what comes after them is the same. Of Spark's most is spent on its
start and on plans, whatever the number of lines; four million fill its memory.

**A billion lines.** PostgreSQL takes them slowly, for a statement runs on few cores; it needs room
for temporary tables twice as large as the ledger (`temp_tablespaces`), and `options = { work_mem =
"1GB", temp_buffers = "1GB" }` in `[engine]`, for sums and joins that do not fit into `work_mem` go
through files. Spark takes them on a cluster, best from Parquet in files of some hundred megabytes.
Of a billion lines like those above come back, reckoned from their grain, 330 million shipments,
fewer than 220 million days and 86 million article months: about 8 GB of Parquet, for which the
machine that builds needs 16 GB of memory and 50 GB of disk. The workers keep about 200 GB, in
memory and else on disk. What matters:

```toml
[engine]
address = "spark://master.example.com:7077"
[engine.options]
"spark.executor.memory" = "24g"                   # of each worker
"spark.executor.cores" = "8"
"spark.local.dir" = "/fast/disk"                  # what is kept and shuffled, on each worker
"spark.sql.shuffle.partitions" = "800"            # pieces of some hundred megabytes
"spark.checkpoint.dir" = "hdfs:///tmp/clientops"  # where workers may be lost: all of them see it
"spark.driver.memory" = "8g"                      # facts come two million rows at a time
[tables.shipments]
table = "hdfs:///lake/shipments/"                 # or its name in the catalogue: sales.shipments
```
"""


def text() -> str:
    """The whole file."""
    return (
        "\n".join(
            [HEAD, READING, REPORTS, BEYOND, *_sources(), *_checks(), *_tables(), *_settings()]
        )
        + "\n"
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _sources() -> list[str]:
    lines = [
        "## What comes in",
        "",
        "A star: required. Money is net of VAT in one reporting currency; returns are negative.",
        "Rows that repeat the key are rejected; without a key every row counts.",
        "",
    ]
    for table in schema.TABLES.values():
        key = f" Key: {', '.join(table.key)}." if table.key else ""
        lines += [f"### {table.name}", "", f"{table.meaning}{key}", "", _row("column", "type", ""),
                  "|---|---|---|"]  # fmt: skip
        for column in table.columns:
            name = f"`{column.name}`{' *' if column.required else ''}"
            lines.append(_row(name, column.type, column.meaning))
        lines.append("")
    return lines


def _checks() -> list[str]:
    lines = ["## What the build notices", "", "Nothing of this is rejected.", "",
             _row("table", "check"), "|---|---|"]  # fmt: skip
    lines += [_row(f"`{check.table}`", check.check) for check in quality.CHECKS]
    return [*lines, ""]


def _tables() -> list[str]:
    lines = [
        "## What comes out",
        "",
        "Units: month and date are days, id and name are texts, word is one of few words, share a",
        "fraction, whole a whole number; a question mark: may be missing.",
        "",
    ]
    for topic in sorted(metrics.topics(), key=settings.reading_order):
        lines += [f"### {topic}", ""]
        for name, function in metrics.tables().items():
            if function.__module__.rpartition(".")[2] != topic:
                continue
            about = function.about
            covers = f"{about.period}; {about.whose}"
            lines += [f"**`{name}`** ({covers}): {summary(function)}", "",
                      _row("column", "unit", ""), "|---|---|---|"]  # fmt: skip
            with words.telling(about):
                for column, unit in about.units.items():
                    mark = "?" if column in about.missing else ""
                    lines.append(_row(f"`{column}`", f"{unit}{mark}", words.label(column)))
            lines.append("")
    return lines


def _languages() -> list[str]:
    """In which languages there are words: the source, and what there are catalogues of."""
    found = words.CATALOGUES.glob("*/LC_MESSAGES/clientops.po")
    names = sorted(path.parent.parent.name for path in found)
    return ["English", *(babel.Locale.parse(name).english_name for name in names)]


def _settings() -> list[str]:
    """The groups of the settings: names and defaults as they stand there, and the words behind."""
    notes, classes = {}, {}
    for path in sorted(Path(settings.__file__).parent.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        comments = {
            token.start[0]: token.string.lstrip("# ")
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type == tokenize.COMMENT
        }
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                notes[node.name], classes[node.name] = comments, node
    places = {"Company": "company", "Source": "tables.NAME", "Engine": "engine", "Mail": "mail"}
    places |= {
        type(getattr(settings.Topics(), name)).__name__: f"settings.{name}"
        for name in settings.Topics.__dataclass_fields__
    }
    lines = [
        "## Settings",
        "",
        f"Words of pages and packs are in {' or '.join(_languages())}. Any other `language` leaves",
        "them English and changes only how months, days, numbers and money are written. Tables of",
        "the command line are the same in all.",
        "",
    ]
    for kind, place in places.items():
        node = classes[kind]
        lines += [f"### [{place}]", "", ast.get_docstring(node).splitlines()[0], "",
                  _row("key", "default", ""), "|---|---|---|"]  # fmt: skip
        for field in node.body:
            if isinstance(field, ast.AnnAssign):
                default = getattr(settings, kind)().__dict__[field.target.id]
                note = notes[kind].get(field.end_lineno) or notes[kind].get(field.lineno, "")
                lines.append(_row(f"`{field.target.id}`", f"`{default!r}`", note))
        lines.append("")
    return lines[:-1]


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8", newline="\n")
