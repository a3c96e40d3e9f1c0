"""The front door: programs, channels and clocks, which know chat apps and nothing of blankets."""

VERSION = "0.1.0"
"""The newest one in CHANGELOG.md."""
