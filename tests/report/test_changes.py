"""What changed since last month's pack: late shipments, credited otherwise, other settings."""

import pytest

from clientops.report.run import report
from tests.report.conftest import MONTH, build_of_packs, sheets, write_data

LATE = (
    "S-late-1,2026-01-20,M1-0,50.50,M1,40",
    "S-late-2,2025-11-20,M2-0,7,M2,5",
)


MOVED = "S-moved,2025-10-21,M1-1,33,{manager},3"


@pytest.fixture(scope="module")
def changed(tmp_path_factory, brief):
    """Packs of January; then late shipments, one credited to another manager, another setting; then
    packs of February."""
    folder = tmp_path_factory.mktemp("changed")
    data = write_data(folder / "data", extra=(MOVED.format(manager="M1"),))
    build_of_packs(data)
    asked = {"out": folder / "reports", "notebooks": brief, "formats": ["html", "xlsx"]}
    report(data, month="2026-01", **asked)
    write_data(
        data,
        extra=(*LATE, MOVED.format(manager="M2")),
        toml="[settings.portfolio]\nx_active_share = 0.5\n",
    )
    build_of_packs(data)
    return report(data, month=MONTH, **asked).folder


def told(folder, key: str) -> str:
    content = (folder / f"{key}.html").read_text(encoding="utf-8")
    return content[
        content.index("<section id='changes'>") : content.index("<section id='definitions'>")
    ]


def test_restated_months_are_named_with_amount_and_reason(changed):
    content = told(changed, "company")
    assert "2 figures that the pack of January 2026 told have been restated" in content
    assert "1 shipment was entered later" in content
    assert "+€50.50" in content.replace("+€50.5<", "+€50.50<")
    assert "x_active_share 0.75 → 0.5" in content
    rows = [[cell.value for cell in row] for row in sheets(changed / "company.xlsx")["Changes"]]
    january = next(row for row in rows if row[0] == "Jan 2026")
    assert january[1] == "Revenue"
    assert january[4] == pytest.approx(50.50)


def test_a_manager_reads_only_of_the_own_months(changed):
    first, second = told(changed, "manager-M1"), told(changed, "manager-M2")
    assert "2 figures that the pack" in first  # of January, and one credited to M2 since
    assert "1 shipment was entered later" in first
    assert "Nov 2025" not in first
    assert "Nov 2025" in second
    assert "Nothing that the pack of January 2026 told has been restated" in told(
        changed, "manager-M3"
    )


def test_without_a_pack_of_last_month_that_is_said(changed):
    content = (changed.parent / "2026-01" / "company.html").read_text(encoding="utf-8")
    assert "There is no pack of December 2025 to compare with." in content


def test_sales_credited_to_another_manager_are_told_as_that(changed):
    reason = "other managers are credited now"
    assert "Oct 2025" not in told(changed, "company")
    for key in ("manager-M1", "manager-M2"):
        assert reason in told(changed, key)
    assert reason not in told(changed, "manager-M3")
