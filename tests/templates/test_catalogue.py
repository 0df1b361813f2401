"""The catalogues are whole, and the check sees what is wrong with them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cdm_core.words import Language
from templates import catalogue, translations
from templates.catalogue import HEADER, Key
from templates.render import MESSAGES


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts ``.po`` files in the place of the real ones, for three messages that are said."""
    folder = tmp_path / "bn"
    folder.mkdir()
    monkeypatch.setattr(catalogue, "LOCALE", tmp_path)
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    said = {
        Key("one day"): "card",
        Key("%(n)s <b>order</b>", "%(n)s <b>orders</b>"): "card",
        Key("no", context="outcome"): "words",
    }
    monkeypatch.setattr(catalogue, "extracted", lambda: said)

    def write(**files: str) -> Path:
        for name, body in files.items():
            (folder / f"{name}.po").write_text(HEADER + body)
        return folder

    return write


WORDS = 'msgctxt "outcome"\nmsgid "no"\nmsgstr "নেবে না"\n'
ORDERS = 'msgid "%(n)s <b>order</b>"\nmsgid_plural "%(n)s <b>orders</b>"\nmsgstr[0] "%(n)s <b>অর্ডার</b>"\n\n'
DAY = 'msgid "one day"\nmsgstr "এক দিন"\n'


def test_the_catalogues_are_whole() -> None:
    assert catalogue.check() == []


def test_every_message_is_said_somewhere() -> None:
    """By its name; a refusal's is ``errors/`` and the code of the error, a tab's is ``tabs/`` and its place."""
    said = "".join(
        path.read_text()
        for folder in ("bot", "cli", "cdm_core", "jobs", "templates")
        for path in Path(folder).rglob("*")
        if path.suffix in (".py", ".j2")
    )
    names = {path.relative_to(MESSAGES).with_suffix("").as_posix() for path in MESSAGES.rglob("*.j2")}
    by_code = {name: name.rpartition("/")[2] for name in names if name.startswith(("errors/", "tabs/"))}
    silent = [n for n in names if not re.search(rf"""["'](?:{n}|{by_code.get(n, n)})(?:\.j2)?["']""", said)]
    assert sorted(silent) == []


def test_the_catalogues_are_sorted_as_update_writes_them() -> None:
    for path in translations.catalogue_files(Language.BN):
        assert path.read_text() == catalogue._written(catalogue._read(path)), f"{path.name}: run the update"


def test_a_whole_catalogue_has_no_problems(sources: Callable[..., Path]) -> None:
    sources(card=ORDERS + DAY, words=WORDS)
    assert catalogue.check() == []


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"card": ORDERS, "words": WORDS}, "card.po: 'one day' is missing"),
        ({"card": ORDERS + DAY.replace("এক দিন", ""), "words": WORDS}, "has no Bengali"),
        ({"card": ORDERS + "#, fuzzy\n" + DAY, "words": WORDS}, "is marked fuzzy"),
        ({"card": ORDERS + DAY + '\nmsgid "gone"\nmsgstr "নেই"\n', "words": WORDS}, "is said nowhere any more"),
        ({"card": ORDERS.replace("[0] \"%(n)s", "[0] \"%(m)s") + DAY, "words": WORDS}, "has other placeholders"),
        ({"card": ORDERS.replace("অর্ডার</b>", "অর্ডার</b> 5%") + DAY, "words": WORDS}, "percent sign"),
        ({"card": ORDERS.replace("<b>অর্ডার</b>", "অর্ডার") + DAY, "words": WORDS}, "has other tags"),
        ({"card": ORDERS + DAY.replace("এক", "কাল"), "words": WORDS}, "a word the house never uses"),
        ({"card": ORDERS + DAY.replace("এক দিন", "আগামীকাল \u09df"), "words": WORDS}, "is not NFC"),
        ({"card": ORDERS + DAY, "due": DAY.replace("এক", "১"), "words": WORDS}, "translated differently in card.po"),
    ],
)  # fmt: skip
def test_each_fault_is_named(sources: Callable[..., Path], files: dict[str, str], problem: str) -> None:
    sources(**files)
    problems = catalogue.check()
    assert len(problems) == 1
    assert problem in problems[0]


def test_update_adds_what_is_missing_and_removes_nothing(sources: Callable[..., Path]) -> None:
    gone = 'msgid "gone"\nmsgstr "নেই"\n'
    folder = sources(card=DAY + "\n" + gone)
    assert catalogue.update() == ["card.po", "words.po"]
    written = (folder / "card.po").read_text()
    assert written.index("%(n)s <b>order</b>") < written.index("gone") < written.index("one day")
    assert 'msgid "one day"\nmsgstr "এক দিন"' in written
    assert 'msgctxt "outcome"\nmsgid "no"\nmsgstr ""' in (folder / "words.po").read_text()
    assert catalogue.update() == []


def test_what_is_said_carries_its_domain() -> None:
    said = catalogue.extracted()
    assert said[Key("just now")] == "formats"
    assert said[Key("later", context="outcome")] == "words"
    assert said[Key("Undo", context="button")] == "keyboards"
