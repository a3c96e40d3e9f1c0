"""Every reason for which the bot is not well, as whoever runs it reads them; OPERATING.md says what to do."""

from __future__ import annotations

from enum import StrEnum


class HealthReason(StrEnum):
    """One line of /healthz; what stands in braces differs from time to time and never holds words of people."""

    DATABASE = "database: does not answer ({kind})"
    NOT_REACHED = "receiving: Telegram cannot be reached ({kind})"
    UNREADABLE = "receiving: Telegram's answer cannot be read ({code})"
    TOKEN = "receiving: Telegram does not accept the token, please check BOT_TOKEN ({code})"  # noqa: S105
    CONFLICT = "receiving: somebody else receives for this bot (409), waiting"
    REFUSED = "receiving: Telegram refuses ({code})"
    WEBHOOK_REFUSED = "receiving: Telegram refuses the webhook ({words})"
    NOT_KEPT = "receiving: what came could not be kept ({kind})"
    NUMBERLESS = "receiving: only updates without a number came, which cannot be acknowledged"
    SILENT = "updates: no successful poll for {seconds} s"
    NO_NEWS = "updates: Telegram could not be asked about the webhook for {seconds} s"
    UNDELIVERED = "updates: {count} wait because Telegram cannot deliver them ({words})"
    TEXTS_NOT_REACHED = "texts: the gateway cannot be reached ({kind})"
    TEXTS_REFUSED = "texts: the gateway refuses ({code})"
    TEXTS_UNREADABLE = "texts: the gateway's answer cannot be read"
    TEXTS_SILENT = "texts: no successful poll for {seconds} s"
    UNANSWERED = "answering: somebody has waited for {seconds} s"
    NOTHING_PASSES = "sending: {channel} takes nothing since {moment} UTC ({kind})"
    UNCERTAIN = "sending: the fate of a message is unknown since {moment} UTC"
    PHOTOS_NOT_KEPT = "photos: cannot be written ({kind})"
    NO_DECODER = "photos: cannot be opened, since the program for it does not start ({kind})"
    PHOTO_LATE = "photos: a promised photo has waited since {moment} UTC"
    DOCUMENT_LATE = "documents: a promised document has waited since {moment} UTC"
    ROOM = "disk: only {megabytes} MB are free"
    FALLEN = "loops: {loop} fell ({kind})"
    CANNOT_BE_TOLD = "{check}: cannot be told ({kind})"
