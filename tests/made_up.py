"""A kind of report, a view and a reminder that the house does not have, as somebody writes them who adds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Run = Callable[..., None]
"""A module of the house on the command line."""
Writes = Callable[[Path, Run], None]
"""What is written into a file."""

SUBJECT = "classrooms"
VERSIONS = Path(__file__).resolve().parent.parent / "storage" / "migrations" / "versions"
NUMBER = f"{max(int(path.name[:4]) for path in VERSIONS.glob('0*.py')) + 1:04}"
MIGRATION = f"storage/migrations/versions/{NUMBER}_add_temperatures.py"

FIGURES = '''"""How warm a classroom is on a day: the figures of one kind of report."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import CheckConstraint, bindparam, select
from sqlmodel import Field, SQLModel, col

from storage.access import Session
from storage.declarations import append_only, kept_in_history
from storage.help import reports


class Temperature(SQLModel, table=True):
    """What one version of a report says of how warm it is."""

    __tablename__ = "temperature"
    __table_args__ = (CheckConstraint("degrees BETWEEN 0 AND 50", name="degrees"),)

    version_id: str = Field(foreign_key="report_version.id", primary_key=True)
    degrees: int


append_only(Temperature)
kept_in_history("temperatures", Temperature, "temperature.record")


class Measured(NamedTuple):
    """What a version says."""

    degrees: int
    least_photos: int = 0


_MEASURED = select(Temperature).where(
    col(Temperature.version_id).in_(bindparam("version_ids", expanding=True))
)


async def measured(session: Session, version_ids: Sequence[str]) -> dict[str, Measured]:
    """What these versions say, by the version's id."""
    found = await session.execute(_MEASURED, {"version_ids": list(version_ids)})
    return {one.version_id: Measured(one.degrees) for one in found.scalars()}


KIND = reports.declare("temperature", measured)
'''

REPORTED = '''"""School staff report how warm the classrooms are."""

from __future__ import annotations

from conversations import kit
from conversations.kit import reports as reporting
from conversations.kit.places import sites_reported_for
from locales import Text, _, p_
from storage.help import temperatures
from storage.help.reports import Reported
from storage.help.submissions import NewVersion
from storage.help.temperatures import Measured, Temperature
from storage.people.people import Role


def degrees(reported: Reported) -> Text:
    said = reported.figures
    return _("{count} degrees").format(count=said.degrees if isinstance(said, Measured) else 0)


def lines(reported: Reported) -> list[Text]:
    return [_("{site}: {what}").format(site=reported.site.name, what=degrees(reported))]


def answers(reported: Reported) -> dict[str, int]:
    said = reported.figures
    return {"degrees": said.degrees} if isinstance(said, Measured) else {}


async def record(state: kit.FormState) -> kit.Screen:
    [site, *_others] = await sites_reported_for(state.context)
    told = {"degrees": state.answers["degrees"]}
    new = NewVersion(
        temperatures.KIND,
        site,
        day=state.context.today,
        figures=lambda version_id: Temperature(version_id=version_id, **told),
        told=told,
    )
    made = await reporting.submit(state, new)
    return await reporting.sent(state.context, made)


report_temperature = kit.Conversation(
    "report_temperature",
    _("Report how warm it is"),
    roles=(Role.SITE,),
    menu=kit.Menu(p_("menu", "How warm it is"), command="doam", group=kit.REPORTS),
    report=kit.ReportKind(
        temperatures.KIND,
        "report_temperature",
        what=degrees,
        receipt=lines,
        figures=lines,
        answers=answers,
    ),
    steps=(
        kit.Number("degrees", _("Degrees"), _("How many degrees are there in the classroom?")),
        kit.Review(),
    ),
    finish=record,
)
'''

SHOWN = '''"""Everybody may see how warm a classroom should be."""

from __future__ import annotations

from conversations.kit import Context, Menu, Page, Screen, View
from locales import _, p_


async def show(_context: Context, _payload: str) -> Screen:
    return Page().add(_("A classroom should have eighteen degrees.")).screen()


