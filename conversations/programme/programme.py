"""What the programme is, for everybody, from public records alone."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import Context, Menu, Page, Screen, Style, View
from locales import Text, _, either, p_
from storage.people.people import Role
from storage.programme import plans


async def show(context: Context, _payload: str) -> Screen:
    page = Page().add(_("Help for children in especially disadvantaged communes"), Style.TITLE)
    running = await plans.running_on(context.session, context.today)
    for one in running:
        page.add(one.title)
        if one.sample:
            page.add(_("This plan is sample data, for practice."), Style.SMALL)
    page.add(_("Help is given in these ways:"))
    for line in await plans.lines(context.session):
        page.add(_("• {line}").format(line=either(vi=line.name, en=line.name_en)))
    page.add(_("Only what a school confirmed and the commune verified counts as delivered."))
    return page.screen()


async def what_this_is(context: Context) -> Sequence[Text]:
    """Strangers learn where they are; nothing is promised to donors that is not there."""
    if not context.roles:
        return (
            _(
                "Ấm Bản records what help reaches children in especially disadvantaged communes: "
                "what arrived, where and when."
            ),
        )
    if Role.DONOR not in context.roles:
        return ()
    return (
        _(
            "Offers of help cannot be taken here yet. {You} can read what the programme does, "
            "and when goods count as delivered."
        ),
    )


programme = View(
    "programme",
    _("About the programme"),
    menu=Menu(p_("menu", "About the programme"), command="chuongtrinh", news=what_this_is),
    show=show,
)
