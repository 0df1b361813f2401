"""The words the grammar knows, read from the tables in ``lexicon/`` (their columns: ``lexicon/README.md``)."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product

from rapidfuzz.distance import OSA

from cdm_core.notes.normal import fold, squeeze

LONGEST_PHRASE = 7
"""Tokens; longer phrases would never match."""

_SHORTEST_FORGIVEN = 5
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

    ``words`` are the folded words phrases are made of; ``nearby`` finds them by themselves less one letter.
    """

    phrases: dict[str, Meanings]
    words: frozenset[str]
    nearby: dict[str, tuple[str, ...]]
    endings: tuple[tuple[str, str], ...]

    def find(self, forms: list[str]) -> Meanings | None:
        """The meanings of consecutive folded words taken as one phrase."""
        return self.phrases.get(forms[0] if len(forms) == 1 else squeeze("".join(forms)))

    def ending_tense(self, form: str) -> str | None:
        """The tense a verb's ending shows ("bolbe" → future), for words the tables do not list."""
        return next((tense for end, tense in self.endings if form.endswith(end) and len(form) > len(end) + 1), None)


@cache
def lexicon() -> Lexicon:
    """The tables, read once a process (a few tenths of a second)."""
    phrases: defaultdict[str, Meanings] = defaultdict(dict)
    endings: list[tuple[str, str]] = []
    words: set[str] = set()
    for table, row in rows():
        entry = Entry(table, next(iter(row.values())), row)
        for phrase in spellings(row["phrases"]):
            if table == "tense_endings":
                endings.append((fold(phrase), row["tense"]))
                continue
            folded = [fold(word) for word in phrase.split()]
            words.update(folded)
            phrases[squeeze("".join(folded))][table] = entry
    nearby: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        for shorter in _deletions(word):
            nearby[shorter].append(word)
    endings.sort(key=lambda item: -len(item[0]))
    return Lexicon(dict(phrases), frozenset(words), {key: tuple(near) for key, near in nearby.items()}, tuple(endings))


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    """Every row of every table as (table, columns); lines that are empty or start with # are left out."""
    for path in sorted(files("cdm_core.notes").joinpath("lexicon").iterdir(), key=lambda path: path.name):
        if path.name.endswith(".tsv"):
            lines = [line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield path.name.removesuffix(".tsv"), row


def spellings(cell: str) -> Iterator[str]:
    """What a ``phrases`` cell stands for: "{bolse,bolche} na | busy" is "bolse na", "bolche na" and "busy"."""
    for phrase in cell.split("|"):
        parts = _BRACES.split(phrase.strip())
        choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
        yield from ("".join(chosen) for chosen in product(*choices))


@lru_cache(maxsize=20_000)
def forgiven(form: str) -> str | None:
    """The known word that is one slip of the finger away from the folded, unknown ``form``, if there is just one.

    Words of five letters and more whose first letter is right; one letter wrong, missing, added or swapped.
    """
    known = lexicon()
    if len(form) < _SHORTEST_FORGIVEN or form in known.words or form in known.phrases:
        return None
    near = {word for shorter in _deletions(form) for word in known.nearby.get(shorter, ())}
    close = [word for word in near if word[0] == form[0] and OSA.distance(word, form, score_cutoff=1) <= 1]
    return close[0] if len(close) == 1 else None


def _deletions(form: str) -> set[str]:
    """``form`` and every form with one letter less; words too short to be forgiven have none."""
    if len(form) < _SHORTEST_FORGIVEN - 1:
        return set()
    return {form, *(form[:index] + form[index + 1 :] for index in range(len(form)))}
