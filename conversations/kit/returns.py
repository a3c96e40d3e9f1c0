"""What becomes of a report that somebody else has looked at: found right, or returned, to be corrected at an answer."""

from __future__ import annotations

from conversations.kit import words
from conversations.kit.context import Context
from conversations.kit.links import CORRECTS, STAYS, opens
from conversations.kit.permissions import check_may_check
from conversations.kit.reports import show_the_officers, with_code
from conversations.kit.screens import Button, Page, Screen, Style
from locales import _, p_
from storage.help import reviews
from storage.help.receipts import display
from storage.help.reports import Reported, ReportState
from storage.people import areas
from storage.refusals import Refused


async def find_right(context: Context, reported: Reported) -> None:
    """Somebody else has looked at a report and found it right; raises Refused."""
    await _review(context, reported, ReportState.VERIFIED)


async def give_back(context: Context, reported: Reported, *, step: str, why: str) -> None:
    """Return a report to whoever sent it, to be corrected at one answer; raises Refused.

    It opens again with all other answers kept, and what is sent then becomes its next version. Where its sender is
    there no more, whoever else reports for the site is told; where nobody is, it is not returned.
    """
    staff = await areas.staff_of(context.session, reported.site.code, context.now)
    if not staff:
        raise Refused(
            _("Nobody reports for {site} at the moment, so nobody could correct this.").format(
                site=reported.site.name
            )
        )
    await _review(context, reported, ReportState.RETURNED, step=step, why=why)
    sender = [one.id for one in staff if one.id == reported.version.submitted_by]
    await context.tell(sender or [one.id for one in staff], _returned(context, reported, why))


async def _review(
    context: Context, reported: Reported, verdict: ReportState, *, step: str = "", why: str = ""
) -> None:
    await check_may_check(context, reported)
    await reviews.review(
        context.session,
        reported,
        verdict,
        by=context.person.id,
        now=context.now,
        reason=why,
        step=step,
    )
    await show_the_officers(context, reported.site.code)


def _returned(context: Context, reported: Reported, why: str) -> Screen:
    page = Page().add(_("The commune asks for a correction"), Style.TITLE)
    page.add(with_code(context, reported))
    page.add(_("Reason: {reason}").format(reason=why))
    page.add(_("The other answers are kept. After the correction it is checked again."))
    page.offer(Button(_("Correct it"), _opens(context, reported), typed=words.CORRECT))
    return page.screen()


def correct(context: Context, reported: Reported) -> Button:
    """Stands wherever a returned report is listed."""
    code = display(reported.report.code)
    return Button(
        _("Correct {code}").format(code=code),
        _opens(context, reported),
        typed=p_("words", "correct {code}").format(code=code),
    )


def _opens(context: Context, reported: Reported) -> str:
    kind = context.kinds[reported.report.kind]
    return STAYS + opens(kind.made_by, CORRECTS + reported.report.id)
