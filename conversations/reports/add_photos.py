"""School staff add photos to a report that they sent before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.kit import (
    About,
    Choice,
    Claim,
    Context,
    Conversation,
    Draft,
    Entry,
    FormState,
    Hears,
    Meant,
    Option,
    Page,
    Photos,
    Refused,
    Screen,
    Strength,
    Style,
)
from conversations.kit.children import children_step, no_child_declared, there_are_photos
from conversations.kit.permissions import NOT_THEIRS, of_their_sites, sent_by_them, to_be_added_to
from conversations.kit.reports import what_of, with_code
from locales import Text, _, n_
from storage.help import late_photos
from storage.help.reports import Reported
from storage.people.people import Role

OF_ONES_OWN = 10
"""Reports to choose from, newest first."""


@dataclass(frozen=True, slots=True)
class AboutAReport:
    """The report that was chosen, as far as it is still theirs."""

    reported: Reported | None = None


async def of_ones_own(context: Context) -> Sequence[Reported]:
    """What this person sent of which something can be shown; first what still wants photos, then the newest."""
    return sorted(
        (one for one in await sent_by_them(context, OF_ONES_OWN) if one.figures.least_photos),
        key=lambda one: not one.wants_photos,
    )


async def from_card(context: Context, payload: str) -> Draft:
    """From a card, with the report chosen; else for the one report that wants photos."""
    if payload:
        return Draft.knowing(report=(await to_be_added_to(context, payload)).report.id)
    reported = await of_ones_own(context)
    if not reported:
        raise Refused(_("Nothing has been sent yet."))
    wanting = [one for one in reported if one.wants_photos]
    return Draft.knowing(report=wanting[0].report.id) if len(wanting) == 1 else Draft()


async def look_up(state: FormState) -> AboutAReport:
    chosen = state.answers.get("report")
    return AboutAReport(await of_their_sites(state.context, chosen) if chosen else None)


async def reports_to_choose(state: FormState) -> Sequence[Option]:
    """One's own, and the one that was chosen on a card, however old it is and whoever sent it."""
    found = list(await of_ones_own(state.context))
    chosen = state.known(AboutAReport).reported
    if chosen is not None and chosen.report.id not in {one.report.id for one in found}:
        found.append(chosen)
    return [Option(one.report.id, with_code(state.context, one)) for one in found]


def which_report(state: FormState) -> Text | None:
    reported = state.known(AboutAReport).reported
    return with_code(state.context, reported) if reported else None


def which_goods(state: FormState) -> Text | None:
    reported = state.known(AboutAReport).reported
    return what_of(state.context, reported) if reported else None


async def photos_of_a_report(context: Context) -> Sequence[Claim]:
    """A photo without a word may be of each report that wants photos; where none does, of any."""
    reported = await of_ones_own(context)
    wanting = [one for one in reported if one.wants_photos]
    if not wanting:
        return [Claim(Strength.POSSIBLE, (_meant(context, one),)) for one in reported]
    return [Claim(Strength.WANTED, (_meant(context, one),)) for one in wanting]


def _meant(context: Context, one: Reported) -> Meant:
    return Meant(
        Draft.knowing(report=one.report.id),
        _("Reported already: {what}").format(what=what_of(context, one)),
        _("Reported already: {what}").format(what=with_code(context, one)),
    )


async def add(state: FormState) -> Screen:
    context, answers = state.context, state.answers
    reported = state.known(AboutAReport).reported
    if reported is None:
        raise Refused(NOT_THEIRS)
    page = Page()
    if not answers["photos"]:
        return page.add(_("No photo was added."), Style.TITLE).screen()
    added = await late_photos.add(
        context.session,
        answers["photos"],
        reported.report.id,
        no_child_declared=no_child_declared(state),
        by=context.person.id,
        now=context.now,
    )
    count = len(added)
    if not count:
        return page.add(_("The report has these photos already."), Style.TITLE).screen()
    page.add(n_("✅ {count} photo was added.", "✅ {count} photos were added.", count), Style.TITLE)
    page.add(with_code(context, reported))
    return page.screen()


add_photos = Conversation(
    "add_photos",
    _("Add photos to a report"),
    roles=(Role.SITE,),
    entry=Entry(from_card),
    about=About(look_up, headline=which_report, in_short=which_goods),
    hears=Hears(photos=photos_of_a_report),
    steps=(
        Choice(
            "report", _("Report"), _("Which report are the photos for?"), options=reports_to_choose
        ),
        Photos("photos", _("Photos"), _("Please send photos of the goods.")),
        children_step(when=there_are_photos),
    ),
    finish=add,
)
