"""On a store that several processes share, nobody works on what another is working on."""

from __future__ import annotations

import pytest

from storage.database import Database
from storage.messages import drafts, inbox
from storage.messages.drafts import StoredDraft
from storage.messages.inbox import Arrival
from tests.databases import POSTGRESQL
from tests.storage.village import NOW, Village

shared = pytest.mark.parametrize("database", [POSTGRESQL], indirect=True)
CHANNEL = "telegram:588"


async def arrived(database: Database) -> int:
    """One message of cô Lan, by our own number."""
    async with database.writing() as session:
        await inbox.store(session, CHANNEL, [Arrival(1, "700001", "{}")], NOW)
    async with database.writing() as session:
        (update,) = await inbox.claim(session, NOW, 10)
    assert update.id is not None
    return update.id


@shared
async def test_what_one_process_answers_is_nothing_for_another(
    database: Database, village: Village
) -> None:
    number = await arrived(database)
    async with database.writing() as first, database.writing() as second:
        assert await inbox.claim_one(first, number) is not None
        assert await inbox.claim_one(second, number) is None
        assert await inbox.claim(second, NOW, 10) == []
    async with database.writing() as first, database.writing() as second:
        assert len(await inbox.claim(first, NOW, 10)) == 1
        assert await inbox.claim_one(second, number) is None
        assert await inbox.claim(second, NOW, 10) == []


@shared
async def test_a_draft_is_led_on_by_one_process_at_a_time(
    database: Database, village: Village
) -> None:
    async with database.writing() as session:
        session.add(
            StoredDraft(
                id="d",
                person_id=village.lan.id,
                conversation="confirm_delivery",
                opened_at=NOW,
                updated_at=NOW,
            )
        )
    lan = village.lan.id
    async with database.writing() as first, database.writing() as second:
        held = await drafts.live_of(first, [lan])
        assert list(held) == [lan]
        assert await drafts.held_by_others(first, [lan], held) == set()
        # Whoever comes second does not wait, but knows that it is not for them now.
        assert await drafts.live_of(second, [lan]) == {}
        assert await drafts.held_by_others(second, [lan], {}) == {lan}
