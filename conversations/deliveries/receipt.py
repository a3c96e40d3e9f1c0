"""What somebody holds in their hands when a delivery is confirmed."""

from __future__ import annotations

from conversations.deliveries.expected import expected
from conversations.deliveries.what_arrived import received, something_arrived
from conversations.deliveries.wording import delivery_line
from conversations.kit import FormState, Page, Screen, Style
from conversations.kit.wording import counted
from conversations.reports.own_reports import send_photos_for
from locales import _
from storage.help.confirmations import Confirmation
from storage.help.receipts import display


def receipt(state: FormState, made: Confirmation) -> Screen:
    found = expected(state)
    page = Page().add(_("✅ Recorded. Thank you, {you}."), Style.TITLE)
    if found is not None:
        page.add(delivery_line(found))
        if received(state):
            page.add(_("Received: {counted}").format(counted=counted(received(state), found.item)))
        else:
            page.add(_("Nothing has come; when it does, please confirm it here."))
        if state.answers.get("damaged"):
            page.add(_("Damaged: {count}").format(count=int(state.answers["damaged"])))
    page.add(_("Receipt code:"))
    page.add(display(made.code), Style.CODE)
    if something_arrived(state) and not state.answers.get("photos"):
        page.add(_("⚠️ Photos are still missing."))
        page.offer(send_photos_for(made))
    page.add(_("The commune's officer will check it. {You} can see it under “My reports”."))
    return page.screen()
