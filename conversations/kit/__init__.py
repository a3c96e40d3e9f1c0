"""The vocabulary that conversations are written in."""

from conversations.kit.choice import Choice, Option
from conversations.kit.claims import Claim, Meant, Strength
from conversations.kit.context import Context
from conversations.kit.conversation import (
    GOODS,
    PEOPLE,
    PROGRAMME,
    REPORTS,
    About,
    Conversation,
    Entry,
    Hears,
    Menu,
    Onward,
    View,
)
from conversations.kit.day import Day
from conversations.kit.draft import Answer, Draft, reopen
from conversations.kit.note import Note, Reason, Words
from conversations.kit.number import Number
from conversations.kit.photos import Photos
from conversations.kit.report_kinds import ReportKind
from conversations.kit.review import Review
from conversations.kit.screens import Button, Line, Page, Screen, Style
from conversations.kit.steps import FormState, Step
from conversations.kit.turning import Turn, ask, turn
from storage.refusals import Misunderstood, Refused

__all__ = [
    "About",
    "Answer",
    "Button",
    "Choice",
    "Claim",
    "Context",
    "Conversation",
    "Day",
    "Draft",
    "Entry",
    "FormState",
    "GOODS",
    "Hears",
    "Line",
    "Meant",
    "Menu",
    "Misunderstood",
    "Note",
    "Number",
    "Onward",
    "Option",
    "PEOPLE",
    "PROGRAMME",
    "Page",
    "Photos",
    "REPORTS",
    "Reason",
    "Refused",
    "ReportKind",
    "Review",
    "Screen",
    "Step",
    "Strength",
    "Style",
    "Turn",
    "View",
    "Words",
    "ask",
    "reopen",
    "turn",
]
