"""Every table, for those who must know them all."""

# ruff: noqa: F401  (a table is known once its file is imported)
import storage.help.confirmations
import storage.help.deliveries
import storage.help.documents
import storage.help.late_photos
import storage.help.photos
import storage.help.reports
import storage.help.reviews
import storage.help.submissions
import storage.help.totals
import storage.history
import storage.messages.cards
import storage.messages.drafts
import storage.messages.heartbeat
import storage.messages.holds
import storage.messages.inbox
import storage.messages.leases
import storage.messages.nudges
import storage.messages.outbox
import storage.people.invitations
import storage.people.join_requests
import storage.people.people
import storage.people.phones
import storage.programme.plans
import storage.programme.sites
import storage.programme.units
