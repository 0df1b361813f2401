"""The gettext catalogues: English is the message id, Bengali comes from ``locale/bn/*.po``, merged when first read.

No compiled files: the sources are parsed into memory once a process.
"""

import io
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from cdm_core.words import Language

LOCALE = Path(__file__).parent / "locale"


def catalogue_files(language: Language) -> list[Path]:
    """The ``.po`` sources of a language, one a domain, in a stable order; empty for English."""
    return sorted((LOCALE / language.value).glob("*.po"))


@lru_cache
def translations(language: Language) -> NullTranslations:
    """All messages of a language; what is missing falls back to the English id."""
    merged: Translations | None = None
    for path in catalogue_files(language):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=language.value)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        part = Translations(compiled)
        merged = merged.merge(part) if merged else part
    return merged or NullTranslations()
