"""What the people who run the bot may decide: every environment variable, with its default and its reason."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from storage.database import is_address

ENCODING = "utf-8-sig"
"""Of the file `.env`: editors on Windows put a mark before the first setting, which is no part of its name."""

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

TELEGRAM = "https://api.telegram.org"

LOOPBACK = ("127.0.0.1", "::1", "localhost")

OUR_PAGES = ("/healthz", "/metrics")

PRACTICE_TOKEN = "588:PRACTICE-0000000000000000000000000000000"  # noqa: S105  # It opens only the practice Telegram.


class WrongSettings(Exception):
    """A setting has a value that cannot be used; the text says how to put it right."""


def _matching(pattern: str) -> Callable[[SecretStr], SecretStr]:
    def check(value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(pattern, value.get_secret_value()):
            raise ValueError
        return value

    return check


def _root(*schemes: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        parts = urlsplit(value)
        # To ask for the port of an address raises the error for one that is none.
        there = parts.scheme in schemes and parts.hostname and parts.port != 0
        if value and (not there or parts.query or parts.fragment or re.search(r"\s|/bot", value)):
            raise ValueError
        return value.rstrip("/")

    return check


def _webhook(value: str) -> str:
    parts = urlsplit(value)
    here = parts.scheme == "http" and parts.hostname in LOOPBACK
    usable = (
        (parts.scheme == "https" or here)
        and parts.hostname
        and re.fullmatch(r"(/[A-Za-z0-9._~-]*)*", parts.path)
        and parts.path not in OUR_PAGES
        and not (parts.query or parts.fragment or parts.username)
    )
    if value and not usable:
        raise ValueError
    return value


def _store(value: SecretStr) -> SecretStr:
    if not is_address(value.get_secret_value()):
        raise ValueError
    return value


def _photos(value: str) -> str:
    parts = urlsplit(value)
    if "://" in value and not (
        (parts.scheme == "s3" and parts.hostname) or (parts.scheme == "file" and not parts.netloc)
    ):
        raise ValueError
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+", value):
        IPv6Address(value)
    return value


def _level(value: str) -> str:
    if value.upper() not in LEVELS:
        raise ValueError
    return value.upper()


Port = Annotated[int, Field(ge=0, le=65535)]


class FromFiles(PydanticBaseSettingsSource):
    """Reads NAME from the file that NAME_FILE names, as container platforms hand over secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        file = str(self.config.get("env_file") or "")
        given = {**dotenv_values(file, encoding=ENCODING), **os.environ}
        return {
            name: _content(name.upper(), path, doubled=bool(given.get(name.upper())))
            for name in self.settings_cls.model_fields
            if (path := given.get(f"{name.upper()}_FILE"))
        }


def _content(name: str, path: str, *, doubled: bool) -> str:
    if doubled:
        raise WrongSettings(f"Both {name} and {name}_FILE are set. Keep one of them.")
    try:
        return Path(path).read_text(encoding=ENCODING).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(
            f"{name}_FILE names {path}, which cannot be read ({type(error).__name__}). "
            f"Name a readable text file, or set {name} itself."
        ) from None


