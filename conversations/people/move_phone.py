"""A phone is lost: the commune's officer, or the operator, puts it out and lets the person come in by another."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import (
    PEOPLE,
    Choice,
    Context,
    Conversation,
    FormState,
    Menu,
    Option,
    Page,
    Reason,
    Refused,
    Review,
    Screen,
    Style,
)
from conversations.kit.links import link_in
from conversations.people.roles import role_at
from locales import Text, _, p_
from storage.messages import drafts
from storage.people import areas, phones
from storage.people.people import Person, Role

REASONS = (
    Option("lost", p_("reason", "The phone is lost or broken")),
    Option("number", p_("reason", "A new telephone number or account")),
    Option("misuse", p_("reason", "Somebody else writes from the account")),
)


async def my_people(context: Context) -> dict[str, tuple[Person, Text]]:
    """Those whose phone this officer may put out, with what they are; never themselves."""
    found: dict[str, tuple[Person, Text]] = {}
    for person, membership in await areas.looked_after(
        context.session, context.memberships, context.now
    ):
        if person.id != context.person.id and person.id not in found:
            found[person.id] = person, await role_at(context.session, membership, context.today)
    return found


async def persons(state: FormState) -> Sequence[Option]:
    return [
        Option(
            key,
            person.called_first,
            detail=_("{name}, {role}").format(name=person.called_first, role=what),
        )
        for key, (person, what) in (await my_people(state.context)).items()
    ]


async def move(state: FormState) -> Screen:
    context = state.context
    known = (await my_people(context)).get(state.answers["person"])
    if known is None:
        raise Refused(_("This person is not in the care of {you} any more."))
    person = known[0]
    # On the new phone there is no card that could go on with it, so it is offered there. This comes first, since it
    # waits for a turn of theirs that is under way and will itself look at the phone before it ends.
    await drafts.park_live_of(context.session, person.id, context.now)
    ended = await phones.put_out(
        context.session,
        person.id,
        by=context.person.id,
        reason=state.answers["reason"],
        now=context.now,
    )
    for address in ended:
        if address.channel == context.kind_of_channel:
            context.clear_menu(address.address)
    context.others_changed = True
    payload = await phones.link(context.session, person.id, by=context.person.id, now=context.now)
    page = Page().add(
        _("✅ The old phone of {name} is put out.").format(name=person.called), Style.TITLE
    )
    page.add(_("It sees and does nothing here any more. What was begun on it is kept."))
    page.add(
        _(
            "Please hand this link to {name} alone; it works once, on the new phone, for three days:"
        ).format(name=person.called)
    )
    page.add(link_in(context, payload), Style.SECRET)
    return page.screen()


move_phone = Conversation(
    "move_phone",
    _("Replace a lost phone"),
    roles=(Role.LOCAL, Role.ADMIN),
    menu=Menu(p_("menu", "Replace a lost phone"), command="doimay", group=PEOPLE),
    steps=(
        Choice("person", _("Person"), _("Whose phone is it?"), options=persons),
        Reason("reason", _("Reason"), _("Why does the phone change?"), usual=REASONS),
        Review(),
    ),
    finish=move,
)
