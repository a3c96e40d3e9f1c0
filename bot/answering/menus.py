"""The list of commands beside the field in which people type: it follows their roles and their language."""

from __future__ import annotations

from conversations.kit.context import Context
from conversations.lobby.lobby import Lobby
from storage.messages import outbox
from storage.messages.outbox import MessageKind, NewMessage, Policy


def show_commands(lobby: Lobby, context: Context) -> None:
    """Put what this person may do now beside their chat."""
    commands = [[name, text.to_json()] for name, text in lobby.commands(context)]
    outbox.tell(
        context.session,
        NewMessage(
            channel=context.channel,
            chat=context.chat,
            person_id=context.person.id,
            kind=MessageKind.COMMANDS,
            policy=Policy.EDIT,
            card="commands",
            body={"commands": commands},
            reader=context.reader.to_json(),
            created_at=context.now,
        ),
    )
