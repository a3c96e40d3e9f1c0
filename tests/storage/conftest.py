"""The village in which the store is tried."""

from tests.storage.village import village

__all__ = ["village"]
