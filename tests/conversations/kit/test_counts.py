"""Where very many wait, people are told so, and not how many."""

from sqlalchemy import text

from storage.database import Database
from tests.cast import CO_BA
from tests.storage.filled import fill
from tests.talking import MINH, Clock, Talk


async def with_reports(database: Database, count: int) -> Talk:
    """So many from three schools of anh Minh's commune wait, and a tenth of as many are checked."""
    await fill(database, said=1, reports=count, people=3)
    async with database.writing() as session:
        await session.execute(text(f"UPDATE site_home SET unit_code = '{CO_BA}'"))
    return Talk(database, Clock())


async def test_an_officer_is_told_how_many_reports_wait(sqlite_database: Database) -> None:
    talk = await with_reports(sqlite_database, 110)
    assert "(99)" in str((await talk.opened(MINH)).labels)
    queue = await talk.opened(MINH, "chokiemtra")
    assert queue.lines[0] == "Đang chờ kiểm tra: 99"
    assert "… và 79 báo cáo khác." in queue.lines


async def test_an_officer_is_told_when_more_reports_wait_than_anybody_counts(
    sqlite_database: Database,
) -> None:
    talk = await with_reports(sqlite_database, 115)
    assert "(hơn 99)" in str((await talk.opened(MINH)).labels)
    queue = await talk.opened(MINH, "chokiemtra")
    assert queue.lines[0] == "Đang chờ kiểm tra: hơn 99"
    assert "… và hơn 79 báo cáo khác." in queue.lines
