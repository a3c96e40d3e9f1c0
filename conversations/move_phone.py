"""A phone is lost: the commune's officer, or the operator, puts it out and lets the person come in by another."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.home import link_in
from conversations.kit import (
    Choice,
    Conversation,
    Desk,
    Moment,
    Option,
    Page,
    Reason,
    Refused,
    Review,
    Screen,
    Style,
)
from conversations.wording import role_at
from locales import Text, _, p_
from storage import care, drafts, phones
from storage.people import Person, Role

REASONS = (
    Option("lost", p_("reason", "The phone is lost or broken")),
    Option("number", p_("reason", "A new telephone number or account")),
    Option("misuse", p_("reason", "Somebody else writes from the account")),
)


async def in_my_care(desk: Desk) -> dict[str, tuple[Person, Text]]:
    """Those whose phone this officer may put out, with what they are; never themselves."""
    found: dict[str, tuple[Person, Text]] = {}
    for person, membership in await care.looked_after(desk.session, desk.memberships, desk.now):
        if person.id != desk.person.id and person.id not in found:
            found[person.id] = person, await role_at(desk.session, membership, desk.today)
    return found


async def persons(moment: Moment) -> Sequence[Option]:
    return [
        Option(
            key,
            person.called_first,
            detail=_("{name}, {role}").format(name=person.called_first, role=what),
        )
        for key, (person, what) in (await in_my_care(moment.desk)).items()
    ]


async def move(moment: Moment) -> Screen:
    desk = moment.desk
    known = (await in_my_care(desk)).get(moment.answers["person"])
    if known is None:
        raise Refused(_("This person is not in the care of {you} any more."))
    person = known[0]
    # On the new phone there is no card that could go on with it, so it is offered there. This comes first, since it
    # waits for a turn of theirs that is under way and will itself look at the phone before it ends.
    await drafts.park_live_of(desk.session, person.id, desk.now)
    ended = await phones.put_out(
        desk.session, person.id, by=desk.person.id, reason=moment.answers["reason"], now=desk.now
    )
    for address in ended:
        if address.channel == desk.kind_of_channel:
            desk.clear_menu(address.address)
    desk.others_changed = True
    payload = await phones.link(desk.session, person.id, by=desk.person.id, now=desk.now)
    page = Page().add(
        _("✅ The old phone of {name} is put out.").format(name=person.called), Style.TITLE
    )
    page.add(_("It sees and does nothing here any more. What was begun on it is kept."))
    page.add(
        _(
            "Please hand this link to {name} alone; it works once, on the new phone, for three days:"
        ).format(name=person.called)
    )
    page.add(link_in(desk, payload), Style.SECRET)
    return page.screen()


move_phone = Conversation(
    "move_phone",
    _("Replace a lost phone"),
    roles=(Role.LOCAL, Role.ADMIN),
    menu=p_("menu", "Replace a lost phone"),
    command="doimay",
    steps=(
        Choice("person", _("Person"), _("Whose phone is it?"), options=persons),
        Reason("reason", _("Reason"), _("Why does the phone change?"), usual=REASONS),
        Review(),
    ),
    finish=move,
)
