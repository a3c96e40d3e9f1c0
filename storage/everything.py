"""Every table, for those who must know them all."""

from storage import (  # noqa: F401  (to import them is what makes their tables known)
    confirmations,
    deliveries,
    drafts,
    history,
    inbox,
    invitations,
    join_requests,
    late_photos,
    leases,
    nudges,
    outbox,
    people,
    phones,
    photos,
    plans,
    signs_of_life,
    sites,
    units,
)
