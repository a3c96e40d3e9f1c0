"""Who hears what, as a table: what was said, what is being written, what waits, and who gets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from conversations.kit import Claim, Draft, Meant, Strength
from conversations.kit import words as spoken
from conversations.kit.links import CORRECTS, HOME, MY_REPORTS, STAYS, opens
from conversations.kit.screens import Button, Page, Screen
from conversations.lobby import hearing
from conversations.lobby.hearing import (
    Begins,
    Claimed,
    Home,
    OpenQuestion,
    Opens,
    Refuses,
    ShownElsewhere,
    Then,
    Tie,
    Way,
    by_words,
    decide,
    of_subject,
)
from locales import _, join
from storage.messages.drafts import StoredDraft
from storage.messages.shown import Shown

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
BLANKETS = Draft.knowing(delivery="d-blankets")
MEALS = Draft.knowing(site="S-NATENH")


def question(*buttons: str) -> Screen:
    """The card of an open question, with these answers and the ways out."""
    page = Page().add("Hàng đã về đủ chưa?")
    for number, label in enumerate(buttons, start=1):
        page.offer(Button.with_number(number, label, f"={label}"))
    page.offer(Button("Hủy", "x", typed=spoken.CANCEL))
    return page.screen().of_draft("d1", 3)


def writing(card: Screen) -> StoredDraft:
    return StoredDraft(
        id="d1", person_id="lan", conversation="confirm_delivery", revision=3, asked_since=3,
        screen=card.to_json(), opened_at=NOW, updated_at=NOW,
    )  # fmt: skip


OUTCOME = question("Đã nhận đủ", "Còn thiếu", "Chưa nhận được gì")
NEWS = Page().offer(
    Button(_("Confirm"), STAYS + opens("confirm_delivery", "d-scarves"), typed=spoken.SHOW_ALL)
).screen()  # fmt: skip
OTHER_NEWS = Page().offer(
    Button(_("Confirm"), STAYS + opens("confirm_delivery", "d-caps"), typed=spoken.SHOW_ALL)
).screen()  # fmt: skip
HOME_NEWS = Page().offer(Button(_("Home"), STAYS + HOME, typed=spoken.SHOW_ALL)).screen()
RETURNED, OTHER_RETURNED = (
    Page().offer(Button(_("Correct it"), STAYS + one, typed=spoken.CORRECT)).screen()
    for one in (opens("confirm_delivery", CORRECTS + "r7"), opens("report_meals", CORRECTS + "r8"))
)
HOME_CARD = Page().offer(Button.with_number(1, "Xác nhận", opens("confirm_delivery"))).screen()

DELIVERY = ("confirm_delivery", Claim(Strength.PLAIN, (Meant(BLANKETS),)))
DELIVERY_NAMED = ("confirm_delivery", Claim(Strength.NAMED, (Meant(BLANKETS),)))
MEAL = ("report_meals", Claim(Strength.PLAIN, (Meant(MEALS),)))
MEAL_NAMED = ("report_meals", Claim(Strength.NAMED, (Meant(MEALS),)))
NOTHING, NO_MEALS = _("Nothing waits."), _("No meals are served.")
NO_DELIVERY = ("confirm_delivery", Claim(Strength.REFUSED, refused=NOTHING))
NO_MEAL = ("report_meals", Claim(Strength.REFUSED, refused=NO_MEALS))
CODE = ("show_report", Claim(Strength.NAMED, opens="2345678"))
ANOTHER_CODE = ("show_report", Claim(Strength.NAMED, opens="8765432"))
CODE_OF_NONE = ("show_report", Claim(Strength.REFUSED, opens="2345679"))
PHOTO_OF_BLANKETS = ("confirm_delivery", Claim(Strength.WANTED, (Meant(BLANKETS),)))
PHOTO_OF_SCARVES = (
    "confirm_delivery",
    Claim(Strength.WANTED, (Meant(Draft.knowing(delivery="d-scarves")),)),
)
PHOTO_OF_REPORT = ("add_photos", Claim(Strength.WANTED, (Meant(Draft.knowing(report="r1")),)))
PHOTO_OF_ANY = ("add_photos", Claim(Strength.POSSIBLE, (Meant(Draft.knowing(report="r2")),)))


def heard(
    said: str,
    live: Screen | None = None,
    *subjects: tuple[str, Claim],
    shown: Sequence[Screen] = (),
) -> Claimed | Tie:
    cards = [Shown(one.to_json(), answers=bool(one.draft) or one is HOME_CARD) for one in shown]
    claims = by_words(
        said,
        commands={"xacnhan"},
        shown=cards,
        live=writing(live) if live is not None else None,
    )
    claims += [of_subject(name, claim) for name, claim in subjects]
    return decide(claims)


@pytest.mark.parametrize(
    ("said", "live", "shown", "subjects", "then"),
    [
        # Home, help and commands are understood wherever somebody stands.
        ("trang chủ", OUTCOME, (OUTCOME,), (DELIVERY_NAMED,), Way("home")),
        ("trợ giúp", OUTCOME, (OUTCOME,), (), Way("help")),
        ("xacnhan", None, (), (DELIVERY,), Way(opens("xacnhan"))),
        # What stands on the open card is meant for it, before anything a subject makes of the words.
        ("1", OUTCOME, (OUTCOME,), (MEAL,), OpenQuestion("=Đã nhận đủ")),
        ("còn thiếu", OUTCOME, (OUTCOME,), (DELIVERY_NAMED,), OpenQuestion("=Còn thiếu")),
        ("hủy", OUTCOME, (OUTCOME,), (), OpenQuestion("x")),
        ("thiếu", OUTCOME, (OUTCOME,), (DELIVERY_NAMED,), OpenQuestion()),
        # Other words are an answer, unless they clearly tell of something else.
        ("bị ướt do mưa", OUTCOME, (OUTCOME,), (), OpenQuestion()),
        ("45", question(), (question(),), (), OpenQuestion()),
        ("nhận 60 chăn", OUTCOME, (OUTCOME,), (DELIVERY_NAMED,), Begins((Meant(BLANKETS),))),
        ("cơm trưa 45 suất", OUTCOME, (OUTCOME,), (MEAL_NAMED,), Begins((Meant(MEALS),))),
        # A card that was told says what can be typed for its buttons.
        ("xem tất cả", None, (NEWS,), (), Way(STAYS + opens("confirm_delivery", "d-scarves"))),
        ("xem tất cả", OUTCOME, (OUTCOME, NEWS), (), Way(STAYS + opens("confirm_delivery", "d-scarves"))),
        # What several cards tell of is asked about, unless an answer of ours that is newer offers it.
        ("xem tất cả", None, (NEWS, OTHER_NEWS), (), Way(STAYS + opens("confirm_delivery"))),
        ("xem tất cả", None, (NEWS, HOME_NEWS), (), Way(STAYS + opens("confirm_delivery", "d-scarves"))),
        ("sửa báo cáo", None, (RETURNED, RETURNED), (), Way(STAYS + opens("confirm_delivery", CORRECTS + "r7"))),
        ("sửa báo cáo", None, (RETURNED, OTHER_RETURNED), (), Way(STAYS + opens(MY_REPORTS))),
        ("1", None, (HOME_CARD,), (), Way(opens("confirm_delivery"))),
        ("1", OUTCOME, (HOME_CARD, OUTCOME), (), Way(opens("confirm_delivery"))),
        # Where the open question was not shown in this chat, nothing typed here answers it.
        ("45", OUTCOME, (HOME_CARD,), (), ShownElsewhere()),
        # Out of the blue the most specific subject has it, whatever its place in the menu.
        ("45/60 chăn", None, (), (MEAL, DELIVERY_NAMED), Begins((Meant(BLANKETS),))),
        ("cơm trưa 45 suất", None, (), (DELIVERY, MEAL_NAMED), Begins((Meant(MEALS),))),
        ("đã nhận 60", None, (), (NO_DELIVERY,), Refuses(NOTHING)),
        ("đã nhận 60", None, (), (NO_DELIVERY, MEAL), Begins((Meant(MEALS),))),
        ("AB-2345-678", OUTCOME, (OUTCOME,), (CODE,), Opens("2345678")),
        # What may be a code, but is one of no report, is told to be none where nobody else has it.
        ("2345-679", None, (), (CODE_OF_NONE,), Opens("2345679")),
        ("2345-679", None, (), (CODE_OF_NONE, MEAL), Begins((Meant(MEALS),))),
        ("hôm nay trời lạnh quá", None, (), (), Home()),
        # Several things of one view are shown together, as those of a conversation are asked about together.
        ("AB-2345-678", None, (), (CODE, ANOTHER_CODE), Opens("")),
        ("AB-2345-678", None, (), (CODE, CODE), Opens("2345678")),
        # Where all refuse, each tells why; one that can make something of it has it.
        ("đã nhận 60", None, (), (NO_DELIVERY, NO_MEAL), Refuses(join("\n", (NOTHING, NO_MEALS)))),
        ("đã nhận 60", None, (), (NO_DELIVERY, NO_DELIVERY), Refuses(NOTHING)),
        ("2345-679", None, (), (NO_DELIVERY, CODE_OF_NONE), Opens("2345679")),
    ],
)  # fmt: skip
def test_whoever_is_most_specific_hears_it(
    said: str,
    live: Screen | None,
    shown: Sequence[Screen],
    subjects: Sequence[tuple[str, Claim]],
    then: Then,
) -> None:
    found = heard(said, live, *subjects, shown=shown)
    assert isinstance(found, Claimed)
    assert found.then == then


def test_a_tie_of_two_subjects_asks_which_is_meant() -> None:
    found = heard("45/60", None, DELIVERY, MEAL)
    assert isinstance(found, Tie)
    assert {one.by for one in found.claims} == {"confirm_delivery", "report_meals"}


@pytest.mark.parametrize("subjects", [(DELIVERY, MEAL), (MEAL, DELIVERY)])
def test_the_order_of_the_subjects_decides_nothing(subjects: Sequence[tuple[str, Claim]]) -> None:
    assert isinstance(heard("45/60", None, *subjects), Tie)


@pytest.mark.parametrize(
    ("subjects", "then"),
    [
        ((PHOTO_OF_BLANKETS,), Begins((Meant(BLANKETS),))),
        ((PHOTO_OF_BLANKETS, PHOTO_OF_SCARVES), Begins((Meant(),))),
        ((PHOTO_OF_BLANKETS, PHOTO_OF_ANY), Begins((Meant(BLANKETS),))),
        ((PHOTO_OF_ANY,), Begins((Meant(Draft.knowing(report="r2")),))),
        ((), Home()),
    ],
)
def test_a_photo_without_a_word_is_for_what_waits_for_one(
    subjects: Sequence[tuple[str, Claim]], then: Then
) -> None:
    found = decide([hearing.NOBODY, *(of_subject(name, claim) for name, claim in subjects)])
    assert isinstance(found, Claimed)
    assert found.then == then


def test_a_photo_that_a_report_and_a_delivery_want_alike_is_asked_about() -> None:
    claims = [of_subject(name, claim) for name, claim in (PHOTO_OF_BLANKETS, PHOTO_OF_REPORT)]
    assert isinstance(decide(claims), Tie)


@pytest.mark.parametrize("strength", [Strength.OPEN, Strength.SHOWN, Strength.PRESSED])
def test_a_reply_belongs_to_the_message_it_replies_to(strength: Strength) -> None:
    replied = Claimed(Strength.REPLIED, hearing.BeginsByReply("confirm_delivery:d-scarves"))
    assert decide([Claimed(strength, OpenQuestion()), replied]) == replied


def test_no_two_strengths_are_alike() -> None:
    assert len({one.value for one in Strength}) == len(Strength.__members__)
