"""A question answered by photos, in as many messages and albums as it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conversations.kit import words
from conversations.kit.context import Context
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

    enough: int | Callable[[FormState], int | None] | None = field(default=None, kw_only=True)
    """So many are all that is needed: then it goes on by itself. None, or 0, waits for the person to say so."""

    def are_enough(self, kept: list[str], state: FormState) -> bool:
        needed = self._needed(state)
        return needed is not None and len(kept) >= min(needed, MOST)

    def _needed(self, state: FormState) -> int | None:
        return (self.enough(state) if callable(self.enough) else self.enough) or None

    async def offer(self, page: Page, state: FormState) -> None:
        count, needed = len(state.before.get(self.name, [])), self._needed(state)
        waits_for_more = needed is not None and count < needed
        if waits_for_more:
            page.add(
                n_(
                    "{count} photo is enough; then it goes on by itself.",
                    "{count} photos are enough; then it goes on by itself.",
                    needed or 0,
                ),
                Style.SMALL,
            )
        if not count:
            if not waits_for_more:
                page.add(_("Up to 10 at a time, and several times."), Style.SMALL)
            page.offer(Button.with_number(1, p_("button", "No photo yet, send later"), LATER))
            return
        _tell_how_many(page, count, waits_for_more=waits_for_more)
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
        with_it = await self.with_one_more(event, kept, state.context)
        return Answered(with_it) if self.are_enough(with_it, state) else Collected(with_it)

    async def with_one_more(self, event: SentPhoto, kept: list[str], context: Context) -> list[str]:
        """The photos with one that came, at its question or not; raises Misunderstood for one that cannot be kept."""
        if len(kept) >= MOST:
            raise Misunderstood(_("The last photo was not kept: there is no room for it."))
        refuse_what_is_too_large(event)
        photo = await context.keep_photo(event)
        return kept if photo in kept else [*kept, photo]

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


def _tell_how_many(page: Page, count: int, *, waits_for_more: bool) -> None:
    if count >= MOST:
        page.add(
            _("{most} photos have arrived, the most of one report. Please press Done.").format(
                most=MOST
            )
        )
        return
    page.add(n_("{count} photo has arrived.", "{count} photos have arrived.", count))
    if waits_for_more:
        page.add(_("If there are no more, please press Done."))
    else:
        page.add(_("More can be sent. When all are there, please press Done."))
