"""Small exports with the real headings of each system, and where those were found; rows invented.

Looked for and not found in public documentation or files: the headings of YCLIENTS clients,
Megaplan, SberCRM, S2, HyperCRM and Класс365. They have no preset: what their exports hold is
guessed from the headings as of any other file.
"""

import datetime
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import openpyxl


class Fixture(NamedTuple):
    """An export: where its headings are from, what `init` must make of it, and its rows."""

    found: str
    title: str
    table: str
    columns: dict[str, str]  # what the settings must say
    file: str
    rows: list[list]  # the first is the header; a number in front: the outline level
    kept: int
    more: Mapping[str, object] = MappingProxyType({})  # further settings of the table
    spare: str = ""  # columns that are said not to be used


def day(number: int) -> datetime.date:
    return datetime.date(2026, 10, number)


DOCUMENT = "Реализация товаров и услуг 29УТ-00760{0} от {0:02}.10.2026 11:03:42"
RECEIPT = "Поступление на расчетный счет 0000-00010{0} от {0:02}.10.2026 10:00:00"
SALE = "Продажа 10{0} от {0:02}.10.2026 11:03"

FIXTURES = [
    Fixture(
        "README of github.com/naxelet/exporter_excel: an export of the report «Продажи»",
        "1C, Продажи", "shipments",
        {"shipment_id": "Документ движения (регистратор)", "shipped_on": "По дням",
         "client_id": "Контрагент", "revenue": "Сумма продажи в руб.", "product_id": "Артикул",
         "quantity": "Количество"},
        "Продажи.xlsx",
        [["Продажи"], ["Период: Октябрь 2026 г."], [],
         ["По дням", "Контрагент", "Артикул", "Номенклатура", "Характеристика номенклатуры",
          "Документ движения (регистратор)", "Количество", "Сумма продажи в руб."],
         *([f"0{n}.10.2026", f"ООО Ромашка {n % 3}", f"A-{n}", f"Товар {n}", "",
            DOCUMENT.format(n), n, 100.5 * n] for n in range(1, 8)),
         ["Итого", "", "", "", "", "", 28, 100.5 * 28]],
        7,
    ),
    Fixture(
        "a public parser's test of «Валовая прибыль» (header Количество, Выручка, Себестоимость, "
        "Валовая прибыль, Рентабельность over further levels), another's description of the "
        "report (Клиент, Менеджер below each other, outline levels), a third one's levels Клиент, "
        "Документ продажи, and a document as 1C names it: Реализация товаров и услуг 29УТ-007601 "
        "от 21.08.2026 11:03:42",
        "1C, Валовая прибыль", "shipments",
        {"shipment_id": "Документ продажи", "shipped_on": "Документ продажи",
         "revenue": "Выручка", "quantity": "Количество", "cost": "Себестоимость"},
        "Валовая прибыль предприятия.xlsx",
        [["Валовая прибыль предприятия"], ["Параметры:", "Период: 01.10.2026 - 31.10.2026"], [],
         ["Менеджер", "Количество", "Выручка", "Себестоимость", "Валовая прибыль",
          "Рентабельность"],
         ["Клиент"], ["Документ продажи"],
         [0, "Иванов Иван", 6, 600, 400, 200, 33.3], [1, "ООО Ромашка 1", 3, 300, 200, 100, 33.3],
         [2, DOCUMENT.format(1), 1, 100, 60, 40, 40], [2, DOCUMENT.format(2), 2, 200, 140, 60, 30],
         [1, "Руд Буд ЧТУП", 3, 300, 200, 100, 33.3],
         [2, DOCUMENT.format(3), 3, 300, 200, 100, 33.3],
         [0, "Петров", 1, 50, 40, 10, 20], [1, "ООО Ромашка 2", 1, 50, 40, 10, 20],
         [2, DOCUMENT.format(4), 1, 50, 40, 10, 20], [0, "Итого", 7, 650, 440, 210, 32.3]],
        4, {"groups": ("manager_id", "client_id")},
    ),
    Fixture(
        "a public program that reads the report of what clients owe as 1C saves it: header and "
        "levels are checked there to the letter, so are outline levels and names of documents",
        "1C, Ведомость расчетов с клиентами", "receivables",
        {"invoiced_on": "invoice_id", "amount": "Продано", "paid_amount": "Оплачено"},
        "Ведомость.xlsx",
        [["Структурная единица", "Продано", "Оплачено", "Задолженность"],
         ["Клиент"], ["Документ продажи"], ["Клиент.Телефон"],
         [0, "Основной", 300, 250, 50], [1, "ООО Ромашка 1", 300, 250, 50],
         [2, SALE.format(1), 100, 100, ""], [3, "+7 900 000-00-00", 100, 100, ""],
         [2, SALE.format(2), 200, 150, 50], [3, "+7 900 000-00-00", 200, 150, 50]],
        2, {"groups": ("Структурная единица", "client_id", "invoice_id")},
    ),
    Fixture(
        "a public program that reads the list of receipts as 1C saves it, and a document as 1C "
        "names it: Поступление на расчетный счет 0000-000101 от 01.06.2026 10:00:00",
        "1C, Поступление на расчетный счет", "payments",
        {"paid_on": "Поступление на расчетный счет", "client_id": "Плательщик", "amount": "Сумма"},
        "Поступление на расчетный счет.xlsx",
        [["Поступление на расчетный счет", "Организация", "Вид операции", "Банковский счет",
          "Номер входящего документа", "Дата входящего документа", "Плательщик",
          "Счет плательщика", "Договор", "Валюта", "Сумма", "Назначение платежа", "Ответственный"],
         *([RECEIPT.format(n), "ООО Наша", "Оплата от покупателя", "Основной", f"1{n}",
            f"0{n}.10.2026", f"ООО Ромашка {n % 3}", "", "Договор № 1", "руб.", 100.5 * n,
            f"Оплата по счету № {n}", "Иванов"] for n in range(1, 6))],
        5,
    ),
    Fixture(
        "two public programs' tests of the list of bank documents as 1C saves it, twelve headings",
        "1C, Банковские выписки", "payments",
        {"paid_on": "Дата", "client_id": "Контрагент", "amount": "Поступление"},
        "Банковские выписки.xlsx",
        [["Есть файлы", "Номер", "Дата", "Поступление", "Списание", "Контрагент", "ИНН", "Договор",
          "Вх.номер", "Вх.дата", "Назначение платежа", "Вид операции"],
         *(["Нет", f"00БП-{n}", f"1{n}.10.2026", 12100.5 * n, None, f"ООО Ромашка {n % 2}",
            "7700000001", "Договор №1", str(n), f"1{n}.10.2026", "Оплата за товар",
            "Оплата от покупателя"] for n in range(3, 7))],
        4,
    ),
    Fixture(
        "labels of account.move in github.com/odoo/odoo, addons/account/models/account_move.py, "
        "and a public program that reads its list of invoices by these headings",
        "Odoo, invoices", "shipments",
        {"shipment_id": "Number", "shipped_on": "Invoice/Bill Date",
         "client_id": "Invoice Partner Display Name", "revenue": "Untaxed Amount Signed",
         "manager_id": "Salesperson"},
        "Journal Entry (account.move).xlsx",
        [["Number", "Invoice Partner Display Name", "Invoice/Bill Date", "Due Date", "Salesperson",
          "Untaxed Amount Signed", "Total Signed", "Payment Status"],
         ["INV/2026/00001", "Azure Interior", day(1), day(31), "Mitchell Admin", 100, 115, "Paid"],
         ["RINV/2026/00001", "Azure Interior", day(9), day(9), "Mitchell Admin", -20, -23, "Paid"],
         ["INV/2026/00002", "Deco Addict", day(15), day(30), "Marc Demo", 50, 57.5, "Not Paid"]],
        3,
    ),
    Fixture(
        "labels of account.payment in github.com/odoo/odoo, addons/account/models/"
        "account_payment.py, and the columns of its list, addons/account/views/"
        "account_payment_view.xml",
        "Odoo, payments", "payments",
        {"paid_on": "Date", "client_id": "Customer/Vendor",
         "amount": "Amount Company Currency Signed"},
        "Payments (account.payment).xlsx",
        [["Date", "Number", "Journal", "Payment Method", "Customer/Vendor",
          "Amount Company Currency Signed", "Status"],
         [day(3), "PBNK1/2026/00001", "Bank", "Manual", "Azure Interior", 115, "Posted"],
         [day(20), "PBNK1/2026/00002", "Bank", "Manual", "Deco Addict", 57.5, "Posted"]],
        2,
    ),
    Fixture(
        "get_columns of github.com/frappe/erpnext: "
        "accounts/report/item_wise_sales_register/item_wise_sales_register.py",
        "ERPNext, Item-wise Sales Register", "shipments",
        {"shipment_id": "Invoice", "shipped_on": "Posting Date", "client_id": "Customer",
         "revenue": "Amount", "product_id": "Item Code", "quantity": "Stock Qty"},
        "Item-wise Sales Register.csv",
        [["Item Code", "Item Name", "Item Group", "Description", "Invoice", "Posting Date",
          "Customer Group", "Customer", "Customer Name", "Receivable Account", "Mode Of Payment",
          "Territory", "Project", "Company", "Sales Order", "Delivery Note", "Income Account",
          "Cost Center", "Stock Qty", "Stock UOM", "Rate", "Amount"],
         *([f"SKU00{n}", f"Item {n}", "Products", "", f"ACC-SINV-2026-0000{n}", f"2026-10-0{n}",
            "Commercial", f"CUST-{n % 2}", f"Customer {n % 2}", "Debtors - A", "", "All", "", "A",
            "", "", "Sales - A", "Main - A", n, "Nos", 12.5, 12.5 * n] for n in range(1, 5))],
        4,
    ),
    Fixture(
        "get_columns of github.com/frappe/erpnext: accounts/report/sales_register/"
        "sales_register.py",
        "ERPNext, Sales Register", "shipments",
        {"shipment_id": "Voucher", "shipped_on": "Posting Date", "client_id": "Customer",
         "revenue": "Net Total", "manager_id": "Owner"},
        "Sales Register.xlsx",
        [["Voucher Type", "Voucher", "Posting Date", "Customer", "Customer Name", "Customer Group",
          "Territory", "Tax Id", "Receivable Account", "Mode Of Payment", "Project", "Owner",
          "Sales Order", "Delivery Note", "Cost Center", "Warehouse", "Currency", "Sales - A",
          "Net Total", "VAT - A", "Tax Total", "Grand Total", "Rounded Total",
          "Outstanding Amount", "Remarks"],
         *(["Sales Invoice", f"ACC-SINV-2026-0000{n}", day(n), f"CUST-{n % 2}", f"Customer {n % 2}",
            "Commercial", "All", "", "Debtors - A", "", "", "a@example.com", "", "", "Main - A", "",
            "INR", 80 * n, 80 * n, 20 * n, 20 * n, 100 * n, 100 * n, 0, "No Remarks"]
           for n in range(1, 5))],
        4, spare='"Sales - A", "VAT - A"',
    ),
    Fixture(
        "labels of github.com/frappe/erpnext, accounts/doctype/payment_entry/payment_entry.json, "
        "and the headings by which public programs write such a list",
        "ERPNext, Payment Entry", "payments",
        {"paid_on": "Posting Date", "client_id": "Party",
         "amount": "Paid Amount (Company Currency)"},
        "Payment Entry.csv",
        [["ID", "Payment Type", "Posting Date", "Mode of Payment", "Party Type", "Party",
          "Party Name", "Account Paid From", "Account Paid To", "Paid Amount",
          "Paid Amount (Company Currency)", "Received Amount", "Company", "Series"],
         *([f"ACC-PAY-2026-0000{n}", "Receive", f"2026-10-0{n}", "Wire Transfer", "Customer",
            f"CUST-{n % 2}", f"Customer {n % 2}", "Debtors - A", "Bank - A", 15.5 * n, 15.5 * n,
            15.5 * n, "A", "ACC-PAY-.YYYY.-"] for n in range(1, 4))],
        3,
    ),
    Fixture(
        "display names of account in Microsoft's table reference (learn.microsoft.com, "
        "dynamics365/developer/reference/entities/account), and the hidden columns of an export to "
        "Excel as public programs drop them",
        "Dynamics 365, accounts", "clients",
        {"client_id": "Account Name", "region": "Address 1: City", "manager_id": "Owner",
         "phone": "Main Phone"},
        "Active Accounts.xlsx",
        [["(Do Not Modify) Account", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On",
          "Account Name", "Main Phone", "Address 1: City", "Primary Contact", "Owner"],
         ["0a1b-1", "abc==", day(1), "ООО Ромашка 1", "555-0100", "Redmond", "Pat Lee", "Smith"],
         ["0a1b-2", "abd==", day(1), "ООО Ромашка 2", "555-0101", "Renton", "Pat Moe", "Jones"]],
        2,
    ),
    Fixture(
        "display names of activitypointer in Microsoft's table reference (learn.microsoft.com, "
        "previous-versions/dynamicscrm-2016 mt607991), and two public programs that read the "
        "export by these headings",
        "Dynamics 365, activities", "activities",
        {"happened_at": "Start Date", "manager_id": "Owner", "kind": "Activity Type",
         "client_id": "Regarding", "outcome": "Activity Status"},
        "All Activities.xlsx",
        [["(Do Not Modify) Activity", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On",
          "Subject", "Regarding", "Activity Type", "Activity Status", "Owner", "Priority",
          "Start Date", "Due Date"],
         ["1f-1", "x==", day(1), "Offer", "ООО Ромашка 1", "Phone Call", "Completed", "Smith",
          "Normal", datetime.datetime(2026, 10, 1, 9, 30), day(1)],
         ["1f-2", "y==", day(2), "Visit", "ООО Ромашка 2", "Appointment", "Scheduled", "Jones",
          "Normal", datetime.datetime(2026, 10, 2, 10, 0), day(2)]],
        2,
    ),
    Fixture(
        "github.com/avshatalov48/bitrix24-core-corp, modules/crm/install/components/bitrix/"
        "crm.company.list/lang/ru/component.php; «Рабочий телефон» and «Рабочий e-mail» from a "
        "public program that reads the export",
        "Bitrix24, companies", "clients",
        {"client_id": "Название компании", "client_group": "Тип компании",
         "manager_id": "Ответственный", "phone": "Рабочий телефон", "email": "Рабочий e-mail",
         "created_on": "Дата создания"},
        "COMPANY_20261031.csv",
        [["ID", "Название компании", "Тип компании", "Сфера деятельности", "Ответственный",
          "Рабочий телефон", "Рабочий e-mail", "Дата создания", "Кем создана"],
         ["1", "ООО Ромашка 1", "Клиент", "Торговля", "Иванов Иван", "+7 900 1", "a@b.ru",
          "13.01.2025 10:00:00", "Иванов Иван"],
         ["2", "ООО Ромашка 2", "Партнер", "Торговля", "Петров", "+7 900 2", "c@b.ru",
          "14.01.2025 10:00:00", "Петров"]],
        2,
    ),
    Fixture(
        "github.com/avshatalov48/bitrix24-core-corp, modules/crm/install/components/bitrix/"
        "crm.deal.list/lang/ru/component.php",
        "Bitrix24, deals", "leads",
        {"lead_id": "ID", "created_on": "Дата создания", "manager_id": "Ответственный",
         "source": "Источник", "client_id": "Компания", "amount": "Сумма"},
        "DEAL_20261031.csv",
        [["ID", "Название сделки", "Стадия сделки", "Сумма", "Компания", "Контакт",
          "Ответственный", "Дата создания", "Источник"],
         ["11", "Поставка", "Новая", "1500.50", "ООО Ромашка 1", "", "Петров",
          "13.10.2026 10:00:00", "Звонок"]],
        1,
    ),
    Fixture(
        "github.com/hromov/jevelina, package amoimport: the 44 headings of an export of deals, by "
        "number",
        "amoCRM, deals", "leads",
        {"lead_id": "ID", "created_on": "Дата создания сделки", "manager_id": "Ответственный",
         "source": "Источник", "client_id": "Компания контакта", "amount": "Бюджет"},
        "amocrm_export_leads_2026-10-31.csv",
        [["ID", "Название сделки", "Бюджет", "Ответственный", "Дата создания сделки",
          "Кем создана сделка", "Дата редактирования", "Кем редактирована", "Дата закрытия", "Теги",
          "Примечание", "Этап сделки", "Воронка", "Полное имя контакта", "Компания контакта",
          "Ответственный за контакт", "Рабочий телефон", "Рабочий email", "Источник"],
         ["501", "Поставка", "1500", "Петров", "13.10.2026 10:00:00", "Петров", "", "", "", "", "",
          "Новая", "Продажи", "Анна", "ООО Ромашка 1", "Петров", "'+7900", "a@b.ru", "Сайт"]],
        1,
    ),
]  # fmt: skip


def write(fixture: Fixture, data: Path) -> None:
    """The export as a file in the folder *data*, with sales beside it where it is none."""
    data.mkdir(exist_ok=True)
    path = data / fixture.file
    if path.suffix == ".csv":
        lines = [",".join(f'"{cell}"' for cell in row) for row in fixture.rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    else:
        book = openpyxl.Workbook()
        for number, row in enumerate(fixture.rows, 1):
            level, *cells = row if row and type(row[0]) is int else [0, *row]
            book.active.append(cells)
            book.active.row_dimensions[number].outlineLevel = level
        book.save(path)
    if fixture.table != "shipments":
        write(FIXTURES[0], data)
