"""How amounts, goods and places are put into words, the same in every conversation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from conversations.kit.choice import Option
from conversations.kit.links import way_home
from conversations.kit.screens import Page, Screen, Style
from conversations.kit.wording import counted
from locales import Text, _, n_, p_
from storage.help.deliveries import Expected
from storage.programme.sites import Site


def delivery_line(found: Expected) -> Text:
    """A delivery in one line: how many, to where, when."""
    return line_of(counted(found.sent, found.item), found.site, _day_of(found))


def line_of(what: Text, site: Site, day: date) -> Text:
    return _("{what} → {site}, {day}").format(what=what, site=site.name, day=day)


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


WHY_MISSING = (
    Option("short", p_("reason", "Less was sent than planned")),
    Option("road", p_("reason", "The road or the weather kept it")),
    Option("damaged", p_("reason", "Damaged on the way")),
    Option("elsewhere", p_("reason", "Part of it is still at another site")),
    Option("no_notice", p_("reason", "Nobody has told us of it")),
)
"""What is usually the reason when something is missing or damaged."""
