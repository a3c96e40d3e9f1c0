import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from locales import Reader, _, catalogues, language_name, languages, n_, render, words
from locales.catalogues import forms, known_languages, read_catalogue

HOUSE = Path(__file__).resolve().parents[2]
VIETNAMESE = re.compile("[ăâđêôơưạ-ỹàáâãèéêìíòóôõùúýĩũ]", re.IGNORECASE)
MAY_HOLD_NAMES = {
    "bot/practice/world.py",
    "bot/practice/text_gateway.py",
    "storage/files/sample.py",
}
"""Where the invented people live, whose names are the same in every language."""


def spoken_in_the_code() -> Iterator[tuple[str, str]]:
    for room in ("bot", "conversations", "storage"):
        for path in sorted((HOUSE / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                shown = isinstance(node, ast.Constant) and id(node) not in notes
                if shown and isinstance(node.value, str):
                    yield path.relative_to(HOUSE).as_posix(), node.value


@pytest.mark.parametrize("language", known_languages())
def test_every_sentence_is_there_with_its_placeholders(language: str) -> None:
    """T43"""
    assert sorted(words.faults(language)) == []


def test_vietnamese_is_spoken_only_by_the_catalogues() -> None:
    """T43"""
    found = [
        (path, text)
        for path, text in spoken_in_the_code()
        if VIETNAMESE.search(text.replace("Ấm Bản", "")) and path not in MAY_HOLD_NAMES
    ]
    assert found == []


def test_the_system_never_says_friend() -> None:
    catalogue = read_catalogue("vi")
    said = [form for message in catalogue if message.id for form in forms(message)]
    # What people type to us is theirs to choose.
    assert [form for form in said if re.search(r"\bbạn\b", form, re.IGNORECASE)] == []


def test_people_choose_among_languages_in_their_own_names() -> None:
    assert [language_name(code) for code in languages()][:2] == ["Tiếng Việt", "English"]
    assert language_name("km") == "ខ្មែរ"
    assert language_name("no such language") == "no such language"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of catalogues of our own, beside which nothing else is offered."""
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    for language in ("vi", "en"):
        shutil.copytree(HOUSE / "locales" / language, tmp_path / language)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    known_languages.cache_clear()
    languages.cache_clear()
    catalogues._translations.cache_clear()


def begin(folder: Path, language: str, content: str) -> None:
    path = folder / language / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n{content}',
        encoding="utf-8",
    )
    forget()


def test_a_language_is_offered_once_it_is_complete(folder: Path) -> None:
    begin(folder, "fr", 'msgid "xxx"\nmsgstr "yyy"\n\nmsgid "zzz"\nmsgstr ""\n')
    assert languages() == ("vi", "en")
    shutil.rmtree(folder / "fr")
    begin(folder, "fr", 'msgid "xxx"\nmsgstr "yyy"\n')
    assert languages() == ("vi", "en", "fr")
    assert render(_("xxx"), Reader("fr")) == "yyy"


def test_a_translation_that_does_not_fit_gives_way_to_the_english(folder: Path) -> None:
    begin(
        folder,
        "fr",
        'msgid "one {a}"\nmsgstr "un {b}"\n\n'
        'msgid "{count} xxx"\nmsgid_plural "{count} xxxs"\nmsgstr[0] "{what}"\nmsgstr[1] "{count} yyys"\n',
    )
    assert render(_("one {a}").format(a="A"), Reader("fr")) == "one A"
    assert render(n_("{count} xxx", "{count} xxxs", 1), Reader("fr")) == "1 xxx"
    assert render(n_("{count} xxx", "{count} xxxs", 2), Reader("fr")) == "2 yyys"


def test_new_sentences_reach_the_translators_and_old_work_stays(folder: Path) -> None:
    begin(folder, "km", 'msgid "Home"\nmsgstr "yyy"\n\nmsgid "gone"\nmsgstr "zzz"\n')
    new, gone = words.update("km")
    assert new > 100
    assert [message.id for message in gone] == ["gone"]
    written = (folder / "km" / "LC_MESSAGES" / "messages.po").read_bytes()
    assert b'msgid "Home"\nmsgstr "yyy"\n' in written
    assert b"gone" not in written
    assert words.update("km") == (0, [])
    assert (folder / "km" / "LC_MESSAGES" / "messages.po").read_bytes() == written


def test_the_check_names_what_is_wrong(folder: Path) -> None:
    begin(
        folder,
        "fr",
        'msgid "The reason: {reason}"\nmsgstr "xxx"\n\n'
        '#, fuzzy\nmsgid "Reason: {reason}"\nmsgstr "{raison} }"\n',
    )
    found = "\n".join(words.faults("fr"))
    assert "fr: no longer in the code, run make words: “The reason: {reason}”" in found
    assert "fr: lacks {reason}: “The reason: {reason}”" in found
    assert "fr: marked fuzzy, to be confirmed: “Reason: {reason}”" in found
    assert "fr: has an unknown {raison}: “Reason: {reason}”" in found
    assert "fr: has a brace that belongs to no placeholder: “Reason: {reason}”" in found
    assert "fr: not in the catalogue, run make words: “Home”" in found
