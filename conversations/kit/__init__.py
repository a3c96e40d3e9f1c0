"""The vocabulary that conversations are written in."""

from conversations.kit.choice import Choice, Option
from conversations.kit.context import Context
from conversations.kit.conversation import Conversation, Onward, Overheard
from conversations.kit.day import Day
from conversations.kit.draft import Draft
from conversations.kit.note import Note, Reason, Words
from conversations.kit.number import Number
from conversations.kit.photos import Photos
from conversations.kit.review import Review
from conversations.kit.screens import Button, Line, Page, Screen, Style
from conversations.kit.steps import FormState, Step
from conversations.kit.turning import Turn, ask, begin, turn
from storage.refusals import Misunderstood, Refused

__all__ = [
    "Button",
    "Choice",
    "Conversation",
    "Day",
    "Context",
    "Draft",
    "Line",
    "Misunderstood",
    "FormState",
    "Note",
    "Number",
    "Onward",
    "Option",
    "Overheard",
    "Page",
    "Photos",
    "Reason",
    "Refused",
    "Review",
    "Screen",
    "Step",
    "Style",
    "Turn",
    "Words",
    "ask",
    "begin",
    "turn",
]
