"""A message on its way: what goes where, and what happens to the card that was there before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from bot.channels import Channel, DeliveryFailure, FailureKind, Letter
from conversations.kit.screens import Screen
from locales import Reader, Text
from storage.database import Session
from storage.messages import cards, outbox
from storage.messages.outbox import ClaimedMessage, MessageKind, MessageState, Placement, Urgency
from storage.people import people

TOAST_LIFE = timedelta(seconds=150)
"""Telegram forgets a pressed button after that."""


@dataclass(slots=True)
class Dispatch:
    """A claimed message, and the card of its name that is in the chat already."""

    message: ClaimedMessage
    card: str
    """The id of that card; empty where there is none."""
    tries_channel: bool = False
    """It left alone, to see whether the channel takes messages again."""

    @property
    def target(self) -> str:
        """The message to change in place; empty to send a new one."""
        if self.message.kind != MessageKind.SCREEN or self.message.placement != Placement.IN_PLACE:
            return ""
        return self.message.message_id or self.card


def by_chat(dispatches: Sequence[Dispatch]) -> list[list[Dispatch]]:
    """What goes to one chat goes one after the other, as it was claimed; toasts go on their own."""

    def chat(dispatch: Dispatch) -> tuple[str, str, bool]:
        message = dispatch.message
        return message.channel, message.chat, message.kind == MessageKind.TOAST

    return [list(group) for _chat, group in groupby(sorted(dispatches, key=chat), key=chat)]


async def without_stale(
    session: Session, claimed: Sequence[ClaimedMessage], now: datetime
) -> list[ClaimedMessage]:
    """Drops cards that a newer one replaces, toasts that nobody waits for, and what goes to a phone put out since."""
    if not claimed:
        return []
    replaced = await outbox.replaced(session, claimed)
    reached = await people.reached_at(session, {_address(one) for one in claimed})
    kept = []
    for message in claimed:
        stale = message.kind == MessageKind.TOAST and now - message.created_at > TOAST_LIFE
        there = reached.get(_address(message))
        elsewhere = message.person_id is not None and there != message.person_id
        if stale or elsewhere or message.id in replaced:
            await outbox.settle(session, message, MessageState.DROPPED, now)
            if message.id in replaced and not message.silent:
                await outbox.call_with_the_newest(session, message)
        else:
            kept.append(message)
    return kept


def _address(message: ClaimedMessage) -> tuple[str, str]:
    """The kind of channel, and the chat: in private that is where a person is reached."""
    return people.kind_of(message.channel), message.chat


async def with_cards(session: Session, messages: Sequence[ClaimedMessage]) -> list[Dispatch]:
    """Ask for the cards of many chats at once; a chat with two messages takes another round."""
    dispatches = []
    left = list(messages)
    while left:
        channel = left[0].channel
        round_of: dict[str, ClaimedMessage] = {}
        for message in left:
            if message.channel == channel:
                round_of.setdefault(message.chat, message)
        names = {chat: message.card for chat, message in round_of.items() if message.card}
        known = await cards.of_chats(session, channel, names) if names else {}
        dispatches += [
            Dispatch(one, known.get(chat, "") if one.card else "") for chat, one in round_of.items()
        ]
        taken = {one.id for one in round_of.values()}
        left = [one for one in left if one.id not in taken]
    return dispatches


MayGo = Callable[[str, float], Awaitable[None]]
"""Waits until one more request for a chat may leave, which is such a share of a message."""
TIDYING = 0.05
"""No message, but Telegram bears only so many changes: whoever answers quickly must not wait for them."""


async def hand_over(channel: Channel, dispatch: Dispatch, may_go: MayGo) -> str:
    """The message's id; where the one to be changed is gone, a new one is sent, now and at every later try."""
    letter = _letter(dispatch)
    try:
        if dispatch.message.kind != MessageKind.TOAST:
            await may_go(letter.chat, 1)
        return await channel.deliver(letter)
    except DeliveryFailure as failure:
        if failure.kind is not FailureKind.GONE or not letter.replace:
            raise
    if dispatch.card == letter.replace:
        dispatch.card = ""
    dispatch.message.message_id = ""
    dispatch.message.placement = Placement.BELOW
    await may_go(letter.chat, 1)
    return await channel.deliver(replace(letter, replace=""))


def _letter(dispatch: Dispatch) -> Letter:
    message = dispatch.message
    reader = Reader(**message.reader)
    letter = Letter(
        message.chat,
        None,
        reader,
        silent=message.silent,
        answers=message.urgency == Urgency.REPLY,
        replace=dispatch.target,
    )
    match message.kind:
        case MessageKind.TOAST:
            words = message.body["text"]
            toast = Text.from_json(words) if words else None
            return replace(letter, query=message.body["query"], toast=toast)
        case MessageKind.COMMANDS:
            offered = message.body["commands"]
            commands = tuple((name, Text.from_json(words)) for name, words in offered)
            return replace(letter, commands=commands)
    return replace(letter, screen=Screen.from_json(message.body))


async def tidy(channel: Channel, dispatch: Dispatch, message_id: str, may_go: MayGo) -> None:
    """The earlier card of the same name goes, or loses its buttons; raises DeliveryFailure where that is too fast."""
    card, chat = dispatch.card, dispatch.message.chat
    if not card or dispatch.message.kind != MessageKind.SCREEN or card == message_id:
        return
    if dispatch.message.placement == Placement.INSTEAD:
        await may_go(chat, TIDYING)
        if await channel.tidy(chat, card, delete=True):
            return
    # An old message that may no longer be deleted at least loses its buttons.
    await may_go(chat, TIDYING)
    await channel.tidy(chat, card, delete=False)
