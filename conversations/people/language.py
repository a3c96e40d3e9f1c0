"""Everybody chooses the language of their own messages."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import Choice, Conversation, FormState, Menu, Option, Page, Screen, Style
from locales import _, language_name, languages


async def offered(_state: FormState) -> Sequence[Option]:
    return [Option(code, language_name(code)) for code in languages()]


async def choose(state: FormState) -> Screen:
    state.context.person.language = state.answers["language"]
    state.context.roles_changed = True
    return Page().add(_("✅ From now on in this language."), Style.TITLE).screen()


language = Conversation(
    "language",
    _("Language"),
    menu=Menu(command="ngonngu"),
    steps=(
        Choice(
            "language", _("Language"), _("Which language should messages be in?"), options=offered
        ),
    ),
    finish=choose,
)
