"""Somebody comes through an invitation, says how to be addressed, and has a role from then on."""

from __future__ import annotations

from conversations.kit import (
    Choice,
    Context,
    Conversation,
    Draft,
    Entry,
    FormState,
    Option,
    Page,
    Screen,
    Style,
)
from conversations.people.asking import address_step, name_step, take_name_and_address
from conversations.people.roles import role_at
from locales import Text, _, p_
from storage.messages import drafts
from storage.people import invitations, phones


async def from_link(context: Context, payload: str) -> Draft:
    """Raises Refused, kindly, for a link that is used, expired or not ours."""
    invitation = await invitations.find(
        context.session, payload, person_id=context.person.id, now=context.now
    )
    return Draft.knowing(invitation=payload, role=invitation.role)


ITS_OWNER = (
    Option("same", _("{You} and nobody else"), p_("words", "me, the same")),
    Option("other", _("Somebody else now"), p_("words", "somebody else, another person")),
)


def account_has_a_task(state: FormState) -> bool:
    return bool(state.context.roles)


def somebody_new(state: FormState) -> bool:
    return state.answers.get("who") != "same"


def whose_account(state: FormState) -> Text:
    return _("This account is known as {name}. Who is writing?").format(
        name=state.context.person.name
    )


async def accept(state: FormState) -> Screen:
    context, invited = state.context, state.context.person.id
    payload = state.answers["invitation"]
    if state.answers.get("who") == "other":
        # Where the invitation brings nobody in, the account stays whose it was.
        await invitations.find(
            context.session, payload, person_id=invited, now=context.now, hold=True
        )
        await leave_to_its_new_owner(context)
    membership = await invitations.accept(
        context.session, payload, person_id=context.person.id, now=context.now
    )
    take_name_and_address(state)
    context.roles_changed = True
    # The link may have been pressed more than once.
    await drafts.drop(context.session, invited, join.name, context.now, but=context.draft_id)
    where = await role_at(context.session, membership, context.today)
    page = Page().add(_("✅ Welcome, {you} {name}.").format(name=context.person.name), Style.TITLE)
    page.add(_("From now on {you} take part as: {role}.").format(role=where))
    return page.screen()


async def leave_to_its_new_owner(context: Context) -> None:
    """The former owner keeps role and records, and can be brought in by another phone."""
    context.person = await phones.given_to_another(
        context.session,
        context.person,
        channel=context.kind_of_channel,
        address=context.address,
        now=context.now,
    )


join = Conversation(
    "join",
    _("Join by invitation"),
    entry=Entry(from_link),
    steps=(
        Choice("who", _("Account"), whose_account, options=ITS_OWNER, when=account_has_a_task),
        address_step(when=somebody_new),
        name_step(when=somebody_new),
    ),
    finish=accept,
)
