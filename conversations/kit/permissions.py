"""Which reports somebody may see, add to and check: when it is offered and when it is done.

Authorization, in one place.
"""

from __future__ import annotations

from conversations.kit.context import Context
from conversations.kit.places import sites_reported_for
from locales import _
from storage.help import reports
from storage.help.reports import Reported
from storage.people.areas import units_of_officer
from storage.people.people import Role
from storage.programme import sites
from storage.programme.sites import Site
from storage.refusals import Refused

NOT_THEIRS = _("This report is not one of those {you} sent.")


async def check_reports_for(context: Context, site: Site) -> None:
    """Raises Refused where this person does not report for the site: a role may have ended meanwhile."""
    if site.code not in await sites_reported_for(context):
        raise Refused(_("{You} do not report for {site} any more.").format(site=site.name))


async def of_their_sites(context: Context, report_id: str) -> Reported | None:
    """The report, if this person reports for its site: then they may add to it, whoever sent which version."""
    found = await reports.get(context.session, report_id)
    there = found is not None and found.site.code in await sites_reported_for(context)
    return found if there else None


async def to_be_added_to(context: Context, report_id: str) -> Reported:
    """The same; raises Refused, which names the site only to whoever sent the report."""
    found = await reports.get(context.session, report_id)
    if found is None:
        raise Refused(NOT_THEIRS)
    if found.site.code not in await sites_reported_for(context):
        if found.version.submitted_by == context.person.id:
            await check_reports_for(context, found.site)
        raise Refused(NOT_THEIRS)
    return found


async def sent_by_them(context: Context, limit: int) -> list[Reported]:
    """What this person sent a version of, at the sites that they still report for."""
    there = await sites_reported_for(context)
    return await reports.sent_by(context.session, context.person.id, there, limit)


async def returned_to_them(context: Context) -> list[Reported]:
    """What this person, or whoever is left at their sites, is to correct."""
    there = await sites_reported_for(context)
    return await reports.to_correct(context.session, context.person.id, there, context.now)


async def how_many_returned_to_them(context: Context) -> int:
    there = await sites_reported_for(context)
    return await reports.count_to_correct(context.session, context.person.id, there, context.now)


async def may_see(context: Context, reported: Reported) -> bool:
    """Staff of the site, the officers of its commune, and the province."""
    at_the_site = reported.site.code in await sites_reported_for(context)
    return at_the_site or await _looks_after(context, reported)


async def check_may_check(context: Context, reported: Reported) -> None:
    """Raises Refused for whoever is neither an officer of its commune nor of the province."""
    if not await _looks_after(context, reported):
        raise Refused(_("This site is not in the area of {you}."))


async def _looks_after(context: Context, reported: Reported) -> bool:
    if Role.COORD in context.roles:
        return True
    home = await sites.home_of(context.session, reported.site.code, context.today)
    here = home and (home.unit_code, home.unit_from)
    return here in units_of_officer(context.memberships)
