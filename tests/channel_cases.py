"""The table that every chat app must pass: each conversation, told as what people do, without naming any app.

`tests/bot/test_channel_cases.py` plays each case over each channel with real reception, post and photo fetcher, and
compares what is in the store afterwards. A new channel is done when its people pass the table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.people.people import Role
from tests.cast import CO_BA, NA_TENH
from tests.talking import HOA, LAN, MINH, SON


@dataclass(frozen=True)
class Opens:
    """They ask for a conversation by its command; for home when it is empty."""

    command: str = ""


@dataclass(frozen=True)
class Comes:
    """They come through an invitation to a role somewhere."""

    role: Role
    at: str


@dataclass(frozen=True)
class Follows:
    """They come through the link that somebody was shown last."""

    whose: str


@dataclass(frozen=True)
class Picks:
    """They choose what a button says, on the newest card that has it."""

    label: str


@dataclass(frozen=True)
class Says:
    """They answer in words, or with a count."""

    text: str


@dataclass(frozen=True)
class Sends:
    """They send a photo of this colour."""

    colour: str


LINK = re.compile(r"start[= ]([A-Za-z0-9_-]{16,64})")
"""How a link shows in what people read, with its payload."""

CODE = re.compile(r"AB-[0-9A-Z]{4}-[0-9A-Z]{3}")
"""How a receipt code shows in what people read."""


@dataclass(frozen=True, slots=True)
class TypesTheCode:
    """They type the receipt code that they read last."""


Deed = Opens | Comes | Follows | Picks | Says | Sends | TypesTheCode
Case = tuple[tuple[str, Deed], ...]


def by(who: str, *deeds: Deed) -> Case:
    return tuple((who, deed) for deed in deeds)


ALL_BLANKETS = by(
    LAN,
    Opens("xacnhan"),
    Picks("60 chiếc chăn bông"),
    Picks("Đã nhận đủ, không hỏng"),
    Picks("Hôm nay"),
)
UNTIL_THE_COMMUNE_IS_ASKED = by(
    SON,
    Opens(),
    Picks("Tôi làm ở trường hoặc ở xã"),
    Picks("Xã Cốc Pàng"),
    Picks("Xem thêm"),
    Says("trang trước"),
    Picks("Lùi"),
    Picks("Xã Cô Ba"),
    Picks("Điểm trường Nà Tềnh"),
    Picks("Thầy"),
    Says("Nông Văn Sơn"),
    Picks("Gửi"),
)

CASES: dict[str, Case] = {
    "confirm_delivery": by(
        LAN,
        Opens(),
        Picks("Xác nhận hàng đã nhận"),
        Picks("60 chiếc chăn bông"),
        Picks("Thiếu, thừa hoặc có đồ hỏng"),
        Says("45"),
        Picks("0 chiếc chăn bông"),
        Picks("Đường khó đi, thời tiết xấu"),
        Picks("Hôm nay"),
        Sends("seagreen"),
        Sends("peru"),
        Picks("Xong"),
        Picks("Không nhận ra cháu nào"),
        Picks("Không có ghi chú"),
        Picks("Gửi"),
        Picks("Trang chủ"),
    ),
    "confirm_delivery.second_thoughts": by(
        LAN,
        Opens("xacnhan"),
        Picks("30 chiếc khăn ấm"),
        Picks("Thiếu, thừa hoặc có đồ hỏng"),
        Says("65"),
        Picks("Trả lời lại"),
        Says("65"),
        Says("được tặng thêm"),
        Picks("Lùi"),
        Picks("Giữ nguyên"),
        Says("được tặng thêm"),
        Says("1"),
        Picks("Hủy"),
        Picks("Khôi phục"),
        Picks("Lùi"),
        Says("2"),
        Picks("Hỏng trên đường vận chuyển"),
        Picks("Hôm qua"),
        Picks("Chưa có ảnh, gửi sau"),
        Says("trời mưa, đường trơn"),
        Picks("Sửa"),
        Picks("Số đếm được"),
        Says("29"),
        Picks("Gửi"),
    ),
    "confirm_delivery.put_aside": (
        *ALL_BLANKETS,
        *by(
            LAN,
            Opens(),
            Picks("Tiếp tục"),
            Picks("Chưa có ảnh, gửi sau"),
            Opens("dabaocao"),
            Picks("Trang chủ"),
            Opens("xacnhan"),
            Picks("Bỏ và làm lại từ đầu"),
            Picks("30 chiếc khăn ấm"),
            Opens(),
            Picks("Bỏ: 30 chiếc khăn ấm"),
            Opens("xacnhan"),
            Picks("30 chiếc khăn ấm"),
            Picks("Chưa nhận được gì"),
            Picks("Chưa được báo về đợt hàng này"),
            Picks("Không có ghi chú"),
            Picks("Gửi"),
        ),
    ),
    "my_reports, add_photos": (
        *ALL_BLANKETS,
        *by(
            LAN,
            Picks("Chưa có ảnh, gửi sau"),
            Picks("Không có ghi chú"),
            Picks("Gửi"),
            Opens("dabaocao"),
            Picks("Gửi ảnh cho"),
            Sends("seagreen"),
            Picks("Xong"),
            Picks("Không nhận ra cháu nào"),
            Picks("Trang chủ"),
        ),
    ),
    "which_is_meant": (
        *ALL_BLANKETS,
        *by(
            LAN,
            Picks("Chưa có ảnh, gửi sau"),
            Picks("Không có ghi chú"),
            Picks("Gửi"),
            Sends("seagreen"),
            Picks("Đã báo cáo: 60 chiếc chăn bông"),
            Picks("Xong"),
            Picks("Không nhận ra cháu nào"),
        ),
    ),
    "show_report": (
        *ALL_BLANKETS,
        *by(
            LAN,
            Picks("Chưa có ảnh, gửi sau"),
            Picks("Không có ghi chú"),
            Picks("Gửi"),
            TypesTheCode(),
            Picks("Trang chủ"),
        ),
    ),
    "waiting_reports": (
        *ALL_BLANKETS,
        *by(LAN, Picks("Chưa có ảnh, gửi sau"), Picks("Không có ghi chú"), Picks("Gửi")),
        *by(MINH, Opens(), Picks("Báo cáo chờ kiểm tra"), Picks("Trang chủ")),
    ),
    "plan_delivery, hand_over": (
        *by(
            MINH,
            Opens("kehoach"),
            Picks("Điểm trường Nà Tềnh"),
            Picks("chiếc áo phao"),
            Says("25"),
            Picks("Ngày mai"),
            Says("Nhóm Áo Ấm (mẫu)"),
            Picks("Gửi"),
            Opens("bangiao"),
            Picks("25 chiếc áo phao"),
            Says("anh Tuấn (mẫu)"),
            Picks("25 chiếc áo phao"),
            Picks("Hôm nay"),
            Picks("Gửi"),
        ),
        *by(
            LAN,
            Picks("Xác nhận"),
            Picks("Đã nhận đủ, không hỏng"),
            Picks("Hôm nay"),
            Picks("Chưa có ảnh, gửi sau"),
            Picks("Không có ghi chú"),
            Picks("Gửi"),
        ),
    ),
    "ask_to_join, decide_join": (
        *UNTIL_THE_COMMUNE_IS_ASKED,
        *by(MINH, Picks("Xem và quyết định"), Picks("Đồng ý")),
        *by(SON, Picks("Trang chủ"), Picks("Xác nhận hàng đã nhận")),
    ),
    "decide_join.declined": (
        *UNTIL_THE_COMMUNE_IS_ASKED,
        *by(
            MINH,
            Opens(),
            Picks("Đề nghị tham gia"),
            Picks("Nông Văn Sơn"),
            Picks("Không đồng ý"),
            Says("Trường không có ai tên như vậy"),
        ),
        *by(SON, Picks("Trang chủ")),
    ),
    "be_donor": by(SON, Opens(), Picks("Tôi muốn giúp các cháu"), Picks("Quý vị")),
    "join": by(SON, Comes(Role.SITE, NA_TENH), Picks("Thầy"), Says("Nông Văn Sơn")),
    "join.officer": by(SON, Comes(Role.LOCAL, CO_BA), Picks("Anh"), Says("Nông Văn Sơn")),
    "move_phone, take_phone": (
        *by(LAN, Opens("xacnhan"), Picks("60 chiếc chăn bông")),
        *by(
            MINH,
            Opens("doimay"),
            Picks("Lan"),
            Picks("Máy bị mất hoặc hỏng"),
            Picks("Gửi"),
        ),
        *by(SON, Follows(MINH), Picks("Tiếp tục"), Picks("Đã nhận đủ, không hỏng")),
    ),
    "add_phone": (
        *by(LAN, Opens("themmay")),
        *by(SON, Follows(LAN), Picks("Xác nhận hàng đã nhận")),
    ),
    "programme": by(HOA, Opens(), Picks("Giới thiệu chương trình"), Picks("Trang chủ")),
    "language": by(
        LAN, Opens("ngonngu"), Picks("English"), Picks("Confirm a delivery"), Picks("Cancel")
    ),
}
