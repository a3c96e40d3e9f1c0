"""A second kind of report, as anybody may add one: how warm a classroom is on a day."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Column, ForeignKey, select
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col

from conversations import kit
from conversations.kit import reports as reporting
from conversations.kit.children import children_step, there_are_photos
from conversations.kit.places import sites_reported_for
from locales import Text, _
from storage.access import Session
from storage.help import reports
from storage.help.reports import Reported, ReportVersion
from storage.help.submissions import NewVersion
from storage.people.people import Role

VERSION = ForeignKey(ReportVersion.__table__.c.id)


class OfTests(SQLModel, registry=registry()):
    """A table that no store of the product has."""


class Warmth(OfTests, table=True):
    version_id: str = Field(sa_column=Column(VERSION, primary_key=True))
    degrees: int


class Measured(NamedTuple):
    degrees: int
    least_photos: int = 1


async def measured(session: Session, ids: list[str]) -> dict[str, Measured]:
    found = await session.execute(select(Warmth).where(col(Warmth.version_id).in_(ids)))
    return {one.version_id: Measured(one.degrees) for one in found.scalars()}


KIND = reports.declare("warmth", measured)
TITLE = _("Warmth of the classroom")


def degrees(reported: Reported) -> Text:
    return _("{count} degrees").format(count=reported.figures.degrees)


def lines(reported: Reported) -> list[Text]:
    return [_("{site}: {what}").format(site=reported.site.name, what=degrees(reported))]


async def record(state: kit.FormState) -> kit.Screen:
    site, what = (await sites_reported_for(state.context))[0], {"degrees": state.answers["degrees"]}
    day, figures = state.context.today, lambda version_id: Warmth(version_id=version_id, **what)
    made = await reporting.submit(state, NewVersion(KIND, site, figures, what, day=day))
    return await reporting.sent(state.context, made)


report_warmth = kit.Conversation(
    "report_warmth",
    TITLE,
    roles=(Role.SITE,),
    menu=kit.Menu(TITLE, command="doam", group=kit.REPORTS),
    report=kit.ReportKind(
        KIND, "report_warmth", degrees, lines, lines, lambda one: {"degrees": one.figures.degrees}
    ),
    steps=(
        kit.Number("degrees", _("Degrees"), _("How many degrees?")),
        kit.Photos("photos", _("Photos"), _("Photos, please.")),
        children_step(when=there_are_photos),
        kit.Note("note", _("Note"), _("Anything else?")),
        kit.Review(),
    ),
    finish=record,
)
