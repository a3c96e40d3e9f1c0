"""What can be talked about: every conversation, in the order of the menu."""

from conversations.add_phone import add_phone
from conversations.add_photos import add_photos
from conversations.ask_to_join import ask_to_join
from conversations.be_donor import be_donor
from conversations.confirm_delivery import confirm_delivery
from conversations.decide_join import decide_join
from conversations.declare_photos import declare_photos
from conversations.hand_over import hand_over
from conversations.join import join
from conversations.kit.conversation import Conversation
from conversations.language import language
from conversations.move_phone import move_phone
from conversations.my_reports import my_reports
from conversations.place_photos import place_photos
from conversations.plan_delivery import plan_delivery
from conversations.programme import programme
from conversations.take_phone import take_phone
from conversations.waiting_reports import waiting_reports

ALL: tuple[Conversation, ...] = (
    place_photos,
    confirm_delivery,
    my_reports,
    add_photos,
    declare_photos,
    waiting_reports,
    decide_join,
    plan_delivery,
    hand_over,
    be_donor,
    join,
    move_phone,
    add_phone,
    take_phone,
    programme,
    ask_to_join,
    language,
)
