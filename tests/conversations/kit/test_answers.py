"""What a question says of the answers it takes is so."""

from __future__ import annotations

import conversations
from conversations.kit import Conversation, Number, Reason, Screen
from conversations.kit.conversation import Menu
from conversations.kit.events import EditedMessage
from conversations.lobby.lobby import Lobby
from locales import _
from tests.talking import EVENTS, LAN, Talk

EVENTS.update(edited=lambda: EditedMessage("20"))


async def never_finished(_state: object) -> Screen:
    raise AssertionError


ROOM = Conversation(
    "tell_of_room",
    _("Room"),
    menu=Menu(_("Room"), command="phong"),
    steps=(
        Number("degrees", _("Degrees"), _("How warm is it?")),
        Reason("reason", _("Reason"), _("Why is it so?")),
    ),
    finish=never_finished,
)


async def test_a_number_without_a_unit_stands_alone(quick_talk: Talk) -> None:
    quick_talk.reception.lobby = Lobby((*conversations.ALL, ROOM))
    await quick_talk.opened(LAN, "phong")
    noted = await quick_talk.said(LAN, "15")
    assert any(line.endswith(": 15") for line in noted.lines)
    back = await quick_talk.said(LAN, "lui")
    assert "Giữ nguyên: 15" in back.labels


async def test_a_number_is_asked_for_only_where_there_is_one_to_choose(quick_talk: Talk) -> None:
    quick_talk.reception.lobby = Lobby((*conversations.ALL, ROOM))
    await quick_talk.opened(LAN, "phong")
    await quick_talk.said(LAN, "15")
    asked = await quick_talk.said(LAN, "3")
    assert "từ 1 đến" not in asked.text
    assert "Vui lòng trả lời bằng chữ" in asked.text


async def test_back_is_named_only_where_there_is_a_way_back(quick_talk: Talk) -> None:
    quick_talk.reception.lobby = Lobby((*conversations.ALL, ROOM))
    await quick_talk.opened(LAN, "phong")
    for asked_before in (False, True):
        await quick_talk.arrives(LAN, {"kind": "edited"})
        await quick_talk.answer_all()
        shown = quick_talk.phone(LAN).last
        assert "Hệ thống không đọc lại tin nhắn đã sửa" in shown.text
        assert ("vui lòng chọn Lùi" in shown.text) == asked_before
        assert any("Lùi" in label for label in shown.labels) == asked_before
        await quick_talk.said(LAN, "15")
