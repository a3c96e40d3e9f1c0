"""Stores in which much has been done already, long ago and by others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, String, case, cast, insert, literal, select, text
from sqlmodel import SQLModel

from storage.database import Database, Session
from tests.cast import BEFORE, COC_PANG, SINCE_MERGER, settle_in
from tests.talking import CHANNEL

LONG_AGO = datetime(2026, 10, 1, 2, tzinfo=UTC)
LONG_AGO_DAY = date(2026, 10, 1)
FAR_AWAY = date(2027, 5, 1)
SCREEN = {
    "lines": [{"text": {"msgid": "Thank you."}, "style": "plain"}],
    "rows": [[{"label": {"msgid": "Home"}, "action": "home", "url": ""}]],
    "draft": "d",
    "revision": 3,
    "picture": "",
}


async def fill(database: Database, *, said: int, reports: int, people: int) -> None:
    """So many updates with answers, cards and drafts, and deliveries with reports and photos, of so many teachers."""
    async with database.writing() as session:
        await settle_in(session)
    async with database.writing() as session:
        if not database.is_sqlite:
            # Whoever fills a store has nothing to prove.
            await session.execute(text("SET LOCAL session_replication_role = replica"))
        await _people(session, people)
        await _reports(session, reports, people)
        await _talk(session, said, people)
    if not database.is_sqlite:
        await look_anew(database)


async def look_anew(database: Database) -> None:
    """As PostgreSQL does by itself after a while: how much there is of what."""
    async with database.engine.connect() as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))


def _numbers(size: int) -> CTE:
    first = select(literal(1).label("number")).cte("numbers", recursive=True)
    return first.union_all(select(first.c.number + 1).where(first.c.number < size))


async def _rows(session: Session, table: str, numbers: CTE, **values: Any) -> None:
    """A row for each number; what is no expression is the same in all."""
    into = SQLModel.metadata.tables[table]
    expressions = [
        value if isinstance(value, ColumnElement) else literal(value, into.c[name].type)
        for name, value in values.items()
    ]
    rows = select(*expressions).select_from(numbers)
    await session.execute(insert(into).from_select(list(values), rows, include_defaults=False))


def _named(prefix: str, number: Any) -> ColumnElement[str]:
    return literal(prefix, String) + cast(number, String)


async def _people(session: Session, people: int) -> None:
    """Teachers, each with a phone, a school in another commune, an invitation and a request of long ago."""
    numbers = _numbers(people)
    number = numbers.c.number - 1
    who, site = _named("p", number), _named("F-", number)
    await _rows(
        session, "person", numbers, id=who, name=_named("Giáo viên ", number), address="co",
        language="vi", created_at=LONG_AGO, sample=False,
    )  # fmt: skip
    await _rows(
        session, "address", numbers, id=_named("a", number), channel="telegram",
        address=_named("8", number), person_id=who, since=LONG_AGO,
    )  # fmt: skip
    await _rows(
        session, "site", numbers, code=site, name=_named("Điểm ", number),
        folded=_named("diem ", number), kind="school", stages="", sample=False,
        valid_from=date(2020, 1, 1),
    )  # fmt: skip
    await _rows(
        session, "site_home", numbers, site_code=site, since=SINCE_MERGER, unit_code=COC_PANG,
        unit_from=SINCE_MERGER,
    )  # fmt: skip
    await _rows(
        session, "membership", numbers, id=_named("m", number), person_id=who, role="site",
        site_code=site, since=LONG_AGO,
    )  # fmt: skip
    await _rows(
        session, "invitation", numbers, id=_named("i", number), token_sha256=_named("t", number),
        role="site", site_code=site, created_at=LONG_AGO, expires_at=LONG_AGO, used_at=LONG_AGO,
        used_by=who, printed_at_start=False,
    )  # fmt: skip
    await _rows(
        session, "join_request", numbers, id=_named("j", number), person_id=who, site_code=site,
        name="Lan", state="approved", asked_at=LONG_AGO, decided_at=LONG_AGO, reason="",
    )  # fmt: skip
    await _rows(session, "inbox_sender", numbers, channel=CHANNEL, sender=_named("8", number))


async def _reports(session: Session, size: int, people: int) -> None:
    """As many deliveries as came, with their reports, photos and notes in the history, still have to come.

    Of ten reports nine wait to be checked, since hardly anybody ever does.
    """
    numbers = _numbers(size)
    number = numbers.c.number
    whose = number % people
    delivery, report, photo = _named("d", number), _named("c", number), _named("f", number)
    await _rows(
        session, "delivery", numbers, id=delivery, reference=_named("L", number), plan_code="P26",
        site_code=_named("F-", whose), item_code="blanket", quantity=60, day=LONG_AGO_DAY,
        source="(mẫu)", created_at=LONG_AGO, cancel_reason="", state="arrived", sample=False,
    )  # fmt: skip
    await _rows(
        session, "delivery", numbers, id=_named("w", number), reference=_named("W", number),
        plan_code="P26", site_code=_named("F-", whose), item_code="blanket", quantity=60,
        day=FAR_AWAY, source="(mẫu)", created_at=LONG_AGO, cancel_reason="", state="planned",
        sample=False,
    )  # fmt: skip
    await _rows(
        session, "hand_over", numbers, id=_named("h", number), delivery_id=delivery,
        brought_by="anh Tuấn (mẫu)", quantity=60, handed_on=LONG_AGO_DAY, reason="",
        recorded_at=LONG_AGO,
    )  # fmt: skip
    await _rows(
        session, "report", numbers, id=report, kind="confirmation", site_code=_named("F-", whose),
        delivery_id=delivery, code=_named("K", number), version=1,
        state=case((number % 10 > 0, "waiting"), else_="verified"),
        submitted_by=_named("p", whose), submitted_at=LONG_AGO,
    )  # fmt: skip
    await _rows(
        session, "report_version", numbers, id=report, report_id=report, version=1,
        submitted_by=_named("p", whose), submitted_at=LONG_AGO, message_at=LONG_AGO, note="",
        change_reason="",
    )  # fmt: skip
    await _rows(session, "report_flag", numbers, version_id=report, kind="late", reason="road")
    checked = _numbers(max(1, size // 10))
    report = _named("c", checked.c.number * 10)
    await _rows(
        session, "report_review", checked, id=report, report_id=report, version=1,
        verdict="verified", reason="", step="", reviewed_by=_named("p", checked.c.number % people),
        reviewed_at=LONG_AGO,
    )  # fmt: skip
    report = _named("c", number)
    await _rows(
        session, "confirmation", numbers, version_id=report, outcome="all", received=60, damaged=0,
        reason="",
    )  # fmt: skip
    await _rows(
        session, "photo", numbers, id=photo, channel=CHANNEL, chat=_named("8", whose),
        message=_named("", number), file_id=photo, file_unique_id=photo, album="",
        person_id=_named("p", whose), draft_id=_named("x", number),
        report_id=case((number % 10 > 0, report)),
        forwarded=False, as_file=False, sent_at=LONG_AGO, state="stored", tries=1,
    )  # fmt: skip
    await _rows(
        session, "photo_declaration", numbers, photo_id=photo, no_child_declared=True,
        declared_by=_named("p", whose), declared_at=LONG_AGO,
    )  # fmt: skip
    await _rows(
        session, "history", numbers, id=_named("n", number), at=LONG_AGO, action="confirmation.record",
        subject="confirmation", subject_id=report, reason="",
    )  # fmt: skip
    for rule in ("planned_deliveries", "new_reports"):
        await _rows(
            session, "nudge", numbers, rule=rule, subject=_named("F-", number), rung="2026-10-01",
            person_id=_named("p", whose), created_at=LONG_AGO,
        )  # fmt: skip


async def _talk(session: Session, size: int, people: int) -> None:
    """What was said and answered, and the drafts that came of it."""
    numbers = _numbers(size)
    number = numbers.c.number
    whose = number % people
    draft = _named("x", number)
    await _rows(
        session, "inbox", numbers, channel=CHANNEL, update_id=-number, sender=_named("8", whose),
        raw="{}", received_at=LONG_AGO, state="done", tries=0, answered_at=LONG_AGO,
    )  # fmt: skip
    await _rows(
        session, "outbox", numbers, channel=CHANNEL, chat=_named("8", whose),
        person_id=_named("p", whose), kind="screen", policy="prompt", urgency="reply",
        silent=False, card=_named("draft:x", number), placement="below",
        message_id=_named("", number), body=SCREEN, reader={"language": "vi", "address": "co"},
        state="sent", tries=1, created_at=LONG_AGO, sent_at=LONG_AGO,
    )  # fmt: skip
    await _rows(
        session, "card", numbers, channel=CHANNEL, chat=_named("8", whose),
        name=_named("draft:x", number), message_id=_named("", number), updated_at=LONG_AGO,
    )  # fmt: skip
    await _rows(
        session, "draft", numbers, id=draft, person_id=_named("p", whose),
        conversation="confirm_delivery", answers={}, opened_with="", editing="", page=0, revision=9, asks="",
        asked_since=9, screen=SCREEN, state="finished", opened_at=BEFORE, updated_at=BEFORE,
    )  # fmt: skip
