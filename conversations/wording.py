"""How amounts, goods and places are put into words, the same in every conversation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from conversations.home import way_home
from conversations.kit.choice import Option
from conversations.kit.screens import Page, Screen, Style
from locales import Text, _, either, n_, p_
from storage import sites, units
from storage.confirmations import Sent
from storage.database import Session
from storage.deliveries import Expected
from storage.people import Membership, Role
from storage.plans import Item
from storage.receipts import display


def goods_of(item: Item) -> Text:
    """What is counted, as in “chiếc chăn bông” or “quilts”."""
    return either(vi=f"{item.unit} {item.name}", en=item.name_en)


def counted(count: int, item: Item) -> Text:
    """An amount, as in “60 chiếc chăn bông”."""
    return _("{count} {goods}").format(count=count, goods=goods_of(item))


def delivery_line(found: Expected) -> Text:
    """A delivery in one line: how many, to where, when."""
    return _("{what} → {site}, {day}").format(
        what=counted(found.sent, found.item),
        site=found.site.name,
        day=_day_of(found),
    )


def delivery_options(found: Sequence[Expected]) -> list[Option]:
    """Deliveries to choose from: the day tells the same goods apart, and who gives them the same day."""
    goods = Counter((one.sent, one.item.code) for one in found)
    lines = Counter(delivery_line(one) for one in found)
    options = []
    for one in found:
        label, line = counted(one.sent, one.item), delivery_line(one)
        if goods[one.sent, one.item.code] > 1:
            label = _("{what}, {day}").format(what=label, day=_day_of(one))
        if lines[line] > 1:
            line = _("{what}, from {source}").format(what=line, source=one.delivery.source)
        options.append(Option(one.delivery.id, label, detail=line))
    return options


def _day_of(found: Expected) -> date:
    return found.handed_on or found.delivery.day


def planned(what: Text, site: str, day: date, source: str) -> Text:
    return _("{what} for {site} on {day}, from {source}.").format(
        what=what, site=site, day=day, source=source
    )


SHOWN = 10
"""Deliveries told of one by one; more of them would be more than a screen."""


def news_of_planned(lines: Sequence[Text]) -> Screen:
    """What a site hears of deliveries that were planned for it."""
    title = _("A delivery is planned")
    if len(lines) > 1:
        title = n_("{count} delivery is planned", "{count} deliveries are planned", len(lines))
    page = Page().add(title, Style.TITLE)
    for line in lines[:SHOWN]:
        page.add(line)
    if len(lines) > SHOWN:
        page.add(_("And {count} more.").format(count=len(lines) - SHOWN))
    page.add(_("When it arrives, please confirm it here."))
    page.offer(way_home())
    return page.screen()


def what_was_reported(sent: Sent) -> Text:
    """A report in a few words, with its receipt code."""
    return _("{what} ({code})").format(
        what=counted(sent.confirmation.received, sent.item),
        code=display(sent.confirmation.code),
    )


def photos_of(sent: Sent, not_fetched: Text) -> list[Text]:
    """The photos of a report: those that are here, on their way, lost (in the reader's own words), and still wanted."""
    counts = sent.photos
    lines = []
    if counts.stored:
        lines.append(n_("{count} photo", "{count} photos", counts.stored))
    if counts.promised:
        lines.append(
            n_(
                "{count} photo is still being fetched.",
                "{count} photos are still being fetched.",
                counts.promised,
            )
        )
    if counts.missing:
        lines.append(not_fetched)
    if sent.wants_photos:
        lines.append(_("⚠️ Photos are still missing."))
    return lines


def reason_of(sent: Sent) -> Text | str:
    """Why something is missing or damaged, as it is read."""
    known = (one.label for one in WHY_MISSING if one.key == sent.confirmation.reason)
    return next(known, sent.confirmation.reason)


WHY_MISSING = (
    Option("short", p_("reason", "Less was sent than planned")),
    Option("road", p_("reason", "The road or the weather kept it")),
    Option("damaged", p_("reason", "Damaged on the way")),
    Option("elsewhere", p_("reason", "Part of it is still at another site")),
    Option("no_notice", p_("reason", "Nobody has told us of it")),
)
"""What is usually the reason when something is missing or damaged."""


async def role_at(session: Session, membership: Membership, day: date) -> Text:
    """What somebody is, and where, as in “giáo viên, Điểm trường …”."""
    role = ROLES[Role(membership.role)]
    if membership.site_code:
        site = await sites.get(session, membership.site_code)
        return _("{role}, {place}").format(role=role, place=site.name if site else "")
    if membership.unit_code:
        unit = await units.valid_on(session, membership.unit_code, day)
        return _("{role}, {place}").format(role=role, place=unit.name if unit else "")
    return role


ROLES = {
    Role.PPC: p_("role", "provincial People's Committee"),
    Role.COORD: p_("role", "officer of the lead department"),
    Role.FUND: p_("role", "Children's Fund"),
    Role.HEALTH: p_("role", "health sector"),
    Role.CULT: p_("role", "culture sector"),
    Role.EDU: p_("role", "education sector"),
    Role.ETH: p_("role", "ethnic affairs sector"),
    Role.FRONT: p_("role", "Fatherland Front"),
    Role.DEPT: p_("role", "provincial department"),
    Role.LOCAL: p_("role", "commune officer"),
    Role.SITE: p_("role", "school staff"),
    Role.DONOR: p_("role", "donor"),
    Role.FIN: p_("role", "finance authority"),
    Role.PARTY: p_("role", "party committee"),
    Role.ADMIN: p_("role", "operator of the system"),
}
