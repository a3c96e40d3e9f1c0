"""What can be talked about, and what the system says unasked: every conversation and reminder there is."""

from conversations.deliveries.confirm_delivery import confirm_delivery
from conversations.deliveries.hand_over import hand_over
from conversations.deliveries.plan_delivery import plan_delivery
from conversations.deliveries.planned_deliveries import planned_deliveries
from conversations.kit.conversation import Subject
from conversations.kit.reminders import Rule
from conversations.people.add_phone import add_phone
from conversations.people.ask_to_join import ask_to_join
from conversations.people.be_donor import be_donor
from conversations.people.decide_join import decide_join
from conversations.people.join import join
from conversations.people.language import language
from conversations.people.move_phone import move_phone
from conversations.people.take_phone import take_phone
from conversations.programme.programme import programme
from conversations.reports.add_photos import add_photos
from conversations.reports.declare_photos import declare_photos
from conversations.reports.my_reports import my_reports
from conversations.reports.new_reports import new_reports
from conversations.reports.show_report import show_report
from conversations.reports.waiting_reports import waiting_reports

ALL: tuple[Subject, ...] = (
    confirm_delivery,
    my_reports,
    add_photos,
    declare_photos,
    show_report,
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
"""In the order of the menu, which decides nothing else."""

REMINDERS: tuple[Rule, ...] = (new_reports, planned_deliveries)
