"""What every chat app must be able to do for us, and how it may fail. The port, in terms of ports and adapters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from conversations.kit.events import Event
from conversations.kit.screens import Screen
from locales import Reader, Text
from storage.files.photo_files import PhotoFiles


@dataclass(frozen=True, slots=True)
class Incoming:
    """An update, read: who did what, where."""

    event: Event | None
    """Empty when nobody needs an answer, as for a service message."""
    address: str = ""
    """The sender's address on this kind of channel; empty when no single person sent it."""
    chat: str = ""
    private: bool = True
    """False in a group, where nothing of anyone's role may be said."""
    message_id: str = ""
    """The message that was sent, changed, or whose button was pressed."""
    query: str = ""
    """The pressed button's own id, to be answered whatever else happens."""
    at: datetime | None = None
    """When the message reached the channel; a pressed button does not say."""
    name: str = ""
    """What the person calls themselves in the chat app."""
    language: str = ""
    anonymous: bool = False
    """They wrote in the name of a group or channel, so nobody knows who they are."""


class Reading(Protocol):
    """Turns stored updates of one kind of channel into events."""

    def __call__(self, raw: dict[str, Any]) -> Incoming: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to deliver to one chat."""

    chat: str
    screen: Screen | None
    """Empty where only a pressed button is answered or commands are set."""
    reader: Reader
    silent: bool = False
    """It must not make a sound; a channel on which every message does leaves it unsent, unless it is an answer."""
    answers: bool = False
    """It answers what the person did just now, so nobody is called who was not there."""
    replace: str = ""
    """The message to change in place; empty to send a new one. Where nothing can be changed a new one is sent."""
    query: str = ""
    """The pressed button to answer, with `toast`."""
    toast: Text | None = None
    commands: tuple[tuple[str, Text], ...] | None = None
    """The menu of the chat; an empty one takes its own away, so that the one for everybody is shown."""


def name_of_bot(token: str) -> str:
    """The channel of the bot that this token of Telegram belongs to, as in `telegram:588`."""
    return f"telegram:{token.partition(':')[0]}"


class FailureKind(StrEnum):
    """Why a delivery did not simply succeed, as far as it matters for what to do next."""

    NOT_SENT = "not_sent"
    """It surely did not arrive: try again."""
    PERHAPS_SENT = "perhaps_sent"
    """Nobody knows: the message's policy decides."""
    SENDER_DIED = "sender_died"
    """Nobody knows, but most of what is under way when a process dies has not left yet."""
    TOO_FAST = "too_fast"
    """The chat, or the whole channel, wants silence for a while."""
    UNREACHABLE = "unreachable"
    """The person blocked us or is gone."""
    MOVED = "moved"
    """The chat has another address now."""
    GONE = "gone"
    """The message to change is not there any more: send a new one."""
    REFUSED = "refused"
    """It will never be taken as it is."""
    TOO_LARGE = "too_large"
    """A file that people sent is larger than what the channel gives out."""


class DeliveryFailure(Exception):
    """The channel did not do what was asked of it: take a message, tidy one, answer a probe, or give out a file."""

    def __init__(
        self,
        kind: FailureKind,
        why: str = "",
        *,
        retry_after: float = 0,
        everyone: bool = False,
        moved_to: str = "",
    ) -> None:
        super().__init__(why or kind.value)
        self.kind = kind
        self.why = why
        """The channel's own words, which never hold words of a person."""
        self.retry_after = retry_after
        """Seconds of silence asked for."""
        self.everyone = everyone
        """The silence holds for the whole channel."""
        self.moved_to = moved_to


async def file_to_send(files: PhotoFiles | None, key: str) -> bytes:
    """A kept file, for a channel that sends it; raises DeliveryFailure where it can never be sent."""
    if files is None:
        raise DeliveryFailure(FailureKind.REFUSED, "there is no place for files")
    try:
        return await files.read(key)
    except FileNotFoundError:
        raise DeliveryFailure(FailureKind.REFUSED, "the file is not there") from None


class Channel(Protocol):
    """A chat app, connected."""

    @property
    def name(self) -> str:
        """As in `telegram:588`: the kind, and which of our accounts."""

    @property
    def username(self) -> str:
        """What people call our account, for links; empty when not yet known."""

    async def deliver(self, letter: Letter) -> str:
        """Send or change a message and return its id; raises DeliveryFailure.

        The id is empty for a toast, and for what has no place on this channel.
        """

    async def tidy(self, chat: str, message_id: str, *, delete: bool) -> bool:
        """Take the buttons from an old message, or the message itself; whether that is done.

        Failing is harmless and silent, except that it raises DeliveryFailure where the chat wants silence.
        """

    async def probe(self) -> None:
        """Try what nobody notices; raises DeliveryFailure, of a kind that means silence where messages would fail too.

        Whoever refuses it is there. A health probe.
        """

    async def answer_tap(self, query: str) -> None:
        """Let a pressed button stop waiting, without words; failing is harmless and silent."""

    async def fetch(self, file_id: str) -> bytes:
        """The bytes of a file people sent; raises DeliveryFailure."""
