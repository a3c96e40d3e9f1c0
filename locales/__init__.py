"""Every sentence people read, and all that knows Vietnamese as a language."""

from locales.catalogues import language_name, languages
from locales.rendering import Reader, render
from locales.text import Text, _, either, join, n_, p_, plain

__all__ = [
    "Text",
    "_",
    "n_",
    "p_",
    "plain",
    "either",
    "join",
    "Reader",
    "render",
    "languages",
    "language_name",
]
