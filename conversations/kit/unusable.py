"""What people send that is neither words nor a photo, and what each of it is answered."""

from __future__ import annotations

from conversations.kit.events import Event, SentContact, SentFile, SentLocation, SentPhoto
from locales import Text, _, plain

ECHOED = 200
"""Letters of a caption that are said back."""

FILES = {
    "video": _("A video cannot be used here. Please take photos instead."),
    "video_note": _("A round video message cannot be used here. Please take photos instead."),
    "animation": _("A moving picture (GIF) cannot be used here. Please take photos instead."),
    "sticker": _("A sticker cannot be used here. Please answer in words, by a button or a photo."),
    "voice": _("The system cannot listen to a voice message. Please type the words."),
    "audio": _("The system cannot listen to a sound file. Please type the words."),
    "document": _(
        "This kind of file cannot be used here. Pictures can: JPG, PNG, WEBP and HEIC, up to 20 MB."
    ),
}

NO_DOCUMENTS = {
    "video": _("A video cannot be used here."),
    "video_note": _("A round video message cannot be used here."),
    "animation": _("A moving picture (GIF) cannot be used here."),
    "sticker": _("A sticker cannot be used here."),
    "voice": _("The system cannot listen to a voice message."),
    "audio": _("The system cannot listen to a sound file."),
}


def why_no_document(event: Event) -> Text | None:
    """Why something does not answer where a document is asked for; None for words, a press, and what has no name."""
    if isinstance(event, SentPhoto):
        return _("A photo cannot be used here.")
    if isinstance(event, SentLocation | SentContact):
        return why_unusable(event)
    return NO_DOCUMENTS.get(event.kind) if isinstance(event, SentFile) else None


def why_unusable(event: Event) -> Text | None:
    """None for what is words, a photo or a press, and for what has no name here, such as a poll."""
    if isinstance(event, SentLocation):
        return _("A place on the map is not needed, so it was not kept.")
    if isinstance(event, SentContact):
        return _("A contact is somebody's personal data, so it was not kept.")
    if not isinstance(event, SentFile) or event.kind not in FILES:
        return None
    why = FILES[event.kind]
    if not event.caption:
        return why
    words = event.caption
    if len(words) > ECHOED:
        words = words[:ECHOED].rstrip() + "…"
    return _(
        "{why} The words sent with it were not read: “{words}”. Please send them again alone."
    ).format(why=why, words=plain(words))
