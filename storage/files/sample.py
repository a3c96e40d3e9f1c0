"""A made-up programme to practise with: real communes, invented schools, people and deliveries."""

from datetime import date, datetime, timedelta

from sqlmodel import col, select

from locales import _
from locales.dates import local_day
from locales.folding import fold
from storage import history
from storage.access import Session
from storage.help import submissions
from storage.help.confirmations import NewConfirmation, Outcome
from storage.help.deliveries import Delivery, HandOver, left
from storage.identity import new_id
from storage.people import people
from storage.people.people import Address, Person, Role
from storage.programme import reference
from storage.programme.sites import Enrolment, Site, SiteHome
from storage.refusals import Refused

CHANNEL = "telegram"
"""The practice Telegram stands in for the real one."""
LAN_SITE = "M12-1"
NEWCOMER_SITE = "M12-2"
"""Where the newcomer of the practice page is invited to."""
TEXT_SITE = "M12-3"
"""Where the newcomer with the old phone, which only knows text, is invited to."""
COMMUNE = "01327"
MERGED_FROM = "01330"
"""The former commune of one school, which was re-homed when the communes merged."""
MERGER = date(2025, 7, 1)
REHOMED = "M13"

CAST = (
    ("700001", "Lan", "co", Role.SITE, LAN_SITE),
    ("700002", "Minh", "anh", Role.LOCAL, COMMUNE),
    ("700003", "Thảo", "chi", Role.COORD, ""),
    ("700004", "Hoa", "quy_vi", Role.DONOR, ""),
)


async def has_sample(session: Session) -> bool:
    return (
        await session.execute(select(Site.code).where(col(Site.sample)).limit(1))
    ).first() is not None


async def has_real(session: Session) -> bool:
    """Whether anything here is meant in earnest."""
    sites = await session.execute(select(Site.code).where(~col(Site.sample)).limit(1))
    if sites.first() is not None:
        return True
    real = select(people.Membership.id).join(
        Person, col(Person.id) == col(people.Membership.person_id)
    )
    return (await session.execute(real.where(~col(Person.sample)).limit(1))).first() is not None


async def load(session: Session, now: datetime) -> None:
    """Fill an empty store; nothing happens where the sample is there already; raises Refused among real records."""
    if await has_sample(session):
        return
    if await has_real(session):
        raise Refused(
            _("This store holds real records. The sample programme is only for an empty store.")
        )
    await reference.add_plans(session, "sample_plans.csv")
    await _sites(session)
    await _cast(session, now)
    await _deliveries(session, now)


async def _sites(session: Session) -> None:
    for row in reference.rows("sample_sites.csv"):
        session.add(
            Site(
                code=row["code"],
                name=row["name"],
                folded=fold(row["name"]),
                kind=row["kind"],
                parent_code=row["parent_code"] or None,
                stages=row["stages"],
                valid_from=date(2020, 9, 1),
                sample=True,
            )
        )
        await session.flush()
        if row["code"].startswith(REHOMED):
            former = SiteHome(
                site_code=row["code"],
                since=date(2020, 9, 1),
                unit_code=MERGED_FROM,
                unit_from=reference.OLD_TREE,
                until=MERGER - timedelta(days=1),
            )
            session.add(former)
        session.add(
            SiteHome(
                site_code=row["code"], since=MERGER, unit_code=row["unit_code"], unit_from=MERGER
            )
        )
        session.add(
            Enrolment(
                site_code=row["code"],
                school_year="2026-2027",
                stage=row["stages"].split()[0],
                children=int(row["children"]),
            )
        )


async def _cast(session: Session, now: datetime) -> None:
    for address, name, form, role, at in CAST:
        person = Person(name=name, address=form, created_at=now, sample=True)
        session.add(person)
        await session.flush()
        session.add(Address(channel=CHANNEL, address=address, person_id=person.id, since=now))
        people.grant(
            session,
            person.id,
            role,
            by=None,
            now=now,
            site_code=at if role == Role.SITE else None,
            unit_code=at if role == Role.LOCAL else None,
            unit_from=MERGER if role == Role.LOCAL else None,
        )
    await session.flush()


async def _deliveries(session: Session, now: datetime) -> None:
    """Some planned, some on the way, some confirmed by a teacher who has no phone of her own here."""
    teacher = Person(name="Mai (mẫu)", address="co", created_at=now, sample=True)
    session.add(teacher)
    for row in reference.rows("sample_deliveries.csv"):
        day = local_day(now) + timedelta(days=int(row["in_days"]))
        delivery = Delivery(
            id=new_id(),
            reference=row["reference"],
            plan_code="2026-2030",
            site_code=row["site_code"],
            item_code=row["item_code"],
            quantity=int(row["quantity"]),
            day=day,
            source=row["source"],
            created_at=now,
            sample=True,
        )
        session.add(delivery)
        facts = {
            "site": delivery.site_code,
            "item": delivery.item_code,
            "quantity": delivery.quantity,
        }
        history.note(session, "delivery.load", delivery.id, by=None, now=now, after=facts)
        await session.flush()
        if row["handed_over"]:
            handed = HandOver(
                delivery_id=delivery.id,
                brought_by=row["brought_by"],
                quantity=int(row["handed_over"]),
                handed_on=day,
                recorded_at=now,
            )
            session.add(handed)
            facts = {"delivery": delivery.id, "quantity": handed.quantity}
            history.note(session, "hand_over.record", handed.id, by=None, now=now, after=facts)
            await session.flush()
            await left(session, delivery.id)
        if row["received"]:
            await _confirmed(session, delivery, row, teacher.id, now)


async def _confirmed(
    session: Session, delivery: Delivery, row: dict[str, str], teacher: str, now: datetime
) -> None:
    received = int(row["received"])
    said = NewConfirmation(
        delivery_id=delivery.id,
        outcome=Outcome.ALL if received >= delivery.quantity else Outcome.PART,
        received=received,
        damaged=0,
        by_site_code=delivery.site_code,
        reason=row["reason"],
        received_on=delivery.day,
    )
    await submissions.submit(session, said.version(), by=teacher, message_at=now, now=now)
    await session.flush()
