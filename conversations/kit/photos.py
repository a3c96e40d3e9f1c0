"""A question answered by photos, in as many messages and albums as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conversations.kit import words
from conversations.kit.events import Event, Pressed, Said, SentPhoto
from conversations.kit.screens import Button, Page, Style
from conversations.kit.steps import (
    Answered,
    Collected,
    FormState,
    Heard,
    Step,
    not_for_this_question,
)
from locales import Text, _, n_, p_
from storage.refusals import Misunderstood

DONE = "d"
LATER = "l"
TAKE_BACK = "u"
"""Before how many photos there were on the card, so that a second tap takes back no second one."""
MOST = 30
"""Photos of one report: three full albums."""
LARGEST = 20 * 1024 * 1024
"""Bytes of one photo: as much as Telegram gives out."""


def refuse_what_is_too_large(event: SentPhoto) -> None:
    """Raises Misunderstood at once for a photo that could never be fetched, instead of promising it."""
    if event.size > LARGEST:
        raise Misunderstood(
            _(
                "This picture has {size} MB, and at most 20 MB can be fetched. "
                "Please send it as a photo, not as a file: then it becomes smaller."
            ).format(size=-(-event.size // (1024 * 1024)))
        )


@dataclass(frozen=True)
class Photos(Step):
    """Photos one by one or in albums, until the person says that is all; they may also follow later."""

    async def offer(self, page: Page, state: FormState) -> None:
        count = len(state.before.get(self.name, []))
        if not count:
            page.add(_("Up to 10 at a time, and several times."), Style.SMALL)
            page.offer(Button.with_number(1, p_("button", "No photo yet, send later"), LATER))
            return
        if count < MOST:
            page.add(n_("{count} photo has arrived.", "{count} photos have arrived.", count))
            page.add(_("More can be sent. When all are there, please press Done."))
        else:
            page.add(
                _("{most} photos have arrived, the most of one report. Please press Done.").format(
                    most=MOST
                )
            )
        page.offer(Button.with_number(1, p_("button", "✅ Done"), DONE))
        last = p_("button", "Take the last photo back")
        page.offer(Button(last, f"{TAKE_BACK}{count}", typed=words.TAKE_BACK))

    async def offer_what_was_said(self, page: Page, state: FormState) -> None:
        """Photos that are there stay there: "Done" keeps them."""

    async def understand(self, event: Event, state: FormState) -> Heard:
        kept = list(state.before.get(self.name, []))
        if isinstance(event, SentPhoto):
            return await self._one_more(event, kept, state)
        if isinstance(event, Pressed):
            return self._pressed(event, kept)
        if isinstance(event, Said):
            return self._said(event.text, kept)
        raise not_for_this_question(event)

    async def _one_more(self, event: SentPhoto, kept: list[str], state: FormState) -> Heard:
        if len(kept) >= MOST:
            raise Misunderstood(_("The last photo was not kept: there is no room for it."))
        refuse_what_is_too_large(event)
        photo = await state.context.keep_photo(event)
        return Collected(kept if photo in kept else [*kept, photo])

    def _pressed(self, event: Pressed, kept: list[str]) -> Heard:
        if event.action == DONE and kept:
            return Answered(kept)
        if event.action == LATER:
            return Answered(kept)
        if event.action.startswith(TAKE_BACK):
            meant = event.action == f"{TAKE_BACK}{len(kept)}"
            return Collected(kept[:-1] if meant else kept)
        raise not_for_this_question(event)

    def _said(self, said: str, kept: list[str]) -> Heard:
        one = words.plainly(said) == "1"
        takes_back = words.means(said, words.TAKE_BACK)
        if kept and (one or words.means(said, words.DONE)):
            return Answered(kept)
        if kept and takes_back:
            return Collected(kept[:-1])
        if not kept and (one or words.means(said, words.LATER) or words.means(said, words.NOTHING)):
            return Answered([])
        if not kept and (takes_back or words.means(said, words.DONE)):
            raise Misunderstood(
                _("No photo has arrived yet. Please send one, or press “No photo yet, send later”.")
            )
        raise Misunderstood(
            _("Here photos are needed. Please send them, and then press Done or type: done.")
        )

    async def show(self, value: Any, state: FormState) -> Text | str:
        if not value:
            return _("to be sent later")
        return n_("{count} photo", "{count} photos", len(value))
