"""Files of every make, and broken ones."""

import gzip
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from cdm_core.errors import CdmError
from cdm_core.imports.columns import Field, plain, resolve
from cdm_core.imports.reader import open_sheet
from cdm_core.imports.values import Fault
from tests.imports.conftest import Ask, Bring

TEXT = "customer_id,name,city\nc1,রহিম উদ্দিন,Dhaka\nc2,Café Owner,Sylhet\n"
NAMES = "SELECT concat_ws(' ', first_name, nullif(last_name, '')) FROM customers ORDER BY id"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
async def test_any_unicode_is_read(bring: Bring, ask: Ask, encoding: str) -> None:
    await bring("customers", TEXT.encode(encoding))
    assert await ask(NAMES) == [("রহিম উদ্দিন",), ("Café Owner",)]


async def test_an_old_windows_file_is_read(bring: Bring, ask: Ask) -> None:
    await bring("customers", "customer_id;name\r\nc1;Café “Owner”\r\n".encode("cp1252"))
    assert await ask(NAMES) == [("Café “Owner”",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_the_delimiter_is_sensed(bring: Bring, ask: Ask, delimiter: str) -> None:
    await bring("customers", f"sep={delimiter}\n" + TEXT.replace(",", delimiter))
    assert await ask(NAMES) == [("রহিম উদ্দিন",), ("Café Owner",)]


async def test_a_gzipped_file_is_read_and_a_cut_one_changes_nothing(bring: Bring, ask: Ask) -> None:
    zipped = gzip.compress(TEXT.encode())
    with pytest.raises(CdmError) as refused:
        await bring("customers", zipped[:-12], name="cut.csv.gz")
    assert (refused.value.code, refused.value.facts["why"]) == ("import_unreadable", "damaged")
    assert await ask(NAMES) == []
    await bring("customers", zipped, name="whole.csv.gz")
    assert len(await ask(NAMES)) == 2


async def test_an_excel_file_is_read_with_its_numbers_and_dates(bring: Bring, ask: Ask, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Order No", "Customer ID", "Date", "Product", "Qty", "Price"])
    sheet.append([1001, 7.0, datetime(2026, 10, 1, 10, 30), "Honey", 2, 1225.5])
    sheet.append([])
    sheet.append([1002, 7, 46296.5, "Ghee", 1, "১,৪৫০"])
    sheet.append([1003, 7, "whenever", "Ghee", 1, 1450])
    path = tmp_path / "orders.xlsx"
    book.save(path)
    result = await bring("orders", path)
    assert (result.created, result.rejected) == (2, 1)
    assert (result.examples[0].line, result.examples[0].fault) == (5, Fault.BAD_DATE)
    assert await ask(
        "SELECT k.external_id, c.external_id, total_amount, to_char(ordered_at AT TIME ZONE 'Asia/Dhaka',"
        " 'YYYY-MM-DD HH24:MI') FROM sales_orders o JOIN order_keys k ON k.order_id = o.id"
        " JOIN customer_keys c ON c.customer_id = o.customer_id ORDER BY 1"
    ) == [("1001", "7", 2451, "2026-10-01 10:30"), ("1002", "7", 1450, "2026-10-01 12:00")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04 no workbook at all", "damaged"),
        (b"\xd0\xcf\x11\xe0 an old Excel file", "old_excel"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "not_a_table"),
        (b"\x1f\x8bnot really gzip", "damaged"),
        (b"", "empty"),
        (b"\n\n \n", "empty"),
    ],
)
async def test_what_is_no_table_is_refused(bring: Bring, ask: Ask, content: bytes, why: str) -> None:
    with pytest.raises(CdmError) as refused:
        await bring("orders", content)
    assert (refused.value.code, refused.value.facts["why"]) == ("import_unreadable", why)
    assert await ask("SELECT count(*) FROM imports") == [(0,)]


async def test_a_missing_file_is_told(bring: Bring, tmp_path: Path) -> None:
    with pytest.raises(CdmError) as refused:
        await bring("orders", tmp_path / "nowhere.csv")
    assert refused.value.facts == {"file": "nowhere.csv", "why": "missing"}


async def test_a_fault_half_way_changes_nothing(bring: Bring, ask: Ask, tmp_path: Path) -> None:
    """The file is fine when looked through, and gone wrong when read."""
    path = tmp_path / "file.csv"
    path.write_text(TEXT, encoding="utf-8")
    whole = open_sheet(path)
    assert whole.lines >= 3
    rows = "".join(f"c{number},Somebody {number},Dhaka\n" for number in range(20_000))
    path.write_text("customer_id,name,city\n" + rows, encoding="utf-8")

    def spoil(done: int, total: int) -> None:
        path.unlink(missing_ok=True)
        raise RuntimeError("pulled the plug")

    with pytest.raises(RuntimeError):
        await bring("customers", path, progress=spoil)
    assert await ask(NAMES) == []


async def test_columns_can_be_told(bring: Bring, ask: Ask) -> None:
    result = await bring(
        "customers",
        "Ref,Whoever,City,Note\nc1,Rahim Uddin,Dhaka,x\n",
        mapping={"ref": "customer_id", "Whoever": "name", "City": "-"},
    )
    assert result.columns.pairs == (("Ref", "customer_id"), ("Whoever", "name"), ("City", None), ("Note", None))
    assert await ask("SELECT first_name, city FROM customers") == [("Rahim", None)]


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"Nope": "name"}, "import_no_such_column"),
        ({"City": "town_hall"}, "import_no_such_field"),
        ({"customer_id": "-"}, "import_columns_missing"),
    ],
)
async def test_a_wrong_mapping_is_refused(bring: Bring, mapping: dict[str, str], code: str) -> None:
    with pytest.raises(CdmError) as refused:
        await bring("customers", "customer_id,City\nc1,Dhaka\n", mapping=mapping)
    assert refused.value.code == code


def test_of_two_columns_for_a_field_the_first_counts() -> None:
    columns = resolve(["Mobile", "Phone Number"], [Field("phone", ("mobile", "phone number"))])
    assert columns.at == {"phone": 0}
    assert plain("  Order_ID (new)") == "order id new"
