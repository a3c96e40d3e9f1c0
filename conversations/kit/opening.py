"""What a conversation begins with: what a card or a link tells, or all that a returned report says."""

from __future__ import annotations

from dataclasses import replace

from conversations.kit.children import CHILDREN, answer_of
from conversations.kit.context import Context
from conversations.kit.conversation import Conversation
from conversations.kit.draft import Draft, reopen
from conversations.kit.links import CORRECTS
from conversations.kit.looking import stands_on, state_of
from conversations.kit.permissions import to_be_added_to
from conversations.kit.report_kinds import ReportKind
from locales import _
from storage.help import late_photos, reviews
from storage.help.reports import Reported, ReportState
from storage.help.submissions import Corrected
from storage.refusals import Refused

NOTE = "note"
"""The question for the words that every kind of report may have."""


async def opening(conversation: Conversation, context: Context, payload: str) -> Draft:
    """The draft that a payload opens; raises Refused."""
    if conversation.report is None or not payload.startswith(CORRECTS):
        return await conversation.entry.opening(context, payload)
    reported = await to_be_added_to(context, payload.removeprefix(CORRECTS))
    if reported.report.state != ReportState.RETURNED:
        raise Refused(_("This report does not wait for a correction any more."))
    draft = await _as_it_was_said(conversation, conversation.report, reported, context)
    number = reported.version.version
    returned = await reviews.why_returned(context.session, reported.report.id, number)
    if returned is None:
        return draft
    step = conversation.step(returned.step)
    asks = step is not None and not conversation.is_fixed(step, draft.corrects)
    return reopen(draft, returned.step if asks else "", returned.reason)


async def _as_it_was_said(
    conversation: Conversation, kind: ReportKind, reported: Reported, context: Context
) -> Draft:
    """All answers of the newest version, from its figures; what is not the same of all photos is asked."""
    report_id = reported.report.id
    photos, no_child = await late_photos.declared_of(context.session, report_id)
    answers = {**kind.answers(reported), NOTE: reported.version.note}
    if conversation.photos is not None:
        answers[conversation.photos.name] = photos
    if no_child is not None:
        answers[CHILDREN] = answer_of(no_child)
    known = {one.name: answers[one.name] for one in conversation.steps if one.name in answers}
    corrects = Corrected(report_id, reported.version.version, tuple(photos))
    draft = replace(Draft.knowing(**known), corrects=corrects)
    for step, reason in reported.flags.items():
        if step in known:
            draft = draft.change(step, reason=reason)
    now = stands_on(conversation, await state_of(conversation, draft, context))
    for step in known:
        draft = draft.change(step, depends_on=now[step])
    return draft
