"""The known words behind what was typed: with an ending, with letters left out, with a slip of the finger."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, product

from rapidfuzz.distance import OSA

from cdm_core.notes.lexicon import Meanings, lexicon

_SHORTEST_SLIP = 5
_SHORTEST_STEM = 3
_SHORTEST_LEFT_OUT = 3
_MOST_WAYS = 32
_EXACT = frozenset({"clocks", "numbers"})
"""Tables whose words change everything by one letter: they are known as written, or not at all."""

_INNER_VOWELS = re.compile(r"(?<=[^aeiou\W\d_])[aeiou]+(?=[^aeiou\W\d_])")
_BREATH = re.compile(r"(?<=[b-df-gj-np-tv-z])h")


@dataclass(frozen=True, slots=True)
class _Index:
    """Known words by themselves less one letter, and Latin ones by what is left without the inner vowels."""

    nearby: dict[str, tuple[str, ...]]
    bare: dict[str, tuple[str, ...]]


def closest(forms: Sequence[str]) -> Meanings | None:
    """The meanings of consecutive folded words as one phrase, misspellings overlooked.

    What the possible readings do not have in common is left out: no word is ever taken for one of two things. Words
    beside it may tell which reading is right; a word alone must be known in all its readings.
    """
    found: Meanings | None = None
    for words in islice(product(*map(readings, forms)), _MOST_WAYS):
        if meanings := (lexicon().find(words) or lexicon().find_alike(words)):
            found = _common(meanings, found)
        elif len(words) == 1:
            return None
        if found is not None and not found:
            return None
    return found


def _common(meanings: Meanings, others: Meanings | None) -> Meanings:
    return {
        table: entry
        for table, entry in meanings.items()
        if table not in _EXACT and (others is None or (table in others and others[table].value == entry.value))
    }


@lru_cache(maxsize=20_000)
def readings(form: str) -> tuple[str, ...]:
    """The known words that the folded ``form`` may stand for, itself if it is known or nothing is like it."""
    known = lexicon()
    if form in known.words or form in known.phrases:
        return (form,)
    return _stems(form) or tuple(dict.fromkeys((*_left_out(form), *_slips(form)))) or (form,)


def _stems(form: str) -> tuple[str, ...]:
    """``form`` less an ending that changes no meaning ("thekei", "ফোনটা")."""
    known = lexicon()
    stems = (form.removesuffix(suffix) for suffix in known.suffixes if form.endswith(suffix))
    return next(((stem,) for stem in stems if len(stem) >= _SHORTEST_STEM and stem in known.phrases), ())


def _left_out(form: str) -> Iterable[str]:
    """Known words that ``form`` is, vowels between consonants or an h behind one left out ("dhre", "krse", "bsy")."""
    if len(form) < _SHORTEST_LEFT_OUT or not form.isascii():
        return ()
    return (word for word in _index().bare.get(_bare(form), ()) if len(word) > len(form) and _within(form, word))


def _slips(form: str) -> Iterable[str]:
    """Known words of about five letters and more: the first one right, one wrong, missing, added or swapped."""
    if len(form) < _SHORTEST_SLIP:
        return ()
    near = {word for shorter in _deletions(form) for word in _index().nearby.get(shorter, ())}
    return sorted(word for word in near if word[0] == form[0] and OSA.distance(word, form, score_cutoff=1) <= 1)


@cache
def _index() -> _Index:
    nearby: defaultdict[str, list[str]] = defaultdict(list)
    bare: defaultdict[str, list[str]] = defaultdict(list)
    known = lexicon()
    for word in sorted(known.words):
        for shorter in _deletions(word):
            nearby[shorter].append(word)
    for word in sorted(known.words | known.phrases.keys()):
        if word.isascii():
            bare[_bare(word)].append(word)
    return _Index({key: tuple(near) for key, near in nearby.items()}, {key: tuple(long) for key, long in bare.items()})


def _deletions(form: str) -> set[str]:
    """``form`` and every form with one letter less; words too short for slips have none."""
    if len(form) < _SHORTEST_SLIP - 1:
        return set()
    return {form, *(form[:index] + form[index + 1 :] for index in range(len(form)))}


def _bare(word: str) -> str:
    return _INNER_VOWELS.sub("", _BREATH.sub("", word))


def _within(short: str, long: str) -> bool:
    """Whether the letters of ``short`` stand in ``long``, in this order."""
    letters = iter(long)
    return all(letter in letters for letter in short)
