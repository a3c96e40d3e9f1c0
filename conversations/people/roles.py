"""What somebody is, and where, in words."""

from __future__ import annotations

from datetime import date

from locales import Text, _, p_
from storage.database import Session
from storage.people.people import HeldRole, Membership, Role
from storage.programme import sites, units


async def role_at(session: Session, membership: HeldRole | Membership, day: date) -> Text:
    """What somebody is, and where, as in “giáo viên, Điểm trường …”."""
    role = ROLES[Role(membership.role)]
    if membership.site_code:
        site = await sites.get(session, membership.site_code)
        return _("{role}, {place}").format(role=role, place=site.name if site else "")
    if membership.unit_code:
        unit = await units.valid_on(session, membership.unit_code, day)
        return _("{role}, {place}").format(role=role, place=unit.name if unit else "")
    return role


ROLES = {
    Role.PPC: p_("role", "provincial People's Committee"),
    Role.COORD: p_("role", "officer of the lead department"),
    Role.FUND: p_("role", "Children's Fund"),
    Role.HEALTH: p_("role", "health sector"),
    Role.CULT: p_("role", "culture sector"),
    Role.EDU: p_("role", "education sector"),
    Role.ETH: p_("role", "ethnic affairs sector"),
    Role.FRONT: p_("role", "Fatherland Front"),
    Role.DEPT: p_("role", "provincial department"),
    Role.LOCAL: p_("role", "commune officer"),
    Role.SITE: p_("role", "school staff"),
    Role.DONOR: p_("role", "donor"),
    Role.FIN: p_("role", "finance authority"),
    Role.PARTY: p_("role", "party committee"),
    Role.ADMIN: p_("role", "operator of the system"),
}
