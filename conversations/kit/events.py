"""What a person can do in a chat, told in the past tense and without naming any chat app."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did."""

    replies_to: str = field(default="", kw_only=True)
    """The message of ours to which it is a reply, as the channel names it; empty for none."""


@dataclass(frozen=True, slots=True)
class Said(Event):
    """They wrote words, already cleaned by `locales.folding.clean`."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed(Event):
    """They pressed a button of a card; `draft` and `revision` are empty on cards that belong to no draft."""

    action: str
    """What the button stands for, as the kit wrote it on the card."""
    draft: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class SentPhoto(Event):
    """They sent one photo, perhaps one of an album, perhaps as a file, perhaps with a caption."""

    file_id: str
    unique_id: str
    """The same for the same file, across chats and time."""
    width: int = 0
    height: int = 0
    size: int = 0
    """In bytes; 0 when the channel does not say."""
    album: str = ""
    """The same for all photos of one album."""
    caption: str = ""
    forwarded: bool = False
    as_file: bool = False
    """Not made smaller by the chat app, so that it may be large, and say where it was taken."""


@dataclass(frozen=True, slots=True)
class SentFile(Event):
    """They sent something that is neither words nor, by all that is known of it, a photo."""

    kind: str
    """document, video, animation, sticker, voice, audio, video_note or other"""
    file_id: str = ""
    unique_id: str = ""
    mime_type: str = ""
    size: int | None = None
    """In bytes; None when the channel does not say."""
    caption: str = ""
    file_name: str = ""
    """As its sender sees it; empty when the channel does not say."""


@dataclass(frozen=True, slots=True)
class SentLocation(Event):
    """They sent where they are."""


@dataclass(frozen=True, slots=True)
class SentContact(Event):
    """They sent a name and telephone number, which is not kept."""


@dataclass(frozen=True, slots=True)
class EditedMessage(Event):
    """They changed words that they had sent before."""

    text: str
    message: str = ""
    """The channel's name of the message that was changed."""


@dataclass(frozen=True, slots=True)
class Opened(Event):
    """They asked for a conversation by name, or came through a link that carries a payload."""

    conversation: str = ""
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Back(Event):
    """They want to return to the question before."""


@dataclass(frozen=True, slots=True)
class Cancel(Event):
    """They want out of what they are doing."""


@dataclass(frozen=True, slots=True)
class Edit(Event):
    """They want to change one answer that they gave."""

    step: str


@dataclass(frozen=True, slots=True)
class LeftUs(Event):
    """They blocked the system or left."""


@dataclass(frozen=True, slots=True)
class CameBack(Event):
    """They are reachable again."""
