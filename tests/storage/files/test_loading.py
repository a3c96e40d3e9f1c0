from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from sqlmodel import SQLModel, col, func, select

from locales import Reader, render
from storage.database import Database
from storage.files import loading
from storage.files.loading import LoadingReport
from storage.help.deliveries import Delivery
from storage.history import HistoryEntry
from storage.programme.plans import Plan
from storage.programme.sites import Enrolment, Site, SiteHome
from tests.storage.village import NOW

PLANS = """Mã kế hoạch,Số,Tên,Căn cứ,Từ ngày,Đến ngày
KH2026,12/KH-UBND,Kế hoạch 2026-2030,,01/01/2026,31/12/2030
"""
SITES = """Mã điểm,Tên,Loại,Thuộc trường,Xã,Cấp học,Từ ngày,Đến ngày
S1-1,Điểm trường Phiêng Mòn,điểm trường,S1,01327,MN TH,01/09/2020,
S1,Trường Tiểu học Suối Trong,Trường,,Xã Cô Ba,TH,01/09/2020,
"""
ENROLMENT = """Mã điểm,Năm học,Cấp học,Số trẻ
S1-1,2026-2027,TH,28
"""
DELIVERIES = """Mã chuyến,Mã điểm,Hàng,Số lượng,Ngày,Nguồn
GN-1,S1-1,chăn bông,60,20/11/2026,Hội Chữ thập đỏ
GN-2,S1-1,bộ quần áo ấm,45,2026-11-21,"Công ty A, B"
"""
ALL = {"plans": PLANS, "sites": SITES, "enrolment": ENROLMENT, "deliveries": DELIVERIES}


