"""A commune officer lets somebody who asked join a site, or says why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.kit import (
    PEOPLE,
    About,
    Choice,
    Context,
    Conversation,
    Draft,
    Entry,
    FormState,
    Menu,
    Option,
    Page,
    Refused,
    Screen,
    Style,
    Words,
)
from conversations.kit.links import way_home
from locales import Text, _, p_
from storage.messages import drafts
from storage.people import join_requests
from storage.people.join_requests import DECIDED, Asking
from storage.people.people import Role

DECISIONS = (
    Option("yes", p_("decision", "Let them join"), p_("words", "yes, agree, let them join")),
    Option("no", p_("decision", "Decline"), p_("words", "no, decline")),
)


async def waiting_requests(context: Context) -> list[Asking]:
    return await join_requests.waiting_within(context.session, context.memberships, context.today)


async def from_card(context: Context, payload: str) -> Draft:
    waiting = await waiting_requests(context)
    if payload and not any(one.request.id == payload for one in waiting):
        raise Refused(await who_decided(context, payload) or DECIDED)
    if not waiting:
        raise Refused(_("Nobody is asking to join at the moment."))
    return Draft.knowing(request=payload) if payload else Draft()


async def who_decided(context: Context, request_id: str) -> Text | None:
    return await join_requests.who_decided(
        context.session, request_id, context.memberships, context.today
    )


class WaitingRequest(Choice):
    """When a colleague was faster, the officer hears who, before the others that wait."""

    async def offer(self, page: Page, state: FormState) -> None:
        if self.name in state.before:
            decided = await who_decided(state.context, state.before[self.name])
            if decided is not None:
                page.add(decided)
        await super().offer(page, state)


async def requests(state: FormState) -> Sequence[Option]:
    waiting = await waiting_requests(state.context)
    return [
        Option(
            one.request.id,
            one.person.called_first,
            detail=_("{name}, {site}").format(name=one.person.called_first, site=one.site.name),
        )
        for one in waiting
    ]


async def how_many(context: Context) -> int:
    return len(await waiting_requests(context))


@dataclass(frozen=True, slots=True)
class AboutARequest:
    """The request that was chosen, while it waits."""

    asking: Asking | None = None


async def look_up(state: FormState) -> AboutARequest:
    waiting = {one.request.id: one for one in await waiting_requests(state.context)}
    return AboutARequest(waiting.get(state.answers.get("request", "")))


def asked(state: FormState) -> Asking | None:
    return state.known(AboutARequest).asking


def who_and_where(state: FormState) -> Text | None:
    one = asked(state)
    return one and _("{name}, {site}").format(name=one.person.called_first, site=one.site.name)


def who(state: FormState) -> Text | None:
    one = asked(state)
    return one and one.person.called


def may_they_report(state: FormState) -> Text:
    one = asked(state)
    if one is None:
        return _("May this person report for the site?")
    return _("May {name} report for {site}?").format(name=one.person.called, site=one.site.name)


def it_is_declined(state: FormState) -> bool:
    return state.answers.get("decision") == "no"


async def decide(state: FormState) -> Screen:
    context = state.context
    waiting = {one.request.id: one for one in await waiting_requests(context)}
    if state.answers["request"] not in waiting:
        raise Refused(await who_decided(context, state.answers["request"]) or DECIDED)
    request, site, person = waiting[state.answers["request"]]
    agreed = not it_is_declined(state)
    await join_requests.decide(
        context.session,
        request.id,
        agreed=agreed,
        reason=state.answers.get("reason", ""),
        by=context.person.id,
        now=context.now,
    )
    context.others_changed = True
    told = Page()
    if agreed:
        context.new_menus_for.append(request.person_id)
        # Whoever grew impatient may have begun to ask once more.
        await drafts.drop(context.session, request.person_id, "ask_to_join", context.now)
        told.add(
            _("✅ The commune agreed: {you} may now report for {site}.").format(site=site.name)
        )
    else:
        told.add(_("The commune did not agree to the request for {site}.").format(site=site.name))
        told.add(_("Reason: {reason}").format(reason=state.answers["reason"]))
    told.offer(way_home())
    await context.tell([request.person_id], told.screen())
    done = _("✅ {name} has joined {site}.") if agreed else _("{name} was told why not.")
    return Page().add(done.format(name=person.called, site=site.name), Style.TITLE).screen()


decide_join = Conversation(
    "decide_join",
    _("Requests to join"),
    roles=(Role.LOCAL,),
    menu=Menu(p_("menu", "Requests to join"), group=PEOPLE, waiting=how_many),
    entry=Entry(from_card),
    about=About(look_up, headline=who_and_where, in_short=who),
    steps=(
        WaitingRequest("request", _("Request"), _("Whose request is it?"), options=requests),
        Choice(
            "decision",
            _("Decision"),
            may_they_report,
            options=DECISIONS,
        ),
        Words("reason", _("Reason"), _("What is the reason?"), longest=500, when=it_is_declined),
    ),
    finish=decide,
)
