"""What somebody has said so far in a conversation, and what of it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from conversations.kit.screens import words_from_json, words_to_json
from locales import Text
from storage.help.submissions import Corrected
from storage.messages import drafts


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one question, with all that belongs to it; plain values, as they are kept in JSON."""

    value: Any = None
    """None while there is none."""
    settled: bool = False
    reason: str = ""
    """Why it is right although it is unusual."""
    depends_on: Any = None
    """What it stood on when it was given: when that changes, it is asked again; None where it stands alone."""
    by_hand: bool = False
    """The person dealt with the question themselves, so nothing is inferred for it."""
    doubted: Any = None
    """An unusual answer that waits for a reason, or to be given anew."""

    def to_json(self) -> dict[str, Any]:
        """Only what is not as it is by default."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if getattr(self, one.name) != one.default
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Answer:
        return cls(**data)


NO_ANSWER = Answer()


@dataclass(frozen=True, slots=True)
class Reopened:
    """Somebody else asks for another answer to a question."""

    step: str
    why: Text | str
    """Shown above the question until it is answered."""

    def to_json(self) -> dict[str, Any]:
        return {"step": self.step, "why": words_to_json(self.why)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reopened:
        return cls(data["step"], words_from_json(data["why"]))


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been said so far: there is no current step, only what is not settled yet. Slot filling."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    opened_with: str = ""
    """The words with which the conversation began without being asked for, and those under its photos."""
    editing: str = ""
    """The question that is open because its answer is to be changed; empty for none."""
    reopened: Reopened | None = None
    corrects: Corrected | None = None
    """The version of a report that this is to take the place of; None where something new is reported."""
    page: int = 0

    @classmethod
    def knowing(cls, **known: Any) -> Draft:
        """A new one in which this is settled already."""
        return cls({name: Answer(value, settled=True) for name, value in known.items()})

    @property
    def settled(self) -> tuple[str, ...]:
        return tuple(name for name, one in self.answers.items() if one.settled)

    @property
    def is_empty(self) -> bool:
        """There is nothing in it at all."""
        return not self.answers and not self.opened_with

    @property
    def is_untouched(self) -> bool:
        """Nobody has said anything in it: all that it holds came with the card or the link that opened it."""
        said = self.opened_with or self.reopened or self.corrects
        return not said and all(one.settled and not one.by_hand for one in self.answers.values())

    def of(self, name: str) -> Answer:
        return self.answers.get(name, NO_ANSWER)

    def value(self, name: str) -> Any:
        return self.of(name).value

    def change(self, name: str, **parts: Any) -> Draft:
        """The draft with parts of one answer changed."""
        return replace(self, answers={**self.answers, name: replace(self.of(name), **parts)})

    def renamed(self, before: str, after: str) -> Draft:
        """The answer under the present name of its question."""
        answers = {after if name == before else name: one for name, one in self.answers.items()}
        return replace(self, answers=answers)

    def settle(self, name: str, value: Any, depends_on: Any = None) -> Draft:
        answered = self.change(name, value=value, settled=True, doubted=None, depends_on=depends_on)
        still_open = self.reopened and self.reopened.step != name
        return replace(answered, editing="", page=0, reopened=self.reopened if still_open else None)

    def unsettle(self, name: str) -> Draft:
        """The answer is offered once more where its question applies."""
        return self.change(name, settled=False)

    def ask_again(self, name: str) -> Draft:
        """The question is asked, whatever may follow from what was said elsewhere."""
        asked = self.change(name, settled=False, reason="", doubted=None, by_hand=True)
        return replace(asked, page=0)

    def doubt(self, name: str, value: Any) -> Draft:
        """The answer stays open until a reason for it is given."""
        return self.ask_again(name).change(name, doubted=value)

    def edit(self, name: str) -> Draft:
        """The question is open because its answer is to be changed."""
        return replace(self.ask_again(name), editing=name)

    def to_json(self) -> dict[str, Any]:
        """As plain values, by the names under which a stored draft has them."""
        return {
            "answers": {name: one.to_json() for name, one in self.answers.items()},
            "opened_with": self.opened_with,
            "editing": self.editing,
            "page": self.page,
            "reopened": self.reopened.to_json() if self.reopened else None,
            "corrects": self.corrects.report_id if self.corrects else None,
            "corrects_version": self.corrects.version if self.corrects else None,
            "corrects_photos": list(self.corrects.photos) if self.corrects else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Draft:
        # What was kept before something was added says nothing of that.
        data = {**cls().to_json(), **data}
        corrects = None
        if data["corrects"] and data["corrects_version"]:
            photos = tuple(data["corrects_photos"] or ())
            corrects = Corrected(data["corrects"], data["corrects_version"], photos)
        return cls(
            {name: Answer.from_json(one) for name, one in data["answers"].items()},
            data["opened_with"],
            data["editing"],
            Reopened.from_json(data["reopened"]) if data["reopened"] else None,
            corrects,
            data["page"],
        )

    def keep_in(self, stored: drafts.StoredDraft) -> None:
        for name, value in self.to_json().items():
            setattr(stored, name, value)

    @classmethod
    def kept(cls, stored: drafts.StoredDraft) -> Draft:
        return cls.from_json({name: getattr(stored, name) for name in cls().to_json()})


def reopen(draft: Draft, step: str, why: Text | str) -> Draft:
    """The question is asked anew, with the reason above it until it is answered; the other answers stay.

    Without a question the reason stands above all answers.
    """
    return replace(draft.ask_again(step) if step else draft, reopened=Reopened(step, why))
