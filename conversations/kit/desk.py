"""Where a conversation is held: who speaks, what they may do, and where words to others are left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, cast

from conversations.kit.events import SentPhoto
from conversations.kit.screens import Screen
from conversations.kit.telling import tell
from locales import Reader
from locales.dates import local_day
from storage import photos
from storage.database import Session
from storage.identity import new_id
from storage.outbox import Placement, Policy
from storage.people import Membership, Person, Role

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Desk:
    """One person's turn: the store, the clock and the person, as the conversation may use them."""

    session: Session
    person: Person
    memberships: Sequence[Membership]
    channel: str
    """The full name, as in `telegram:588`."""
    chat: str
    now: datetime
    at: datetime
    """When what they did reached the channel: lateness is judged by it."""
    username: str = ""
    """Our account's name in the channel, for links."""
    draft_id: str = ""
    """The draft that the present turn works on."""
    message_id: str = ""
    """The message that the present event came with."""
    asked: dict[Any, Any] = field(default_factory=dict)
    """What the records answered in this turn."""
    roles_changed: bool = False
    """The person gained or lost a role in this turn, so their menus change."""

    @property
    def today(self) -> date:
        return local_day(self.now)

    @property
    def reader(self) -> Reader:
        return Reader(language=self.person.language, address=self.person.address)

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(membership.role) for membership in self.memberships)

    async def once(self, question: Callable[..., Awaitable[Answer]], *about: Hashable) -> Answer:
        """The answer of the records to a question, asked only once in a turn."""
        key = (question, about)
        if key not in self.asked:
            self.asked[key] = await question(self.session, *about)
        return cast("Answer", self.asked[key])

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
        """Let others know, each in their language, at every address of theirs on this kind of channel."""
        await tell(
            self.session,
            self.channel,
            person_ids,
            screen,
            self.now,
            card=card,
            placement=placement,
            silent=silent,
            policy=policy,
        )
