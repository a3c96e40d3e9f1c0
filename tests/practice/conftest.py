"""What the tests of the practice Telegram share."""

from tests.browser import browser, page_at

__all__ = ["browser", "page_at"]
