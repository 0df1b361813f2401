"""Keeps the catalogues whole: ``python -m templates.catalogue check`` and ``update``.

``check`` compares what templates, Python and the vocabulary say with all ``.po`` files together, and judges the
voice of both languages. ``update`` adds what is missing, empty, to the file of its source and sorts the entries; it
removes nothing, so that several people may work at once.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from cdm_core.words import Language
from templates.render import MESSAGES
from templates.translations import LOCALE, catalogue_files
from templates.vocabulary import word_messages

HEADER = """msgid ""
msgstr ""
"Language: bn\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

_PACKAGE = Path(__file__).parent
_JINJA_OPTIONS = {
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}
_DOMAINS = {"dates": "formats", "numbers": "formats"}
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_TAG = re.compile(r"</?[a-z]+")
_TYPED = re.compile(r"<code>.*?</code>", re.DOTALL)
_ENGLISH_NEVER = re.compile(r"\b(please|sorry|oops|successfully|invalid|error)\b|!", re.IGNORECASE)
_BENGALI_NEVER = re.compile(
    unicodedata.normalize(
        "NFC",
        "গ্রাহক|বার্তা|নির্বাচন|সংরক্ষণ|সম্পাদনা|অনুসন্ধান|ক্রয়াদেশ|অনুস্মারক|নিষ্ক্রিয়|ত্রুটি|প্রদান|দয়া করে"
        "|অনুগ্রহ|সফলভাবে|!|(?<![\u0980-\u09ff])(?:কাল|পরশু)(?![\u0980-\u09ff])",
    )
)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What identifies a message: its English, its plural where it has one, and its context."""

    singular: str
    plural: str = ""
    context: str = ""

    def __str__(self) -> str:
        return f"{self.context}: {self.singular!r}" if self.context else repr(self.singular)


def extracted() -> dict[Key, str]:
    """Every message the code says, with the domain (the ``.po`` file) of its first source."""
    found: dict[Key, str] = {}
    for path in sorted(_PACKAGE.rglob("*.py")):
        relative = path.relative_to(_PACKAGE)
        domain = relative.parts[0] if len(relative.parts) > 1 else _DOMAINS.get(path.stem, path.stem)
        for key in _messages(path, "python", {}):
            found.setdefault(key, domain)
    for path in sorted(MESSAGES.rglob("*.j2")):
        domain = path.relative_to(MESSAGES).parts[0].removesuffix(".j2")
        for key in _messages(path, babel_extract, _JINJA_OPTIONS):
            found.setdefault(key, domain)
    for context, message in word_messages():
        found.setdefault(Key(message, context=context), "words")
    return found


def check() -> list[str]:
    """What is wrong, a line each; empty if nothing is."""
    wanted = extracted()
    problems: list[str] = []
    translated: dict[Key, tuple[str, str]] = {}
    for path in catalogue_files(Language.BN):
        for message in _entries(_read(path)):
            key, bengali = _key(message), _bengali(message)
            where = f"{path.name}: {key}"
            problems += [f"{where} {problem}" for problem in _faults(key, bengali, fuzzy=message.fuzzy)]
            if key not in wanted:
                problems.append(f"{where} is said nowhere any more")
            if key in translated and translated[key][0] != bengali:
                problems.append(f"{where} is translated differently in {translated[key][1]}")
            translated.setdefault(key, (bengali, path.name))
    for key, domain in sorted(wanted.items()):
        if key not in translated:
            problems.append(f"{domain}.po: {key} is missing")
        spoken = _TYPED.sub("", f"{key.singular} {key.plural}")
        if _ENGLISH_NEVER.search(spoken):
            problems.append(f"{domain}: {key} has a word the house never uses")
    return problems


def update() -> list[str]:
    """Adds missing messages with empty Bengali and sorts; the names of the files that changed."""
    known = {_key(message) for path in catalogue_files(Language.BN) for message in _entries(_read(path))}
    missing: dict[str, list[Key]] = {}
    for key, domain in extracted().items():
        if key not in known:
            missing.setdefault(domain, []).append(key)
    folder = LOCALE / Language.BN.value
    changed = []
    for path in sorted({*catalogue_files(Language.BN), *(folder / f"{domain}.po" for domain in missing)}):
        catalogue = _read(path) if path.exists() else _parse(HEADER.encode())
        for key in missing.get(path.stem, []):
            identity = (key.singular, key.plural) if key.plural else key.singular
            catalogue.add(identity, context=key.context or None)
        text = _written(catalogue)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(path.name)
    return changed


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            problems = check()
            sys.stdout.writelines(f"{problem}\n" for problem in problems)
            return 1 if problems else 0
        case ["update"]:
            sys.stdout.writelines(f"{name}\n" for name in update())
            return 0
        case _:
            sys.stderr.write("usage: python -m templates.catalogue check | update\n")
            return 2


def _messages(path: Path, method: object, options: dict[str, str]) -> Iterator[Key]:
    with path.open("rb") as source:
        for _, message, _, context in extract(method, source, DEFAULT_KEYWORDS, (), options):  # type: ignore[arg-type]
            singular, *plural = (message,) if isinstance(message, str) else message
            yield Key(singular, plural[0] if plural else "", context or "")


def _faults(key: Key, bengali: str, *, fuzzy: bool) -> Iterator[str]:
    english = f"{key.singular} {key.plural}"
    if not bengali:
        yield "has no Bengali"
        return
    if fuzzy:
        yield "is marked fuzzy"
    if set(_PLACEHOLDER.findall(bengali)) != set(_PLACEHOLDER.findall(english)):
        yield "has other placeholders in Bengali"
    elif "%" in _PLACEHOLDER.sub("", bengali).replace("%%", ""):
        yield "has a percent sign that is not doubled"
    if sorted(_TAG.findall(bengali)) != sorted(_TAG.findall(key.singular)):
        yield "has other tags in Bengali"
    if bengali != unicodedata.normalize("NFC", bengali):
        yield "is not NFC"
    if _BENGALI_NEVER.search(_TYPED.sub("", bengali)):
        yield "has a word the house never uses"


def _read(path: Path) -> Catalog:
    return _parse(path.read_bytes())


def _parse(source: bytes) -> Catalog:
    return read_po(BytesIO(source), locale=Language.BN.value, abort_invalid=True)


def _entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _key(message: Message) -> Key:
    if isinstance(message.id, str):
        return Key(message.id, context=message.context or "")
    singular, plural = message.id
    return Key(singular, plural, message.context or "")


def _bengali(message: Message) -> str:
    """After a number Bengali has no plural: one form."""
    return message.string if isinstance(message.string, str) else "".join(message.string or ())


def _written(catalogue: Catalog) -> str:
    for message in catalogue:
        message.flags.discard("python-format")
    written = BytesIO()
    write_po(written, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return HEADER + written.getvalue().decode().strip() + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
