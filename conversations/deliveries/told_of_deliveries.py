"""What somebody reports of a delivery without being asked, perhaps hours ago and without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.deliveries.expected import NOTHING_WAITS, expected, waiting_for
from conversations.kit import Context, FormState, Overheard
from conversations.understanding.arrivals import answers_in
from conversations.understanding.deliveries import Report, read_report, reports_in
from conversations.understanding.matching import Candidate, matching, names_goods_of, words_in
from storage.database import Session
from storage.help.deliveries import Expected
from storage.programme import plans
from storage.refusals import Refused


def as_spoken_of(one: Expected) -> Candidate:
    return Candidate(
        one.delivery.id,
        one.sent,
        words_in(one.item.name, one.item.name_en),
        words_in(one.site.name),
    )


async def told_out_of_the_blue(
    context: Context, words: str, *, with_photo: bool, live: Mapping[str, Any] | None
) -> Sequence[Overheard]:
    """Reports that somebody wrote without being asked, perhaps hours ago and without a network.

    While something else is being written, only words that clearly tell of another delivery count.
    Raises Refused for what is clearly a report where no delivery waits; a photo may be of an earlier report.
    """
    waiting = [as_spoken_of(one) for one in await waiting_for(context)]
    awaited = frozenset(word for one in waiting for word in one.goods)
    reports = reports_in(words, {one.sent for one in waiting}, awaited)
    if not reports:
        return []
    all_goods = await context.once(words_of_all_goods)
    if not waiting:
        clearly = any(one.is_plain or one.names & all_goods for _told, one in reports)
        if clearly and live is None and not with_photo:
            raise Refused(NOTHING_WAITS)
        return []
    found = []
    for told, report in reports:
        meant = matching(report, waiting, all_goods)
        if not with_photo and not (
            report.is_plain or any(names_goods_of(report, one) for one in meant)
        ):
            continue
        if live is not None and not _tells_of_another(report, meant, live, with_photo=with_photo):
            continue
        known = {"delivery": meant[0].key} if len(meant) == 1 else {}
        found.append(Overheard(told, known))
    return found


def _tells_of_another(
    report: Report, meant: Sequence[Candidate], live: Mapping[str, Any], *, with_photo: bool
) -> bool:
    """A photo's words belong to what is being written, unless they fit another delivery alone."""
    if with_photo and "delivery" not in live:
        return not live
    [only] = meant if len(meant) == 1 else [None]
    if only is None or only.key == live.get("delivery"):
        return False
    return with_photo or (report.is_plain and names_goods_of(report, only))


async def words_of_all_goods(session: Session) -> frozenset[str]:
    goods = await plans.goods(session)
    return words_in(*(item.name for item in goods), *(item.name_en for item in goods))


async def said_at_once(state: FormState) -> Mapping[str, Any]:
    """What the words out of the blue answer, now that it is known which delivery they tell of.

    Where they name goods that are not of this delivery, their figures are not either: the words become its note.
    """
    found = expected(state)
    if found is None:
        return {}
    report = read_report(state.opened_with, {found.sent})
    meant = as_spoken_of(found)
    answers: dict[str, Any] = {}
    if report and matching(report, [meant], await state.context.once(words_of_all_goods)):
        answers.update(answers_in(report, meant, state.opened_with))
    elif report:
        answers["note"] = state.opened_with
    photos = state.before.get("photos", [])
    if photos and len(photos) >= found.item.least_photos:
        # Whoever sent photos of their own accord has said that these are the ones.
        answers["photos"] = list(photos)
    return answers
