"""What the journeys through a real browser share."""

from tests.browser import browser, page_at

__all__ = ["browser", "page_at"]
