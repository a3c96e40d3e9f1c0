"""Conversations that the system opens itself: a query and a sentence each."""

from conversations.reminders.new_reports import new_reports
from conversations.reminders.planned_deliveries import planned_deliveries
from conversations.reminders.rule import Rule

ALL: tuple[Rule, ...] = (new_reports, planned_deliveries)
