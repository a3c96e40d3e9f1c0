"""Whoever sent a photo that cannot be kept is told once, with the reason and what to do."""

from __future__ import annotations

from datetime import datetime

from bot.photos.decoded import Fault
from bot.photos.senders import tell_where_it_was_sent, was_taken_back
from conversations.kit.links import with_way_home
from conversations.kit.reports import send_photos_for
from conversations.kit.screens import Page
from locales import Text, _
from storage.database import Session
from storage.help.photos import Photo
from storage.help.receipts import display
from storage.help.reports import Report
from storage.people.people import Person

NOT_GIVEN = _("The photo is not given out any more.")
NOT_HAD = _("The photo could not be fetched within a day.")
TOO_LARGE = _(
    "It is larger than 20 MB, the most that can be fetched. Sent as a photo and not as a file, it becomes smaller."
)
REASONS = {
    Fault.EMPTY: _("The file is empty (0 bytes)."),
    Fault.NO_PICTURE: _("The file is no picture, although its name says so."),
    Fault.BROKEN: _("The picture in the file is damaged and cannot be opened."),
    Fault.TOO_MANY_PIXELS: _(
        "It has more than 60 million pixels. Sent as a photo and not as a file, it becomes smaller."
    ),
    Fault.BOMB: _(
        "The small file would unpack to far more than a photo holds, so it was not opened."
    ),
    Fault.MOVING: _("It is a moving picture, and only still photos can be kept."),
    Fault.TOO_MUCH_MEMORY: _(
        "Opening it needs more memory than a photo may have. Sent as a photo and not as a file, it becomes smaller."
    ),
    Fault.TOO_SLOW: _(
        "Opening it takes longer than a photo may take. Sent as a photo and not as a file, it becomes simpler."
    ),
    Fault.ENDS_THE_PROGRAM: _("It was tried three times, and each time opening it broke off."),
}


async def tell_sender(session: Session, photo: Photo, why: Text, now: datetime) -> None:
    """Leaves words in the outbox, unless the photo was taken back; the answers already given stay as they are."""
    sender = await session.get(Person, photo.person_id)
    # It may have joined a report while it was being fetched.
    kept = await session.get(Photo, photo.id)
    report = kept.report_id if kept else None
    if sender is None or (report is None and await was_taken_back(session, photo)):
        return
    screen = with_way_home((await _page(session, photo, report, why)).screen())
    await tell_where_it_was_sent(session, photo, sender, screen, now)


async def _page(session: Session, photo: Photo, joined: str | None, why: Text) -> Page:
    report = await session.get(Report, joined) if joined else None
    page = Page()
    if report is None:
        page.add(_("⚠️ The photo sent at {moment} could not be kept.").format(moment=photo.sent_at))
        return page.add(why).add(_("Please send another photo, in a new message."))
    page.add(
        _("⚠️ The photo for the report {code}, sent at {moment}, could not be kept.").format(
            code=display(report.code), moment=photo.sent_at
        )
    )
    page.add(why)
    if report.submitted_by != photo.person_id:
        # It joined the report of a colleague who was faster, and only the colleague can add to that.
        return page
    page.add(_("The report itself is kept. Please send another photo for it."))
    return page.offer(send_photos_for(report))
