"""A teacher or officer without an invitation asks their commune to let them in."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import (
    PEOPLE,
    Button,
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
    Review,
    Screen,
    Style,
    Words,
)
from conversations.kit.links import STAYS, opens
from conversations.kit.places import communes_with_sites, sites_there
from conversations.people.asking import address_step, known_name, take_name_and_address
from locales import Text, _, p_
from storage.people import join_requests, people
from storage.people.people import Role
from storage.programme import sites


async def somewhere_to_join(context: Context, _payload: str) -> Draft:
    """Raises Refused while no list of sites is there."""
    if not await communes_with_sites(context):
        raise Refused(_("No site is known here yet. Please try again later, or ask the commune."))
    return Draft()


async def communes(state: FormState) -> Sequence[Option]:
    return [Option(one.code, one.name) for one in await communes_with_sites(state.context)]


async def still_waiting(context: Context) -> Sequence[Text]:
    """Whoever asked knows on coming home that nobody has decided yet."""
    waiting = await join_requests.waiting_of(context.session, context.person.id)
    told = _("The request to report for {site} waits for the commune to look at it.")
    return [told.format(site=site.name) for site in waiting]


async def ask(state: FormState) -> Screen:
    context = state.context
    take_name_and_address(state)
    site = await sites.get(context.session, state.answers["site"])
    home = await sites.home_of(context.session, state.answers["site"], context.today)
    if site is None or home is None:
        raise Refused(_("That site is not in the list any more. Please choose again."))
    request = await join_requests.ask(
        context.session,
        person_id=context.person.id,
        name=context.person.name,
        site_code=site.code,
        now=context.now,
    )
    officers = await people.holders_at(
        context.session, Role.LOCAL, home.unit_code, home.unit_from, context.now
    )
    card = Page().add(_("Somebody asks to join"), Style.TITLE)
    card.add(
        _("{name} asks to report for {site}.").format(
            name=context.person.called_first, site=site.name
        )
    )
    card.add(_("Please agree only if this person is known to work there."))
    decide = STAYS + opens("decide_join", request.id)
    card.offer(Button(_("Decide"), decide, typed=p_("words", "decide, look and decide")))
    await context.tell([one.id for one in officers], card.screen(), card=f"join:{request.id}")
    page = Page().add(_("✅ The request was sent to the commune."), Style.TITLE)
    if officers:
        page.add(_("As soon as an officer decides, {you} will be told here."))
    else:
        page.add(
            _(
                "The commune has no officer in the system yet. Please ask the commune for an invitation."
            )
        )
    return page.screen()


ask_to_join = Conversation(
    "ask_to_join",
    _("Ask to join as staff"),
    roles=(Role.DONOR,),
    newcomers=True,
    menu=Menu(p_("menu", "I work at a school or for a commune"), group=PEOPLE, news=still_waiting),
    entry=Entry(somewhere_to_join),
    steps=(
        Choice("commune", _("Commune"), _("In which commune is the site?"), options=communes),
        Choice("site", _("Site"), _("Which site is it?"), options=sites_there),
        address_step(),
        Words(
            "name",
            _("Name"),
            _("What is the full name, as the commune knows it?"),
            likely=known_name,
            longest=80,
        ),
        Review(),
    ),
    finish=ask,
)