class Context:
    """Somebody with files and a store."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder

    def file(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    async def load(self, **tables: str) -> LoadingReport:
        files = [self.file(f"{name}.csv", text) for name, text in tables.items()]
        return await loading.load(self.database, files, None, NOW)

    async def told(self, **tables: str) -> list[str]:
        report = await self.load(**tables)
        return [render(error, Reader(language="en")) for error in report.errors]

    async def count(self, table: type[SQLModel]) -> int:
        async with self.database.reading() as session:
            found = await session.execute(select(func.count()).select_from(table))
            return found.scalar_one()


@pytest.fixture
def context(sqlite_database: Database, tmp_path: Path) -> Context:
    return Context(sqlite_database, tmp_path)


@pytest.fixture
def either_context(database: Database, tmp_path: Path) -> Context:
    """On both kinds of store, for what is written there."""
    return Context(database, tmp_path)


async def test_a_programme_comes_in_whole_in_any_order_of_files_and_lines(either_context: Context):
    context = either_context
    report = await context.load(
        deliveries=DELIVERIES, enrolment=ENROLMENT, sites=SITES, plans=PLANS
    )
    assert report.errors == []
    assert len(report.lines) == 4
    assert (await context.count(Site), await context.count(Enrolment)) == (2, 1)
    async with context.database.reading() as session:
        found = list(
            (await session.execute(select(Delivery).order_by(Delivery.reference))).scalars()
        )
        site = await session.get(Site, "S1-1")
    assert [(one.item_code, one.quantity, one.source) for one in found] == [
        ("blanket", 60, "Hội Chữ thập đỏ"),
        ("clothes", 45, "Công ty A, B"),
    ]
    assert site is not None
    assert (site.kind, site.parent_code, site.stages) == ("campus", "S1", "MN TH")


async def test_the_same_files_twice_are_the_same_as_once(either_context: Context):
    context = either_context
    await context.load(**ALL)
    before = [
        await context.count(table)
        for table in (Site, SiteHome, Enrolment, Delivery, Plan, HistoryEntry)
    ]
    report = await context.load(**ALL)
    assert report.errors == []
    after = [
        await context.count(table)
        for table in (Site, SiteHome, Enrolment, Delivery, Plan, HistoryEntry)
    ]
    assert after == before


async def test_one_wrong_line_and_nothing_is_loaded(either_context: Context):
    context = either_context
    told = await context.told(
        plans=PLANS, sites=SITES, deliveries=DELIVERIES + "GN-3,S9,chăn bông,60,20/11/2026,Hội\n"
    )
    assert told == ["deliveries.csv, line 4: There is no site with the code S9."]
    assert await context.count(Site) == await context.count(Delivery) == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("GN-3,S1-1,chăn bông,nhiều,20/11/2026,Hội", "not a whole number"),
        ("GN-3,S1-1,chăn bông,8.5,20/11/2026,Hội", "not a whole number"),
        ("GN-3,S1-1,chăn bông,0,20/11/2026,Hội", "not a number from 1 to 1,000,000,000"),
        ("GN-3,S1-1,chăn bông,3000000000,20/11/2026,Hội", "not a number from 1 to 1,000,000,000"),
        ("GN-3,S1-1,chăn bông,60,31/02/2026,Hội", "not a day"),
        ("GN-3,S1-1,chăn bông,60,20/11/2035,Hội", "No plan covers the day"),
        ("GN-3,S1-1,xe đạp,60,20/11/2026,Hội", "not one of"),
        ("GN-3,S1-1,chăn bông,60,20/11/2026,", "is empty"),
        ("GN-1,S1-1,chăn bông,61,20/11/2026,Hội", "loaded before"),
    ],
)
async def test_what_is_wrong_with_a_delivery_is_said_with_its_line(
    context: Context, line: str, words: str
):
    told = await context.told(plans=PLANS, sites=SITES, deliveries=DELIVERIES + line + "\n")
    assert len(told) == 1
    assert told[0].startswith("deliveries.csv, line 4: ")
    assert words in told[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("S2,Trường B,nhà,,01327,TH,01/09/2020,", "not one of"),
        ("S2,Trường B,trường,,01328,TH,01/09/2020,", "not the code or the name"),
        ("S2,Trường B,trường,S2,01327,TH,01/09/2020,", "part of itself"),
        ("S2,Trường B,điểm trường,S9,01327,TH,01/09/2020,", "no school with the code S9"),
        ("S2,Trường B,trường,,01327,Đại học,01/09/2020,", "not a stage"),
        ("S2,Trường B,trường,,01327,TH,01/09/2020,01/09/2019", "before the first"),
        ("S1,Trường B,trường,,01327,TH,01/09/2020,", "on line 3 too"),
    ],
)
async def test_what_is_wrong_with_a_site_is_said_with_its_line(
    context: Context, line: str, words: str
):
    told = await context.told(sites=SITES + line + "\n")
    assert len(told) == 1
    assert told[0].startswith("sites.csv, line 4: ")
    assert words in told[0]


@pytest.mark.parametrize("code", ["S" * 31, "Suối-1", "S 1", "S:1", "S/1"])
async def test_a_code_that_no_button_could_carry_is_refused(context: Context, code: str):
    """One site with a code too long for a button silenced its whole commune."""
    told = await context.told(sites=SITES + f"{code},Trường B,trường,,01327,TH,01/09/2020,\n")
    assert told == [
        f"sites.csv, line 4: “{code}” in “Mã điểm” is not a code: "
        "it has at most 30 of A-Z, a-z, 0-9 and . _ -"
    ]
    told = await context.told(plans=PLANS + f"{code},1,Kế hoạch,,01/01/2026,31/12/2026\n")
    assert len(told) == 1


async def test_a_name_is_short_enough_for_a_phone(context: Context):
    told = await context.told(sites=SITES + f"S2,{'Á' * 121},trường,,01327,TH,01/09/2020,\n")
    assert told == ["sites.csv, line 4: “Tên” has 121 characters; 120 are the most."]
    fits = SITES + f"{'S' * 30},{'Á' * 120},trường,,01327,TH,01/09/2020,\n"
    assert await context.told(sites=fits) == []


async def test_everything_that_is_wrong_with_a_line_is_said_at_once(context: Context):
    told = await context.told(
        plans=PLANS, sites=SITES, deliveries=DELIVERIES + "GN-3,S9,xe đạp,nhiều,mai,\n"
    )
    assert told == [
        "deliveries.csv, line 4: There is no site with the code S9.",
        "deliveries.csv, line 4: “xe đạp” in “Hàng” is not one of: "
        "chăn bông, quần áo ấm, khăn ấm, áo phao, mũ len, tất, ủng.",
        "deliveries.csv, line 4: “nhiều” in “Số lượng” is not a whole number, such as 60.",
        "deliveries.csv, line 4: “mai” in “Ngày” is not a day, such as 20/11/2026.",
        "deliveries.csv, line 4: “Nguồn” is empty.",
    ]
    told = await context.told(sites=SITES + "S2,,nhà,S9,Xã Kia,Đại học,,32/01/2020\n")
    assert [line.partition(": ")[0] for line in told] == ["sites.csv, line 4"] * 7
    assert "not one of: trường, điểm trường, lớp, trạm y tế" in " ".join(told)
    told = await context.told(enrolment=ENROLMENT + "S9,2026-2028,ĐH,-1\n")
    assert len([line for line in told if "line 3" in line]) == 4


async def test_a_wrong_line_is_not_told_again_by_all_that_lean_on_it(context: Context):
    told = await context.told(
        plans=PLANS.replace("31/12/2030", "mai"),
        sites=SITES.replace("01327", "99999"),
        enrolment=ENROLMENT,
        deliveries=DELIVERIES,
    )
    assert [line.partition(": ")[0] for line in told] == ["plans.csv, line 2", "sites.csv, line 2"]


@pytest.mark.parametrize(
    ("line", "year"),
    [
        ("S2,Trường B,trường,,01327,TH,01/01/1900,31/12/1901", "1900"),
        ("S2,Trường B,trường,,01327,TH,01/01/2020,31/12/2202", "2202"),
    ],
)
async def test_a_year_that_nobody_alive_can_mean_is_questioned(
    context: Context, line: str, year: str
):
    told = await context.told(sites=SITES + line + "\n")
    assert f"The year {year} in “" in told[0]
    assert "is not between 1945 and 2046" in told[0]


async def test_schools_that_are_above_one_another_are_named_with_their_lines(context: Context):
    circle = (
        "A,Điểm A,điểm trường,B,01327,TH,01/09/2020,\n"
        "B,Điểm B,điểm trường,C,01327,TH,01/09/2020,\n"
        "C,Điểm C,điểm trường,A,01327,TH,01/09/2020,\n"
        "D,Điểm D,điểm trường,A,01327,TH,01/09/2020,\n"
    )
    told = await context.told(sites=SITES + circle)
    assert [line.partition(": ")[0] for line in told] == [f"sites.csv, line {n}" for n in (4, 5, 6)]
    assert told[0].endswith("The schools named on the lines 4, 5, 6 go in a circle: A → B → C → A.")
    await context.load(sites=SITES)
    told = await context.told(sites=SITES.replace("S1,Trường Tiểu học Suối Trong,Trường,,",
                                               "S1,Trường Tiểu học Suối Trong,Trường,S1-1,"))  # fmt: skip
    assert "go in a circle: S1-1 → S1 → S1-1." in told[0]


async def test_a_chain_of_a_thousand_and_a_half_sites_is_loaded(either_context: Context):
    """None is ever so long; it must not end in a bug all the same."""
    context = either_context
    lines = [
        f"S{n},Điểm {n},điểm trường,{f'S{n + 1}' if n < 1500 else ''},01327,TH,01/09/2020,"
        for n in range(1501)
    ]
    table = SITES.partition("\n")[0] + "\n" + "\n".join(lines) + "\n"
    assert await context.told(sites=table) == []
    assert await context.count(Site) == 1501


async def test_a_line_is_counted_as_the_file_shows_it(context: Context):
    two_lines = (
        'GN-0,S1-1,chăn bông,5,20/11/2026,"Hội\nPhụ nữ"\n\nGN-9,S9,chăn bông,5,20/11/2026,Hội\n'
    )
    told = await context.told(plans=PLANS, sites=SITES, deliveries=DELIVERIES + two_lines)
    assert told == ["deliveries.csv, line 7: There is no site with the code S9."]


async def test_a_site_that_moves_to_another_commune_keeps_its_past(either_context: Context):
    context = either_context
    await context.load(sites=SITES)
    moved = SITES.replace("S1,Trường Tiểu học Suối Trong,Trường,,Xã Cô Ba,TH,01/09/2020",
                          "S1,Trường Suối Trong,Trường,,Cốc Pàng,TH,01/01/2026")  # fmt: skip
    assert (await context.load(sites=moved)).errors == []
    async with context.database.reading() as session:
        homes = await session.execute(
            select(SiteHome).where(SiteHome.site_code == "S1").order_by(col(SiteHome.since))
        )
        told = [(home.unit_code, home.until) for home in homes.scalars()]
        site = await session.get(Site, "S1")
    assert told == [("01327", date(2025, 12, 31)), ("01324", None)]
    assert site is not None
    assert (site.name, site.valid_from) == ("Trường Suối Trong", date(2020, 9, 1))


async def test_excel_may_use_semicolons_a_mark_at_the_start_or_a_workbook(context: Context):
    context.file("sites.csv", SITES.replace(",", ";"), "utf-8-sig")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Mã điểm", "Năm học", "Cấp học", "Số trẻ"])
    sheet.append(["S1-1", "2026-2027", "TH", 28.0])
    book.save(context.folder / "enrolment.xlsx")
    plans = Workbook()
    sheet = plans.active
    assert sheet is not None
    sheet.append(["MA KE HOACH", "So", "Ten", "Can cu", "Tu ngay", "Den ngay"])
    sheet.append(["KH", 7, "Kế hoạch", None, datetime(2026, 1, 1), datetime(2030, 12, 31)])  # noqa: DTZ001
    plans.save(context.folder / "plans.xlsx")
    files = [context.folder / name for name in ("sites.csv", "enrolment.xlsx", "plans.xlsx")]
    report = await loading.load(context.database, files, None, NOW)
    assert report.errors == []
    async with context.database.reading() as session:
        assert (await session.execute(select(Enrolment.children))).scalar_one() == 28
        plan = await session.get(Plan, "KH")
    assert plan is not None
    assert plan.valid_to == date(2030, 12, 31)


async def test_excel_may_say_which_sign_stands_between_the_cells(context: Context):
    for mark in ("sep=;", '"sep=;"'):
        told = await context.told(plans=f"{mark}\n" + PLANS.replace(",", ";") + "KH;;;;1;2\n")
        assert {line.partition(": ")[0] for line in told} == {"plans.csv, line 4"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
async def test_a_table_is_read_however_excel_saves_it(context: Context, encoding: str, mark: str):
    start = "\ufeff" if encoding == "utf-16-be" else ""
    file = context.file("p.csv", start + PLANS.replace(",", mark).replace("\n", "\r\n"), encoding)
    report = await loading.load(context.database, [file], None, NOW)
    assert report.errors == []
    async with context.database.reading() as session:
        plan = await session.get(Plan, "KH2026")
    assert plan is not None
    assert plan.title == "Kế hoạch 2026-2030"


@pytest.mark.parametrize("table", ["deliveries.csv", "deliveries.xlsx"])
async def test_cells_beyond_the_columns_are_never_dropped(context: Context, table: str):
    await context.load(plans=PLANS, sites=SITES)
    lines = [
        "GN-5,S1-1,chăn bông,60,20/11/2026,Hội,,",
        "GN-6,S1-1,chăn bông,60,20/11/2026,Công ty A, B",
    ]
    file = context.file("deliveries.csv", DELIVERIES + "\n".join(lines))
    if table.endswith("xlsx"):
        book = Workbook()
        for line in [DELIVERIES.partition("\n")[0], *lines]:
            book.active.append(line.split(","))  # type: ignore[union-attr]
        file = context.folder / table
        book.save(file)
    report = await loading.load(context.database, [file], None, NOW)
    assert [render(error, Reader(language="en")) for error in report.errors] == [
        f"{table}, line {5 if table.endswith('csv') else 3}: “B” stands under no column. "
        "Please put quotes around a text that holds commas."
    ]
    assert await context.count(Delivery) == 0


async def test_two_columns_of_one_name_are_not_guessed_between(context: Context):
    told = await context.told(
        enrolment="Mã điểm,Năm học,Cấp học,Số trẻ,số_trẻ\nS1-1,2026-2027,TH,28,31\n"
    )
    assert told == ["enrolment.csv: the column “số_trẻ” is there twice."]


async def test_files_that_are_no_tables_are_told_apart(context: Context):
    files = [
        context.file("old.csv", "Tên;Số trẻ".replace("ố", "o").replace("ẻ", "e"), "latin-1"),
        context.file("empty.csv", ""),
        context.file("quote.csv", 'a,b\n"x,y\n'),
        context.file("other.csv", "tên,tuổi\nA,7\n"),
        context.file("half.csv", "Mã điểm,Năm học\nS1,2026-2027\n"),
        context.file("fake.xlsx", "not a workbook"),
        context.folder / "absent.csv",
    ]
    report = await loading.load(context.database, files, None, NOW)
    told = [render(error, Reader(language="en")) for error in report.errors]
    assert [line.partition(":")[0] for line in told] == [path.name for path in files]
    assert "UTF-8" in told[0]
    assert "“Cấp học”, “Số trẻ”" in told[4]


def broken_workbooks(folder: Path) -> Iterator[Path]:
    """As they come: torn on the way, saved with a password, or something else under the name."""
    whole = folder / "whole.xlsx"
    book = Workbook()
    book.active.append(["Mã điểm", "Năm học", "Cấp học", "Số trẻ"])  # type: ignore[union-attr]
    book.save(whole)
    sheet = "xl/worksheets/sheet1.xml"
    for name, change in (
        ("torn.xlsx", {sheet: b"<worksheet><sheetData><row><c>"}),
        ("nonsense.xlsx", {"xl/workbook.xml": b"\x00\x01\x02"}),
        ("numbers.xlsx", {sheet: b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>"
                                 b"<sheetData><row r='x'><c r='A1' t='s'><v>99</v></c></row></sheetData></worksheet>"}),
    ):  # fmt: skip
        with ZipFile(whole) as old, ZipFile(folder / name, "w") as new:
            for one in old.namelist():
                new.writestr(one, change.get(one, old.read(one)))
        yield folder / name
    with ZipFile(folder / "photos.xlsx", "w") as other:
        other.writestr("a.jpg", b"")
    yield folder / "photos.xlsx"
    (folder / "secret.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    yield folder / "secret.xlsx"
    (folder / "half.xlsx").write_bytes(whole.read_bytes()[:900])
    yield folder / "half.xlsx"
    (folder / "folder.xlsx").mkdir()
    yield folder / "folder.xlsx"


async def test_a_workbook_that_cannot_be_read_is_named_whatever_is_wrong_with_it(context: Context):
    files = list(broken_workbooks(context.folder))
    report = await loading.load(context.database, files, None, NOW)
    told = [render(error, Reader(language="en")) for error in report.errors]
    assert [line.partition(":")[0] for line in told] == [path.name for path in files]
    assert told[4] == (
        "secret.xlsx: the file has a password, or is of an old Excel. "
        "Please save it as .xlsx without a password."
    )


@pytest.mark.parametrize("name", list(loading.TEMPLATES))
async def test_a_template_can_be_loaded_as_it_is_and_its_example_is_not(
    context: Context, name: str
):
    report = await context.load(**{name: loading.template(name)})
    assert report.errors == []
    assert await context.count(Site) == await context.count(Delivery) == 0


@pytest.mark.parametrize("name", list(loading.TEMPLATES))
async def test_the_example_of_a_template_is_right(context: Context, name: str):
    tables = {
        one: loading.template(one).replace("\n# ", "\n")
        for one in list(loading.TEMPLATES)[: list(loading.TEMPLATES).index(name) + 1]
    }
    assert await context.told(**tables) == []
