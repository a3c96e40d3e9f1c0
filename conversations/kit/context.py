"""Where a conversation is held: who speaks, what they may do, and where words to others are left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, cast

from conversations.kit.events import SentFile, SentPhoto
from conversations.kit.report_kinds import ReportKind
from conversations.kit.screens import Screen
from conversations.kit.telling import tell
from locales import Reader
from locales.dates import local_day
from storage.database import Session
from storage.help import documents, photos
from storage.identity import new_id
from storage.messages import outbox
from storage.messages.outbox import MessageKind, NewMessage, Placement, Policy
from storage.messages.shown import Shown
from storage.people import people
from storage.people.people import HeldRole, Person, Role, kind_of

Answer = TypeVar("Answer")

LONGEST_NAME = 120
"""Letters of the name of a document."""


@dataclass(slots=True)
class Context:
    """One person's turn: the store, the clock and the person, as the conversation may use them."""

    session: Session
    person: Person
    memberships: Sequence[HeldRole]
    channel: str
    """The full name, as in `telegram:588`."""
    chat: str
    now: datetime
    at: datetime
    """When what they did reached the channel: lateness is judged by it."""
    address: str = ""
    """Where the person is reached on this kind of channel."""
    username: str = ""
    """Our account's name in the channel, for links."""
    channels: Sequence[str] = ()
    """All that are connected, to tell others; empty for this one alone."""
    draft_id: str = ""
    """The draft that the present turn works on."""
    message_id: str = ""
    """The message that the present event came with."""
    kinds: Mapping[str, ReportKind] = field(default_factory=dict)
    """The kinds of report that people can make, by name."""
    asked: dict[Any, Any] = field(default_factory=dict)
    """What the records answered in this turn."""
    shown: Sequence[Shown] = ()
    """What this chat was lately shown, newest first, while the event is words: they may be meant for it."""
    roles_changed: bool = False
    """The person gained or lost a role in this turn, so their menus change."""
    others_changed: bool = False
    """Somebody else's roles or phones changed in this turn, so what is known of them is old."""
    others_told: bool = False
    """Others were told of something in this turn, so it must be there for whoever comes next."""
    new_menus_for: list[str] = field(default_factory=list)
    """The persons whose roles this one changed, so that their menus change too."""

    @property
    def kind_of_channel(self) -> str:
        return kind_of(self.channel)

    @property
    def today(self) -> date:
        return local_day(self.now)

    @property
    def day_of_writing(self) -> date:
        """What “today” means in a message: the day on which it was sent, however late it is answered."""
        return local_day(min(self.at, self.now))

    @property
    def reader(self) -> Reader:
        return self.person.reader

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(membership.role) for membership in self.memberships)

    async def once(
        self, question: Callable[..., Awaitable[Answer]], *arguments: Hashable
    ) -> Answer:
        """The answer of the records to a question, asked only once in a turn. Memoised."""
        key = (question, arguments)
        if key not in self.asked:
            self.asked[key] = await question(self.session, *arguments)
        return cast("Answer", self.asked[key])

    async def look_at_roles_again(self) -> None:
        """Which roles they hold now that this turn has changed them."""
        await self.session.flush()
        found = await people.memberships_of(self.session, [self.person.id], self.now)
        self.memberships = found.get(self.person.id, [])

    async def keep_photo(self, event: SentPhoto) -> str:
        """Promise that the photo will be fetched; its id, the same when the message or the picture comes again."""
        return await photos.promise(
            self.session,
            channel=self.channel,
            chat=self.chat,
            message=self.message_id,
            file_id=event.file_id,
            file_unique_id=event.unique_id,
            person_id=self.person.id,
            draft_id=self.draft_id,
            forwarded=event.forwarded,
            as_file=event.as_file,
            album=event.album,
            sent_at=self.at,
            now=self.now,
            photo_id=new_id(),
        )

    async def keep_document(self, event: SentFile, ending: str) -> str:
        """Promise that the document will be fetched; its id, the same when its message comes again."""
        promised = documents.StoredDocument(
            id=new_id(),
            channel=self.channel,
            chat=self.chat,
            message=self.message_id,
            file_id=event.file_id,
            file_unique_id=event.unique_id,
            person_id=self.person.id,
            draft_id=self.draft_id,
            name=_shortly(event.file_name or f"document.{ending}"),
            extension=ending,
            media_type=event.mime_type,
            size=event.size,
            sent_at=self.at,
            next_try_at=self.now,
        )
        return await documents.promise(self.session, promised)

    def clear_menu(self, chat: str) -> None:
        """A chat shows no commands of anyone's role any more."""
        outbox.tell(
            self.session,
            NewMessage(
                channel=self.channel,
                chat=chat,
                kind=MessageKind.COMMANDS,
                policy=Policy.EDIT,
                card="commands",
                body={"commands": []},
                reader=Reader().to_json(),
                created_at=self.now,
            ),
        )

    async def tell(
        self,
        person_ids: Sequence[str],
        screen: Screen,
        *,
        card: str = "",
        placement: Placement = Placement.BELOW,
        silent: bool = False,
        policy: Policy = Policy.PROMPT,
    ) -> None:
        """Let others know, each in their language, at every address of theirs on the connected channels."""
        self.others_told = True
        await tell(
            self.session,
            self.channels or (self.channel,),
            person_ids,
            screen,
            self.now,
            card=card,
            placement=placement,
            silent=silent,
            policy=policy,
        )


def _shortly(name: str) -> str:
    """A name that fits onto a card, with its ending."""
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    return stem[: LONGEST_NAME - 20] + "…" + dot + ending[:15]
