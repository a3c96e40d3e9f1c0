"""A conversation that asks for a document and for photos, for tests of the kit alone: no product sends lists."""

from __future__ import annotations

import conversations
from conversations.kit.conversation import Conversation, Menu
from conversations.kit.document import Document
from conversations.kit.note import Note
from conversations.kit.photos import Photos
from conversations.kit.review import Review
from conversations.kit.screens import Attachment, Page, Screen, Style
from conversations.kit.steps import FormState, Step
from conversations.lobby.lobby import Lobby
from locales import plain
from storage.help import documents
from storage.help.photos import Photo
from storage.people.people import Role

A_LIST = Document("list", plain("Danh sách"), plain("Vui lòng gửi danh sách lớp."))
IF_THERE = Document("list", plain("Danh sách"), plain("Vui lòng gửi danh sách lớp."), optional=True)
TWO_PHOTOS = Photos("photos", plain("Ảnh"), plain("Vui lòng gửi ảnh lớp."), enough=2)
A_NOTE = Note("note", plain("Ghi chú"), plain("Có điều gì cần nói thêm không?"))


def sending(*steps: Step) -> Conversation:
    """Cô Lan sends these, and is shown them again."""
    return Conversation(
        "send_list",
        plain("Gửi danh sách"),
        (*steps, Review()),
        show_again,
        roles=(Role.SITE,),
        menu=Menu(command="guidanhsach"),
    )


async def show_again(state: FormState) -> Screen:
    """What came, as far as it is here."""
    page = Page().add(plain("Đã nhận danh sách."), Style.TITLE)
    sent = await documents.by_id(state.context.session, state.answers.get("list") or "")
    document = None
    if sent is not None and sent.file_key is not None:
        document = Attachment(sent.file_key, sent.name, sent.media_type)
    found = [
        await state.context.session.get(Photo, one) for one in state.answers.get("photos") or ()
    ]
    pictures = tuple(one.public_key for one in found if one is not None and one.public_key)
    return Screen(tuple(page.lines), (), pictures=pictures, document=document)


def with_lists(*steps: Step) -> Lobby:
    """All that the product talks about, and this."""
    return Lobby((*conversations.ALL, sending(*steps)))
