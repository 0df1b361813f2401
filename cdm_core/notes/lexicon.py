"""The words the grammar knows, read from the tables in ``lexicon/`` (their columns: ``lexicon/README.md``)."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, reduce
from importlib.resources import files
from itertools import product

from cdm_core.notes.normal import fold

LONGEST_PHRASE = 7
"""Tokens; longer phrases would never match."""

_LEXICON = files("cdm_core.notes").joinpath("lexicon")
_BESIDE = frozenset({"variants", "suffixes", "tense_endings"})
"""Tables that are no phrases but parts of words."""

_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning of a phrase: a row of ``table``; ``value`` is its first column."""

    table: str
    value: str
    columns: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.columns[column]


Meanings = dict[str, Entry]
"""The meanings of one phrase, by table: "sat" is a weekday in English and the number seven in Bengali."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``phrases`` by their folded letters without spaces, so that "dhore nai" and "dhorenai" are one.

    ``words`` are the folded words they are made of. ``variants`` gives the one word that stands for all its forms, and
    ``alike`` finds phrases made of such words; ``beginnings`` holds every beginning of both kinds. ``suffixes`` are
    endings that change no meaning, ``denials`` those that deny, ``endings`` those of verbs with the tense they show,
    the longest first.
    """

    phrases: dict[str, Meanings]
    words: frozenset[str]
    beginnings: frozenset[str]
    variants: dict[str, str]
    alike: dict[str, Meanings]
    suffixes: tuple[str, ...]
    denials: tuple[str, ...]
    endings: tuple[tuple[str, str], ...]

    def meaning(self, key: str, alike: str) -> Meanings | None:
        """The meanings of a phrase by its ``key``, or by the one in which each word stands for all its forms."""
        return self.phrases.get(key) or self.alike.get(alike)

    def begins(self, key: str, alike: str) -> bool:
        """Whether a phrase begins so."""
        return key in self.beginnings or alike in self.beginnings

    def ending_tense(self, form: str) -> str | None:
        """The tense a verb's ending shows ("bolbe" → future), for words the tables do not list."""
        return next((tense for end, tense in self.endings if form.endswith(end) and len(form) > len(end) + 1), None)


@cache
def lexicon() -> Lexicon:
    """The tables, read once a process (a few tenths of a second)."""
    phrases: defaultdict[str, Meanings] = defaultdict(dict)
    alike: defaultdict[str, Meanings] = defaultdict(dict)
    words: set[str] = set()
    variants = dict(_variants())
    for table, row in rows():
        if table in _BESIDE:
            continue
        entry = Entry(table, next(iter(row.values())), row)
        for phrase in spellings(row["phrases"]):
            folded = [fold(word) for word in phrase.split()]
            words.update(folded)
            key = reduce(joined, folded, "")
            phrases[key][table] = entry
            if not variants.keys().isdisjoint(folded):
                key = reduce(joined, (variants.get(word, word) for word in folded), "")
            alike[key].setdefault(table, entry)
    return Lexicon(
        phrases=dict(phrases),
        words=frozenset(words | variants.keys() | set(variants.values())),
        beginnings=_beginnings(phrases.keys() | alike.keys()),
        variants=variants,
        alike=dict(alike),
        suffixes=tuple(ending for ending, kind in _endings("suffixes") if kind == "case"),
        denials=tuple(ending for ending, kind in _endings("suffixes") if kind == "denial"),
        endings=tuple(_endings("tense_endings")),
    )


def _beginnings(keys: Iterable[str]) -> frozenset[str]:
    """Every beginning of ``keys``; where one is known, all shorter ones are."""
    found: set[str] = set()
    for key in keys:
        for end in range(len(key), 0, -1):
            if (beginning := key[:end]) in found:
                break
            found.add(beginning)
    return frozenset(found)


def joined(key: str, form: str) -> str:
    """The key of a phrase with one more folded word."""
    return key + (form[1:] if key[-1:] == form[:1] else form)


def _variants() -> Iterator[tuple[str, str]]:
    """Every form of a word with the word that stands for it."""
    for row in _rows_of("variants"):
        for form in spellings(row["phrases"]):
            yield fold(form), fold(row["word"])


def _endings(table: str) -> list[tuple[str, str]]:
    """The endings of ``table``, the longest first, with the value of their rows."""
    found = [
        (fold(ending), next(iter(row.values()))) for row in _rows_of(table) for ending in spellings(row["phrases"])
    ]
    return sorted(found, key=lambda item: -len(item[0]))


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    """Every row of every table as (table, columns)."""
    for path in sorted(_LEXICON.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".tsv"):
            table = path.name.removesuffix(".tsv")
            yield from ((table, row) for row in _rows_of(table))


def _rows_of(table: str) -> Iterator[dict[str, str]]:
    """The rows of one table; lines that are empty or start with # are left out."""
    text = _LEXICON.joinpath(f"{table}.tsv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def spellings(cell: str) -> Iterator[str]:
    """What a ``phrases`` cell stands for: "{bolse,bolche} na | busy" is "bolse na", "bolche na" and "busy"."""
    for phrase in cell.split("|"):
        parts = _BRACES.split(phrase.strip())
        choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
        yield from ("".join(chosen) for chosen in product(*choices))
