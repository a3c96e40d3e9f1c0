"""A commune officer lets somebody who asked join a site, or says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.home import way_home
from conversations.kit import (
    Choice,
    Conversation,
    Desk,
    Moment,
    Option,
    Page,
    Refused,
    Screen,
    Style,
    Words,
)
from locales import Text, _, p_
from storage import drafts, join_requests
from storage.join_requests import DECIDED, Asking
from storage.people import Role

DECISIONS = (
    Option("yes", p_("decision", "Let them join"), p_("words", "yes, agree, let them join")),
    Option("no", p_("decision", "Decline"), p_("words", "no, decline")),
)


async def waiting_requests(desk: Desk) -> list[Asking]:
    return await join_requests.waiting_within(desk.session, desk.memberships, desk.today)


async def from_card(desk: Desk, payload: str) -> Mapping[str, Any]:
    waiting = await waiting_requests(desk)
    if payload and not any(one.request.id == payload for one in waiting):
        raise Refused(await who_decided(desk, payload) or DECIDED)
    if not waiting:
        raise Refused(_("Nobody is asking to join at the moment."))
    return {"request": payload} if payload else {}


async def who_decided(desk: Desk, request_id: str) -> Text | None:
    return await join_requests.who_decided(desk.session, request_id, desk.memberships, desk.today)


class WaitingRequest(Choice):
    """When a colleague was faster, the officer hears who, before the others that wait."""

    async def offer(self, page: Page, moment: Moment) -> None:
        if self.name in moment.before:
            decided = await who_decided(moment.desk, moment.before[self.name])
            if decided is not None:
                page.add(decided)
        await super().offer(page, moment)


async def requests(moment: Moment) -> Sequence[Option]:
    waiting = await waiting_requests(moment.desk)
    return [
        Option(
            one.request.id,
            one.person.called_first,
            detail=_("{name}, {site}").format(name=one.person.called_first, site=one.site.name),
        )
        for one in waiting
    ]


async def how_many(desk: Desk) -> int:
    return len(await waiting_requests(desk))


async def look_up(desk: Desk, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    waiting = {one.request.id: one for one in await waiting_requests(desk)}
    return {"asked": waiting.get(answers.get("request", ""))}


def asked(moment: Moment) -> Asking | None:
    found: Asking | None = moment.facts.get("asked")
    return found


def who_and_where(moment: Moment) -> Text | None:
    one = asked(moment)
    return one and _("{name}, {site}").format(name=one.person.called_first, site=one.site.name)


def who(moment: Moment) -> Text | None:
    one = asked(moment)
    return one and one.person.called


def may_they_report(moment: Moment) -> Text:
    one = asked(moment)
    if one is None:
        return _("May this person report for the site?")
    return _("May {name} report for {site}?").format(name=one.person.called, site=one.site.name)


def it_is_declined(moment: Moment) -> bool:
    return moment.answers.get("decision") == "no"


async def decide(moment: Moment) -> Screen:
    desk = moment.desk
    waiting = {one.request.id: one for one in await waiting_requests(desk)}
    if moment.answers["request"] not in waiting:
        raise Refused(await who_decided(desk, moment.answers["request"]) or DECIDED)
    request, site, person = waiting[moment.answers["request"]]
    agreed = not it_is_declined(moment)
    await join_requests.decide(
        desk.session,
        request.id,
        agreed=agreed,
        reason=moment.answers.get("reason", ""),
        by=desk.person.id,
        now=desk.now,
    )
    desk.others_changed = True
    told = Page()
    if agreed:
        desk.new_menus_for.append(request.person_id)
        # Whoever grew impatient may have begun to ask once more.
        await drafts.drop(desk.session, request.person_id, "ask_to_join", desk.now)
        told.add(
            _("✅ The commune agreed: {you} may now report for {site}.").format(site=site.name)
        )
    else:
        told.add(_("The commune did not agree to the request for {site}.").format(site=site.name))
        told.add(_("Reason: {reason}").format(reason=moment.answers["reason"]))
    told.offer(way_home())
    await desk.tell([request.person_id], told.screen())
    done = _("✅ {name} has joined {site}.") if agreed else _("{name} was told why not.")
    return Page().add(done.format(name=person.called, site=site.name), Style.TITLE).screen()


decide_join = Conversation(
    "decide_join",
    _("Requests to join"),
    roles=(Role.LOCAL,),
    menu=p_("menu", "Requests to join"),
    opening=from_card,
    waiting=how_many,
    facts=look_up,
    headline=who_and_where,
    in_short=who,
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