class Settings(BaseSettings):
    """One value for each setting; its description is what the README says of it."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding=ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    bot_token: Annotated[SecretStr, AfterValidator(_matching(r"\d+:[A-Za-z0-9_-]{30,}"))] = Field(
        default=SecretStr(""),
        description="The token from @BotFather. Empty starts the practice Telegram.",
        examples=["it looks like 123456789:AA… and @BotFather shows it again with /token"],
    )
    bot_api_url: Annotated[str, AfterValidator(_root("http", "https"))] = Field(
        default=TELEGRAM,
        description="The root of the Bot API, without `/bot`.",
        examples=[f"an address such as {TELEGRAM}"],
    )
    bot_proxy: Annotated[SecretStr, AfterValidator(_matching(r"(https?|socks5h?)://\S+"))] = Field(
        default=SecretStr(""),
        description="A proxy on the way to Telegram, where the network needs one.",
        examples=["an address such as http://proxy.example:3128 or socks5://proxy.example:1080"],
    )
    database_url: Annotated[SecretStr, AfterValidator(_store)] = Field(
        default=SecretStr("sqlite+aiosqlite:///var/am-ban.sqlite3"),
        description="Where the records are: a SQLite file, or PostgreSQL for more than one process.",
        examples=[
            "sqlite+aiosqlite:///var/am-ban.sqlite3 or postgresql+asyncpg://name:password@host/base"
        ],
    )
    photos_url: Annotated[str, AfterValidator(_photos)] = Field(
        default="var/photos",
        description="Where the photos are: a folder, or `s3://bucket/prefix`.",
        examples=["a folder such as var/photos, or s3://bucket/prefix"],
    )
    http_host: Annotated[str, AfterValidator(_host)] = Field(
        default="127.0.0.1",
        description="The address on which `/healthz`, `/metrics` and the webhook answer.",
        examples=["127.0.0.1 for this machine alone, 0.0.0.0 for all"],
    )
    http_port: Port = Field(
        default=8588,
        description="The port on which `/healthz`, `/metrics` and the webhook answer.",
        examples=["a whole number from 0 to 65535, such as 8588"],
    )
    practice_port: Port = Field(
        default=8589,
        description="The port of the practice Telegram and its page, on this machine only.",
        examples=["a whole number from 0 to 65535, such as 8589"],
    )
    text_gateway_url: Annotated[str, AfterValidator(_root("http", "https"))] = Field(
        default="",
        description="The root of a gateway to text phones, without `/text`; empty for none. Practice has its own.",
        examples=["an address such as https://gateway.example, or an empty value"],
    )
    webhook_url: Annotated[str, AfterValidator(_webhook)] = Field(
        default="",
        description="Where Telegram brings updates, on a server with TLS before `HTTP_PORT`. "
        "Empty fetches them instead.",
        examples=[
            "an address such as https://bot.example/telegram, without a query and other than "
            "/healthz and /metrics, or an empty value to fetch updates instead"
        ],
    )
    webhook_secret: Annotated[SecretStr, AfterValidator(_matching(r"[A-Za-z0-9_-]{1,256}"))] = (
        Field(
            default=SecretStr(""),
            description="With `WEBHOOK_URL`: by this the bot recognises Telegram.",
            examples=["1 to 256 of the characters A-Z a-z 0-9 _ -"],
        )
    )
    log_level: Annotated[str, AfterValidator(_level)] = Field(
        default="INFO",
        description="How much is written to standard error: DEBUG, INFO, WARNING or ERROR.",
        examples=["one of DEBUG, INFO, WARNING, ERROR"],
    )
    log_format: Literal["plain", "json"] = Field(
        default="plain",
        description="`plain` for people, `json` for programs that collect logs.",
        examples=["plain or json"],
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, FromFiles(settings_cls), env_settings, dotenv_settings

    @property
    def practising(self) -> bool:
        """Without a token there is nothing to talk to but the practice Telegram."""
        return not self.bot_token.get_secret_value()

    @property
    def token(self) -> str:
        return PRACTICE_TOKEN if self.practising else self.bot_token.get_secret_value()

    @property
    def proxy(self) -> str | None:
        return self.bot_proxy.get_secret_value() or None

    @property
    def webhook_path(self) -> str:
        """Where on our own server Telegram's requests arrive."""
        return urlsplit(self.webhook_url).path or "/"

    @property
    def store(self) -> str:
        """The database's address; practice has a store of its own unless one is named."""
        if self.practising and "database_url" not in self.model_fields_set:
            return "sqlite+aiosqlite:///var/practice/am-ban.sqlite3"
        return self.database_url.get_secret_value()

    @property
    def photos(self) -> str:
        if self.practising and "photos_url" not in self.model_fields_set:
            return "var/practice/photos"
        return self.photos_url


def read_settings() -> Settings:
    """The settings of this process; raises WrongSettings with a sentence for each wrong value."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise WrongSettings("\n".join(_sentence(one["loc"]) for one in error.errors())) from None
    except (UnicodeDecodeError, OSError) as error:
        raise WrongSettings(
            f"The file .env cannot be read ({type(error).__name__}). Save it as plain text in UTF-8."
        ) from None
    if settings.webhook_url and not settings.webhook_secret.get_secret_value():
        raise WrongSettings(
            "WEBHOOK_URL is set without WEBHOOK_SECRET, so that anybody could pretend to be Telegram. "
            "Set WEBHOOK_SECRET to 1 to 256 of the characters A-Z a-z 0-9 _ -, made by chance, or "
            "remove WEBHOOK_URL to fetch updates instead."
        )
    return settings


def _sentence(location: tuple[int | str, ...]) -> str:
    # The wrong value itself is left out: it may be a token with one letter missing.
    name = str(location[0])
    example = (Settings.model_fields[name].examples or ["a value as the README says"])[0]
    return f"{name.upper()} has a value that cannot be used. It takes {example}."
