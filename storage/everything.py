"""Every table, for those who must know them all."""

from storage import (
    confirmations,
    deliveries,
    drafts,
    history,
    inbox,
    invitations,
    nudges,
    outbox,
    people,
    photos,
    plans,
    sites,
    units,
)

NOUNS = (
    confirmations,
    deliveries,
    drafts,
    history,
    inbox,
    invitations,
    nudges,
    outbox,
    people,
    photos,
    plans,
    sites,
    units,
)
