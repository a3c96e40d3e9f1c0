"""Whoever runs the bot sets it up by environment variables, and is told what is wrong with them."""

from pathlib import Path

import pytest

from bot.settings import Settings, WrongSettings, read_settings

TOKEN = "123456789:AAtest-token-that-nobody-ever-issued-0"


@pytest.fixture(autouse=True)
def a_clean_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_token_the_bot_practises_in_a_store_of_its_own() -> None:
    settings = read_settings()
    assert settings.practising
    assert "var/practice/" in settings.store
    assert settings.photos.startswith("var/practice/")
    assert (settings.http_host, settings.http_port, settings.practice_port) == (
        "127.0.0.1",
        8588,
        8589,
    )


def test_with_a_token_the_bot_uses_the_real_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    settings = read_settings()
    assert not settings.practising
    assert settings.token == TOKEN
    assert "practice" not in settings.store + settings.photos


def test_a_store_that_is_named_is_used_also_for_practice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://lan@localhost/am_ban")
    assert read_settings().store == "postgresql+asyncpg://lan@localhost/am_ban"


def test_a_secret_may_come_in_a_file(
    monkeypatch: pytest.MonkeyPatch, a_clean_machine: Path
) -> None:
    (a_clean_machine / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("BOT_TOKEN_FILE", "token")
    assert read_settings().token == TOKEN


def test_any_setting_may_come_in_a_file(
    monkeypatch: pytest.MonkeyPatch, a_clean_machine: Path
) -> None:
    (a_clean_machine / "port").write_text("9000\n")
    (a_clean_machine / ".env").write_text("HTTP_PORT_FILE=port\nLOG_LEVEL=debug\n")
    assert read_settings().http_port == 9000
    assert read_settings().log_level == "DEBUG"


def test_the_environment_overrules_the_env_file(
    monkeypatch: pytest.MonkeyPatch, a_clean_machine: Path
) -> None:
    (a_clean_machine / ".env").write_text("HTTP_PORT=9000\nPRACTICE_PORT=9001\n")
    monkeypatch.setenv("HTTP_PORT", "9002")
    assert (read_settings().http_port, read_settings().practice_port) == (9002, 9001)


def test_a_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN_FILE", "nowhere")
    with pytest.raises(WrongSettings, match="BOT_TOKEN_FILE names nowhere"):
        read_settings()


def test_a_value_and_a_file_for_it_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "9000")
    monkeypatch.setenv("HTTP_PORT_FILE", "port")
    with pytest.raises(WrongSettings, match="Keep one"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TOKEN", "987654321"),
        ("BOT_API_URL", "telegram.example"),
        ("BOT_PROXY", "somewhere.example"),
        ("BOT_API_URL", "http://telegram.example:many"),
        ("BOT_API_URL", "http://telegram.example/bot123:sesame"),
        ("DATABASE_URL", "mysql://somewhere/else"),
        ("DATABASE_URL", "postgresql://me:sesame@localhost:many/am_ban"),
        ("DATABASE_URL", "postgresql+psycopg2://me:sesame@localhost/am_ban"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("PHOTOS_URL", "ftp://me:sesame@somewhere/photos"),
        ("PHOTOS_URL", "s3:///folder"),
        ("HTTP_HOST", "http://0.0.0.0"),
        ("HTTP_HOST", "0.0.0.0:8588"),
        ("HTTP_PORT", "many"),
        ("PRACTICE_PORT", "70000"),
        ("WEBHOOK_URL", "http://not.secure"),
        ("WEBHOOK_URL", "https://bot.example/healthz"),
        ("WEBHOOK_URL", "https://bot.example/telegram?a=b"),
        ("WEBHOOK_URL", "https://bot.example/{x}"),
        ("WEBHOOK_SECRET", "with spaces"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings) as wrong:
        read_settings()
    assert name in str(wrong.value)
    assert value not in str(wrong.value)
    assert str(wrong.value).endswith(".")


@pytest.mark.parametrize("address", ["https://bot.example/telegram", "http://127.0.0.1:8588"])
def test_a_webhook_needs_a_secret(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("WEBHOOK_URL", address)
    with pytest.raises(WrongSettings, match="WEBHOOK_SECRET"):
        read_settings()
    monkeypatch.setenv("WEBHOOK_SECRET", "chance-17")
    assert read_settings().webhook_url == address
    assert read_settings().webhook_path in ("/telegram", "/")


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "am-ban.example"])
def test_an_address_to_listen_on_may_have_any_form(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HTTP_HOST", host)
    assert read_settings().http_host == host


def test_a_file_of_settings_may_begin_with_the_mark_of_windows(a_clean_machine: Path) -> None:
    (a_clean_machine / "token").write_text(TOKEN, encoding="utf-8-sig")
    (a_clean_machine / ".env").write_text(
        "HTTP_PORT=9000\nBOT_TOKEN_FILE=token\n", encoding="utf-8-sig"
    )
    assert (read_settings().http_port, read_settings().token) == (9000, TOKEN)


def test_a_file_of_settings_in_another_encoding_is_named(a_clean_machine: Path) -> None:
    (a_clean_machine / ".env").write_text(f"BOT_TOKEN={TOKEN}\n", encoding="utf-16")
    with pytest.raises(WrongSettings, match=r"\.env .* UTF-8") as wrong:
        read_settings()
    assert TOKEN not in str(wrong.value)


def test_all_wrong_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "many")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(WrongSettings) as wrong:
        read_settings()
    assert "HTTP_PORT" in str(wrong.value)
    assert "LOG_LEVEL" in str(wrong.value)


def test_printing_the_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    monkeypatch.setenv("BOT_PROXY", "http://me:sesame@proxy.example:3128")
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://me:sesame@localhost/am_ban")
    shown = repr(read_settings()) + str(read_settings()) + read_settings().model_dump_json()
    assert TOKEN not in shown
    assert "sesame" not in shown
