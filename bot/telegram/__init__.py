"""Telegram: the only place that knows its library, its words and its limits. The adapter of the Bot API."""

import os

# The library otherwise warns at every duration it reads, as it is moving from seconds to timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "true")
