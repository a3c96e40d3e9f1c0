"""One person, reached on several kinds of channel: told everywhere, disturbed nowhere."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import col, select

from bot.clock import Clock
from conversations import REMINDERS
from conversations.kit.events import CameBack, LeftUs
from storage.messages.outbox import Message, MessageKind, MessageState
from storage.people import people, reachability
from storage.people.people import Address, Person
from tests.talking import CHANNEL, EVENTS, LAN, MINH, Talk

TEXT = "text:127.0.0.1"
NUMBER = "+84000000002"
EVENTS.update(left=LeftUs, back=CameBack)


async def with_a_text_phone_too(talk: Talk) -> None:
    """Anh Minh, who has a smartphone, is also reached by text."""
    talk.reception.channels = [CHANNEL, TEXT]
    async with talk.database.writing() as session:
        minh = f"person-{MINH}"
        session.add(Address(channel="text", address=NUMBER, person_id=minh, since=talk.clock.now))


async def told(talk: Talk, who: str) -> list[tuple[str, str, bool]]:
    async with talk.database.reading() as session:
        found = await session.execute(
            select(Message)
            .where(
                col(Message.person_id) == f"person-{who}", col(Message.kind) == MessageKind.SCREEN
            )
            .order_by(col(Message.id))
        )
        return [(one.channel, one.chat, one.silent) for one in found.scalars()]


async def unreachable(talk: Talk, who: str) -> bool:
    async with talk.database.reading() as session:
        person = await session.get(Person, f"person-{who}")
        return person is not None and person.unreachable_since is not None


async def report(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(LAN, words)


async def test_an_officer_is_told_on_every_phone(talk: Talk) -> None:
    await with_a_text_phone_too(talk)
    await report(talk)
    assert await told(talk, MINH) == [(CHANNEL, MINH, True), (TEXT, NUMBER, True)]


async def test_a_digest_reaches_every_phone_and_counts_as_one(talk: Talk) -> None:
    await with_a_text_phone_too(talk)
    await report(talk)
    talk.clock.now = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    clock = Clock(talk.database, REMINDERS, [CHANNEL, TEXT], talk.clock)
    assert await clock.remind() == 1
    assert await clock.remind() == 0
    digests = [one for one in await told(talk, MINH) if not one[2]]
    assert digests == [(CHANNEL, MINH, False), (TEXT, NUMBER, False)]


async def test_where_no_other_channel_is_connected_nothing_waits_for_it(quick_talk: Talk) -> None:
    talk = quick_talk
    await with_a_text_phone_too(talk)
    talk.reception.channels = [CHANNEL]
    await report(talk)
    assert await told(talk, MINH) == [(CHANNEL, MINH, True)]


async def test_who_blocks_one_phone_is_still_reached_on_the_other(quick_talk: Talk) -> None:
    talk = quick_talk
    await with_a_text_phone_too(talk)
    await talk.arrives(MINH, {"kind": "left"})
    await talk.answer_all()
    assert not await unreachable(talk, MINH)
    await report(talk)
    assert (TEXT, NUMBER, True) in await told(talk, MINH)


async def test_who_is_gone_from_every_phone_is_unreachable(talk: Talk) -> None:
    await with_a_text_phone_too(talk)
    async with talk.database.writing() as session:
        session.add(
            Message(
                channel=TEXT,
                chat=NUMBER,
                person_id=f"person-{MINH}",
                kind=MessageKind.SCREEN,
                state=MessageState.FAILED,
                why="unreachable: unknown number",
                created_at=talk.clock.now,
            )
        )
    await talk.arrives(MINH, {"kind": "left"})
    await talk.answer_all()
    assert await unreachable(talk, MINH)


async def test_a_message_that_arrived_later_shows_that_somebody_is_there(talk: Talk) -> None:
    await with_a_text_phone_too(talk)
    async with talk.database.writing() as session:
        for state, why in ((MessageState.FAILED, "unreachable: off"), (MessageState.SENT, None)):
            session.add(
                Message(
                    channel=TEXT,
                    chat=NUMBER,
                    kind=MessageKind.SCREEN,
                    state=state,
                    why=why,
                    created_at=talk.clock.now,
                )
            )
            await session.flush()
        await reachability.lost_at(session, f"person-{MINH}", CHANNEL, MINH, talk.clock.now)
    assert not await unreachable(talk, MINH)


async def test_addresses_of_the_past_are_no_way_to_reach_somebody(talk: Talk) -> None:
    await with_a_text_phone_too(talk)
    async with talk.database.writing() as session:
        found = await session.execute(select(Address).where(col(Address.address) == NUMBER))
        found.scalar_one().until = talk.clock.now
    async with talk.database.writing() as session:
        assert await people.addresses_of(session, f"person-{MINH}") == [("telegram", MINH)]
        await reachability.lost_at(session, f"person-{MINH}", CHANNEL, MINH, talk.clock.now)
    assert await unreachable(talk, MINH)
