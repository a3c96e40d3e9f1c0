"""What somebody holds in their hands when a delivery is confirmed."""

from __future__ import annotations

from conversations.expected import expected
from conversations.kit import Moment, Page, Screen, Style
from conversations.own_reports import send_photos_for
from conversations.what_arrived import received, something_arrived
from conversations.wording import counted, delivery_line
from locales import _
from storage.confirmations import Confirmation
from storage.receipts import display


def receipt(moment: Moment, made: Confirmation) -> Screen:
    found = expected(moment)
    page = Page().add(_("✅ Recorded. Thank you, {you}."), Style.TITLE)
    if found is not None:
        page.add(delivery_line(found))
        if received(moment):
            page.add(_("Received: {counted}").format(counted=counted(received(moment), found.item)))
        else:
            page.add(_("Nothing has come; when it does, please confirm it here."))
        if moment.answers.get("damaged"):
            page.add(_("Damaged: {count}").format(count=int(moment.answers["damaged"])))
    page.add(_("Receipt code:"))
    page.add(display(made.code), Style.CODE)
    if something_arrived(moment) and not moment.answers.get("photos"):
        page.add(_("⚠️ Photos are still missing."))
        page.offer(send_photos_for(made))
    page.add(_("The commune's officer will check it. {You} can see it under “My reports”."))
    return page.screen()