warmth = View(
    "warmth",
    _("How warm it should be"),
    menu=Menu(p_("menu", "How warm it should be"), command="baonhieudo"),
    show=show,
)
'''

REMINDS = '''"""Each morning officers are reminded to ask whether the classrooms are warm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations.kit.reminders import Reminder, Rule
from conversations.kit.screens import Page
from locales import _
from locales.dates import local_day
from storage.database import Session
from storage.people import people
from storage.people.people import Role

NAME = "cold_classrooms"


async def due(session: Session, now: datetime) -> Sequence[Reminder]:
    officers = await people.held(session, Role.LOCAL, now)
    screen = Page().add(_("Please ask whether the classrooms are warm.")).screen()
    rung = local_day(now).isoformat()
    return [Reminder(person.id, "classrooms", rung, screen) for person, _held in officers]


cold_classrooms = Rule(NAME, due)
'''

TESTED = """from __future__ import annotations

from storage.audit import audit
from storage.help import reports
from storage.help.receipts import display
from tests.cast import NA_TENH
from tests.talking import LAN, MINH, Talk


async def test_a_teacher_says_how_warm_it_is(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(LAN, "doam")
    for words in ("14", "gui"):
        receipt = await talk.said(LAN, words)
    async with talk.database.reading() as session:
        [made] = await reports.sent_by(session, f"person-{LAN}", [NA_TENH], 1)
        proofs = await audit(session)
    code = display(made.report.code)
    assert code in receipt.text
    queue = await talk.opened(MINH, "chokiemtra")
    assert code in queue.text
    assert "14 độ" in queue.text
    [told] = [one for one in proofs if one.what == "temperatures, by history"]
    assert (told.expected, told.found) == (1, 1)
    talk.matches("SUBJECT/report_temperature", {code: "AB-2345-678"})
"""

LOOKED_AT = """from __future__ import annotations

from tests.talking import LAN, Talk


async def test_a_teacher_sees_how_warm_it_should_be(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN)
    shown = await quick_talk.pressed(LAN, "Cần ấm bao nhiêu độ")
    assert "mười tám độ" in shown.text
    quick_talk.matches("SUBJECT/warmth")
"""

REMINDED = """from __future__ import annotations

from bot.clock import Clock as Ticking
from conversations import REMINDERS
from tests.talking import CHANNEL, MINH, Talk


async def test_an_officer_is_reminded_of_cold_classrooms_once_a_day(quick_talk: Talk) -> None:
    talk = quick_talk
    rules = [one for one in REMINDERS if one.name == "cold_classrooms"]
    for day in (1, 2):
        for _tick in range(2):
            await Ticking(talk.database, rules, [CHANNEL], talk.clock).remind()
        await talk.deliver()
        told = [one for one in talk.phone(MINH).messages if "lớp học có ấm không" in one.text]
        assert len(told) == day
        talk.clock.advance(days=1)
"""

VIETNAMESE = {
    "Report how warm it is": "Báo nhiệt độ lớp học",
    "How warm it is": "Lớp ấm bao nhiêu độ",
    "Degrees": "Nhiệt độ",
    "{count} degrees": "{count} độ",
    "How many degrees are there in the classroom?": "Trong lớp bao nhiêu độ?",
    "A classroom should have eighteen degrees.": "Lớp học cần mười tám độ.",
    "How warm it should be": "Cần ấm bao nhiêu độ",
    "Please ask whether the classrooms are warm.": "Vui lòng hỏi xem lớp học có ấm không.",
}


def holds(text: str) -> Writes:
    """A new file."""

    def write(path: Path, _run: Run) -> None:
        path.write_text(text, encoding="utf-8")

    return write


def changed(*changes: tuple[str, str]) -> Writes:
    """A file that is there, in which each first piece becomes the second."""

    def write(path: Path, _run: Run) -> None:
        told = path.read_text(encoding="utf-8")
        for before, after in changes:
            assert told.count(before) == 1, before
            told = told.replace(before, after)
        path.write_text(told, encoding="utf-8")

    return write


def by(*command: str) -> Writes:
    """What a command writes."""

    def write(path: Path, run: Run) -> None:
        run(*command)
        assert path.exists(), path

    return write


def in_vietnamese(path: Path, run: Run) -> None:
    """As `make words` brings new sentences, all at once, and as somebody fills them in."""
    told = path.read_text(encoding="utf-8")
    if all(f'msgid "{said}"' in told for said in VIETNAMESE):
        return
    run("locales", "extract")
    run("locales", "update")
    told = path.read_text(encoding="utf-8")
    for said, vietnamese in VIETNAMESE.items():
        told = told.replace(f'msgid "{said}"\nmsgstr ""', f'msgid "{said}"\nmsgstr "{vietnamese}"')
    path.write_text(told, encoding="utf-8")


def in_english(path: Path, _run: Run) -> None:
    """The same command has brought them here too, where a sentence is its own translation."""
    assert path.exists()


def transcript(test: str) -> Writes:
    """As `make transcripts` writes it."""
    return by("pytest", "-q", "-p", "no:cacheprovider", test)


def listed(name: str, *, module: str, among: str = "ALL: tuple[Subject, ...] = (\n") -> Writes:
    """A line among all that can be talked about, or that is said unasked."""
    before = "from conversations.deliveries.confirm_delivery"
    imported = f"from conversations.{SUBJECT}.{module} import {name}\n"
    entry = f"    {name},\n" if among.endswith("\n") else f"{name}, "
    return changed((before, imported + before), (among, among + entry))


WORDS = {
    "locales/vi/LC_MESSAGES/messages.po": in_vietnamese,
    "locales/en/LC_MESSAGES/messages.po": in_english,
}
TESTS, TRANSCRIPTS = f"tests/conversations/{SUBJECT}", f"tests/transcripts/{SUBJECT}"
REPORT_TEST = f"{TESTS}/test_report_temperature.py"
REPORT_TRANSCRIPT = f"{TRANSCRIPTS}/report_temperature.txt"
VIEW_TRANSCRIPT = f"{TRANSCRIPTS}/warmth.txt"

REPORT_WORDS = {"<subject>": SUBJECT, "<noun>": "temperature", "NNNN": NUMBER}
REPORT: dict[str, Writes] = {
    "storage/help/temperatures.py": holds(FIGURES),
    "storage/everything.py": changed(
        (
            "import storage.help.totals\n",
            "import storage.help.temperatures\nimport storage.help.totals\n",
        )
    ),
    MIGRATION: by("storage", "migration", "add_temperatures"),
    "storage/SCHEMA.md": by("storage", "schema"),
    f"conversations/{SUBJECT}/__init__.py": holds(
        '"""What schools report of their classrooms."""\n'
    ),
    "pyproject.toml": changed(
        (
            '    "conversations.deliveries",\n',
            f'    "conversations.{SUBJECT}",\n    "conversations.deliveries",\n',
        ),
        ('["people | ', f'["people | {SUBJECT} | '),
    ),
    f"conversations/{SUBJECT}/report_temperature.py": holds(REPORTED),
    "conversations/__init__.py": listed("report_temperature", module="report_temperature"),
    **WORDS,
    REPORT_TEST: holds(TESTED.replace("SUBJECT", SUBJECT)),
    REPORT_TRANSCRIPT: transcript(REPORT_TEST),
}
VIEW_WORDS = {"<subject>": SUBJECT, "<noun>": "warmth"}
VIEW: dict[str, Writes] = {
    f"conversations/{SUBJECT}/warmth.py": holds(SHOWN),
    "conversations/__init__.py": listed("warmth", module="warmth"),
    **WORDS,
    f"{TESTS}/test_warmth.py": holds(LOOKED_AT.replace("SUBJECT", SUBJECT)),
    VIEW_TRANSCRIPT: transcript(f"{TESTS}/test_warmth.py"),
}
REMINDER_WORDS = {"<subject>": SUBJECT, "<what_is_late>": "cold_classrooms"}
REMINDER: dict[str, Writes] = {
    f"conversations/{SUBJECT}/cold_classrooms.py": holds(REMINDS),
    "conversations/__init__.py": listed(
        "cold_classrooms", module="cold_classrooms", among="REMINDERS: tuple[Rule, ...] = ("
    ),
    **WORDS,
    f"{TESTS}/test_cold_classrooms.py": holds(REMINDED),
}
