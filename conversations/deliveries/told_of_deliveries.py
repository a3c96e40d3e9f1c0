"""What somebody reports of a delivery without being asked, perhaps hours ago and without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conversations.deliveries.expected import NOTHING_WAITS, expected, waiting_for
from conversations.deliveries.wording import delivery_options
from conversations.kit import Claim, Context, Draft, FormState, Meant, Strength
from conversations.understanding.arrivals import answers_in
from conversations.understanding.deliveries import ToldArrival, read_report, reports_in
from conversations.understanding.matching import Candidate, matching, names_goods_of, words_in
from locales import _
from storage.database import Session
from storage.help.deliveries import Expected
from storage.programme import plans


def as_spoken_of(one: Expected) -> Candidate:
    return Candidate(
        one.delivery.id,
        one.sent,
        words_in(one.item.name, one.item.name_en),
        words_in(one.site.name),
    )


async def told_unasked(
    context: Context, words: str, *, with_photo: bool, live: Draft | None
) -> Sequence[Claim]:
    """Reports that somebody wrote without being asked, perhaps hours ago and without a network.

    While something else is being written, only words that clearly tell of another delivery count. What is clearly a
    report where no delivery waits is refused; a photo may be of an earlier report.
    """
    waiting = [as_spoken_of(one) for one in await waiting_for(context)]
    awaited = frozenset(word for one in waiting for word in one.goods)
    told = reports_in(words, {one.sent for one in waiting}, awaited)
    if not told:
        return []
    all_goods = await context.once(words_of_all_goods)
    if not waiting:
        clearly = any(one.is_plain or one.names & all_goods for _words, one in told)
        if clearly and live is None and not with_photo:
            return [Claim(Strength.REFUSED, refused=NOTHING_WAITS)]
        return []
    found, strength = [], Strength.VAGUE
    for said, report in told:
        meant = matching(report, waiting, all_goods)
        named = any(names_goods_of(report, one) for one in meant)
        if not with_photo and not (report.is_plain or named):
            continue
        if live is not None and not _tells_of_another(report, meant, live, with_photo=with_photo):
            continue
        strength = max(strength, _how_clearly(report, named=named))
        draft = Draft.knowing(delivery=meant[0].key) if len(meant) == 1 else Draft()
        found.append(Meant(replace(draft, opened_with=said), _("New report: a delivery")))
    return [Claim(strength, tuple(found))] if found else []


def _how_clearly(report: ToldArrival, *, named: bool) -> Strength:
    if named:
        return Strength.NAMED
    return Strength.PLAIN if report.is_plain else Strength.VAGUE


def _tells_of_another(
    report: ToldArrival, meant: Sequence[Candidate], live: Draft, *, with_photo: bool
) -> bool:
    """A photo's words belong to what is being written, unless they fit another delivery alone."""
    written = live.value("delivery")
    if with_photo and written is None:
        return live.is_empty
    [only] = meant if len(meant) == 1 else [None]
    if only is None or only.key == written:
        return False
    return with_photo or (report.is_plain and names_goods_of(report, only))


async def waiting_to_be_seen(context: Context) -> Sequence[Claim]:
    """A photo without a word may be of each delivery that waits."""
    return [
        Claim(
            Strength.WANTED,
            (
                Meant(
                    Draft.knowing(delivery=one.key),
                    _("New report: {what}").format(what=one.label),
                    _("New report: {what}").format(what=one.detail),
                ),
            ),
        )
        for one in delivery_options(await waiting_for(context))
    ]


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
