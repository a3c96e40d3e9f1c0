"""The list of commands beside the field in which people type: it follows their roles and their language."""

from __future__ import annotations

from conversations.kit.desk import Desk
from conversations.lobby import Lobby
from storage import outbox
from storage.outbox import Kind, Message, Policy


def show_commands(lobby: Lobby, desk: Desk) -> None:
    """Put what this person may do now beside their chat."""
    commands = [[name, text.to_json()] for name, text in lobby.commands(desk)]
    outbox.tell(
        desk.session,
        Message(
            channel=desk.channel,
            chat=desk.chat,
            person_id=desk.person.id,
            kind=Kind.COMMANDS,
            policy=Policy.EDIT,
            card="commands",
            body={"commands": commands},
            reader=desk.reader.to_json(),
            created_at=desk.now,
        ),
    )
