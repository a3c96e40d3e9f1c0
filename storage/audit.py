"""Proves that the records agree with the history of what was done, and that nothing is lost or there twice.

Reconciliation.
"""

from sqlalchemy import distinct, func, select
from sqlmodel import col

import storage.everything  # noqa: F401  (every noun declares what is to be proved of it)
from storage.access import Session
from storage.declarations import PROOFS, RECORDS, Comparison, count, number
from storage.history import HistoryEntry


async def audit(session: Session) -> list[Comparison]:
    """Every comparison, whether it holds or not."""
    compared = await _records_by_history(session)
    for prove in PROOFS:
        compared += await prove(session)
    return sorted(compared, key=lambda one: one.expected == one.found)


async def _records_by_history(session: Session) -> list[Comparison]:
    compared = []
    for record in RECORDS:
        told = select(func.count(distinct(col(HistoryEntry.subject_id)))).where(
            col(HistoryEntry.action).in_(record.actions)
        )
        conditions = () if record.where is None else (record.where,)
        compared.append(
            Comparison(
                f"{record.what}, by history",
                await number(session, told),
                await count(session, record.table, *conditions),
            )
        )
    return compared
