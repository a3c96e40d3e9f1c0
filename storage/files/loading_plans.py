"""Plans come in as a file, so that a new period needs no programmer."""

from sqlmodel import select

from locales import Text, _
from storage.access import Session
from storage.files.sheets import Loading, Row, Sheet
from storage.programme.plans import Plan


async def take(session: Session, sheet: Sheet, loading: Loading) -> Text:
    """A new plan is added; a known one takes over the number, words and period of the file."""
    known = {plan.code: plan for plan in (await session.execute(select(Plan))).scalars()}
    added = changed = 0
    for row in sheet.rows:
        read = _plan(row)
        if row.wrong:
            loading.errors += row.errors()
            loading.plans_are_broken = True
            continue
        old = known.get(read.code)
        before, after = _facts(old) if old else None, _facts(read)
        if before == after:
            continue
        if old is None:
            known[read.code] = read
            session.add(read)
            added += 1
        else:
            old.sqlmodel_update(read.model_dump())
            changed += 1
        action = "plan.change" if before else "plan.load"
        loading.note(session, action, read.code, before=before, after=after)
    return _("{file}: {added} plans added, {changed} changed.").format(
        file=sheet.file, added=added, changed=changed
    )


def _plan(row: Row) -> Plan:
    plan = Plan(
        code=row.code("ma ke hoach"),
        number=row.optional("so"),
        title=row.text("ten"),
        legal_bases=row.optional("can cu"),
        valid_from=row.day("tu ngay"),
        valid_to=row.day("den ngay"),
    )
    if plan.valid_from > plan.valid_to:
        row.blame("den ngay", _("The last day is before the first."))
    return plan


def _facts(plan: Plan) -> dict[str, object]:
    return plan.model_dump(mode="json")
