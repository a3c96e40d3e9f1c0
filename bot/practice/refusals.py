"""The ways in which Telegram says no, with its own words."""

from __future__ import annotations


class Refusal(Exception):
    """A request that Telegram would not carry out."""

    def __init__(self, description: str, code: int = 400, **parameters: int) -> None:
        super().__init__(description)
        self.description = description
        self.code = code
        self.parameters = parameters


def bad_request(words: str) -> Refusal:
    return Refusal(f"Bad Request: {words}")


def forbidden(words: str) -> Refusal:
    return Refusal(f"Forbidden: {words}", 403)
