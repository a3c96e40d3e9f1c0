"""Whoever is asked for a document sends one, and hears kindly of what is none."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import col, select, update

from conversations.kit.document import EXCEL, OFFICE, FileKind
from conversations.kit.events import SentContact, SentLocation
from conversations.kit.steps import Step
from storage.help.documents import StoredDocument
from storage.help.promised_files import FileState
from tests.lists import A_LIST, A_NOTE, IF_THERE, TWO_PHOTOS, with_lists
from tests.talking import EVENTS, LAN, Shown, Talk

EVENTS.update(location=SentLocation, contact=SentContact)
MB = 1024 * 1024
SHEET = f"{OFFICE}.spreadsheetml.sheet"


async def asked(talk: Talk, *steps: Step) -> Shown:
    talk.reception.lobby = with_lists(*steps)
    return await talk.opened(LAN, "guidanhsach")


async def sends(talk: Talk, name: str, kind: str = "", **more: Any) -> Shown:
    told = {"file_id": f"file-{name}", "unique_id": f"unique-{name}", "mime_type": kind}
    return await talk.sent_file(LAN, "document", file_name=name, **told | {"size": 1000} | more)


async def kept(talk: Talk) -> list[StoredDocument]:
    async with talk.database.reading() as session:
        found = await session.execute(select(StoredDocument).order_by(col(StoredDocument.id)))
        return list(found.scalars())


async def test_a_document_is_said_back_by_its_name(quick_talk: Talk) -> None:
    shown = await asked(quick_talk, A_LIST, A_NOTE)
    assert "Một tệp: PDF, Word, Excel, tối đa 20 MB." in shown.text
    shown = await sends(quick_talk, "Lớp 1A – tháng 11.xlsx", SHEET)
    assert "✓ Danh sách: Lớp 1A – tháng 11.xlsx" in shown.text
    await quick_talk.said(LAN, "khong")
    assert "Lớp 1A – tháng 11.xlsx" in quick_talk.phone(LAN).last.text
    [document] = await kept(quick_talk)
    assert (document.name, document.extension, document.state, document.size) == (
        "Lớp 1A – tháng 11.xlsx",
        "xlsx",
        FileState.PROMISED,
        1000,
    )


@pytest.mark.parametrize(
    ("name", "kind", "ending"),
    [
        ("a.PDF", "application/pdf", "pdf"),
        ("a.pdf", "", "pdf"),
        ("a.xls", "application/octet-stream", "xls"),
        ("a.docx", "application/wps-office.docx", "docx"),
        ("danh sach", "application/pdf", "pdf"),
        ("a.pdf.exe", "application/pdf", None),
        ("a.pdf", "video/mp4", None),
        ("a.pdf", SHEET, None),
        ("a.zip", "application/zip", None),
        ("", "", None),
    ],
)
async def test_its_name_and_its_type_tell_its_kind(
    quick_talk: Talk, name: str, kind: str, ending: str | None
) -> None:
    await asked(quick_talk, A_LIST, A_NOTE)
    shown = await sends(quick_talk, name, kind)
    assert [one.extension for one in await kept(quick_talk)] == ([ending] if ending else [])
    if ending is None:
        assert (
            "không đúng loại: cần PDF, Word, Excel. Vui lòng gửi một tệp như ghi bên dưới."
            in shown.text
        )


@pytest.mark.parametrize(
    ("size", "why"), [(0, "trống (0 byte)"), (20 * MB + 1, "nặng 21 MB, quá mức"), (20 * MB, "")]
)
async def test_it_is_neither_empty_nor_too_large(quick_talk: Talk, size: int, why: str) -> None:
    await asked(quick_talk, A_LIST, A_NOTE)
    shown = await sends(quick_talk, "a.pdf", size=size)
    assert len(await kept(quick_talk)) == (not why)
    assert why in shown.text


INSTEAD = {
    "video": "Đoạn video không dùng được ở đây. Vui lòng gửi một tệp",
    "voice": "Hệ thống không nghe được tin thoại. Vui lòng gửi một tệp",
    "sticker": "Nhãn dán không dùng được ở đây. Vui lòng gửi một tệp",
    "location": "Vị trí trên bản đồ không dùng được",
    "contact": "Danh bạ là dữ liệu cá nhân",
    "other": "Nội dung vừa gửi không dùng được ở đây",
}


async def test_each_thing_that_is_no_document_has_its_own_answer(quick_talk: Talk) -> None:
    await asked(quick_talk, A_LIST, A_NOTE)
    for kind, why in INSTEAD.items():
        if kind in {"location", "contact"}:
            await quick_talk.arrives(LAN, {"kind": kind})
            await quick_talk.answer_all()
        else:
            await quick_talk.sent_file(LAN, kind)
        assert why in quick_talk.phone(LAN).last.text
    for as_file in (False, True):
        shown = await quick_talk.sent_photo(LAN, "a", as_file=as_file)
        assert "Ảnh chụp không dùng được ở đây. Vui lòng gửi một tệp" in shown.text
    assert "Ở đây không nhập bằng chữ được" in (await quick_talk.said(LAN, "lớp em 20 cháu")).text
    assert "hôm khác gửi tệp cũng được" in (await quick_talk.said(LAN, "gửi sau")).text
    assert await kept(quick_talk) == []
    quick_talk.matches("kit/documents.in_every_shape")


@pytest.mark.parametrize("words", ["1", "gui sau", "bo qua", "không"])
async def test_only_where_it_may_it_follows_later(quick_talk: Talk, words: str) -> None:
    shown = await asked(quick_talk, IF_THERE, A_NOTE)
    assert shown.button("Chưa có tệp, làm tiếp")
    shown = await quick_talk.said(LAN, words)
    assert "✓ Danh sách: chưa có tệp" in shown.text


async def test_another_document_takes_the_place_of_the_first(quick_talk: Talk) -> None:
    await asked(quick_talk, A_LIST, A_NOTE)
    await sends(quick_talk, "nham.pdf")
    shown = await quick_talk.said(LAN, "lui")
    assert shown.button("Giữ nguyên: nham.pdf")
    shown = await sends(quick_talk, "dung.pdf")
    assert "✓ Danh sách: dung.pdf" in shown.text
    shown = await sends(quick_talk, "dung hon.pdf")
    assert "Tệp “dung hon.pdf” đã đến và được giữ lại." in shown.text
    assert "Có điều gì cần nói thêm không?" in shown.text
    shown = await sends(quick_talk, "sai.zip")
    assert "không đúng loại" in shown.text
    await quick_talk.said(LAN, "khong")
    assert "dung hon.pdf" in quick_talk.phone(LAN).last.text


async def test_the_same_message_twice_is_one_document(quick_talk: Talk) -> None:
    await asked(quick_talk, A_LIST, A_NOTE)
    file = {"kind": "file", "what": "document", "told": {"file_name": "a.pdf", "size": 1}}
    for number in (900, 901):
        await quick_talk.arrives(LAN, {**file, "message": "77"}, number)
        await quick_talk.answer_all()
    assert len(await kept(quick_talk)) == 1


async def test_a_document_that_is_missing_is_asked_for_again(quick_talk: Talk) -> None:
    await asked(quick_talk, A_LIST, A_NOTE)
    await sends(quick_talk, "a.pdf")
    async with quick_talk.database.writing() as session:
        await session.execute(update(StoredDocument).values(state=FileState.MISSING))
    shown = await quick_talk.said(LAN, "khong")
    assert "Vui lòng gửi danh sách lớp." in shown.text
    assert shown.labels == quick_talk.phone(LAN).last.labels
    assert not any("Giữ nguyên" in one for one in shown.labels)


async def test_only_the_kinds_that_are_asked_for_are_taken(quick_talk: Talk) -> None:
    table = FileKind("CSV", ("csv",), ("text/csv", "text/comma-separated-values"))
    step = type(A_LIST)("list", A_LIST.label, A_LIST.question, kinds=(EXCEL, table), largest=2 * MB)
    shown = await asked(quick_talk, step, A_NOTE)
    assert "Một tệp: Excel, CSV, tối đa 2 MB." in shown.text
    assert "không đúng loại" in (await sends(quick_talk, "a.pdf")).text
    assert "quá mức" in (await sends(quick_talk, "a.csv", "text/csv", size=3 * MB)).text
    assert "✓ Danh sách: a.csv" in (await sends(quick_talk, "a.csv", "text/csv")).text


async def test_photos_sent_where_a_document_is_asked_for_wait_for_their_question(
    quick_talk: Talk,
) -> None:
    await asked(quick_talk, A_LIST, TWO_PHOTOS)
    assert "Ảnh đã đến và được giữ lại." in (await quick_talk.sent_photo(LAN, "a")).text
    shown = await sends(quick_talk, "a.pdf")
    assert "Cần 2 ảnh" in shown.text
