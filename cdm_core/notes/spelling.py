"""The known words behind what was typed: with an ending, with letters left out, with a slip of the finger."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from cdm_core.notes.lexicon import Meanings, joined, lexicon
from cdm_core.notes.normal import fold

_SHORTEST_SLIP = 5
_SHORTEST_STEM = 3
_SHORTEST_LEFT_OUT = 3
_SHORTEST_PHRASE = 6
_SHORTEST_PAIR = 7
_LONGEST = 24
"""Letters; longer words are none that anybody misspelt."""

_TELLING = ("days", "dayparts", "weekdays", "channels", "outcomes")
_SHORT = 6
_VOWELS = frozenset("aeiouািুেোৈৌ্")
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


@dataclass(frozen=True, slots=True)
class Known:
    """What the first ``count`` of some words mean; ``forgiven``: known only by overlooking a slip."""

    count: int
    meanings: Meanings
    forgiven: bool


def longest(forms: Sequence[str]) -> Known | None:
    """The longest known phrase that consecutive folded words begin with, misspellings overlooked.

    Of two ways to read them the one as written is right. What other ways do not have in common is left out: no word is
    ever taken for one of two things. Words beside it may tell which reading is right; a word alone must be known in all
    its readings.
    """
    exact = dict(_phrases([(form,) for form in forms]))
    if (whole := exact.get(len(forms))) is not None:
        return Known(len(forms), whole, forgiven=False)
    near: dict[int, Meanings] = {}
    choices = [readings(form) for form in forms]
    if any(words != (form,) for words, form in zip(choices, forms, strict=True)):
        ways = list(_phrases(choices))
        for count, meanings in ways:
            near[count] = _common(meanings, near.get(count))
        if len(choices[0]) > sum(1 for count, _ in ways if count == 1):
            near.pop(1, None)
    for count in range(len(forms), 0, -1):
        if count in exact:
            return Known(count, exact[count], forgiven=False)
        if near.get(count):
            return Known(count, near[count], forgiven=True)
    return None


def _phrases(choices: Sequence[Sequence[str]]) -> Iterator[tuple[int, Meanings]]:
    """The known phrases made of the first words of ``choices``, one of each: how many words, and what they mean."""
    known = lexicon()
    ways = [("", "")]
    for count, words in enumerate(choices, 1):
        further = ((key, alike, word) for key, alike in ways for word in words)
        longer = [(joined(key, word), joined(alike, known.variants.get(word, word))) for key, alike, word in further]
        ways = [way for way in dict.fromkeys(longer) if known.begins(*way)][:_MOST_WAYS]
        for way in ways:
            if meanings := known.meaning(*way):
                yield count, meanings
        if not ways:
            return


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
    if form in known.phrases or len(form) > _LONGEST:
        return (form,)
    if form in known.words:
        return _stems(form) or (form, *_left_out(form))
    return _stems(form) or tuple(dict.fromkeys((*_left_out(form), *_slips(form)))) or (form,)


@lru_cache(maxsize=20_000)
def parted(word: str) -> int | None:
    """Where to part an unknown ``word`` that two known ones make, run together ("porshubikale"); None elsewhere.

    Both are known as written, three letters and more, and one tells of a time, a call or what came of it: names such
    as "Sonamoni" stay whole.
    """
    form, known = fold(word), lexicon().phrases
    if not _SHORTEST_PAIR <= len(form) <= _LONGEST or form in known or readings(form) != (form,):
        return None
    for end in range(len(form) - _SHORTEST_STEM, _SHORTEST_STEM - 1, -1):
        left, right = form[:end], form[end:]
        if left in known and right in known and any(table in known[left] | known[right] for table in _TELLING):
            places = range(end, len(word))
            return next((at for at in places if fold(word[:at]) == left and fold(word[at:]) == right), None)
    return None


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
    denied = form.endswith(lexicon().denials)
    return sorted(
        word
        for word in near
        if word[0] == form[0]
        and word.endswith(lexicon().denials) == denied
        and OSA.distance(word, form, score_cutoff=1) <= 1
        and not _another_word(word, form)
    )


def _another_word(word: str, form: str) -> bool:
    """Whether a consonant stands for another in a short word: no slip then ("tested" is no "texted")."""
    if len(form) > _SHORT or len(word) != len(form):
        return False
    differing = [pair for pair in zip(word, form, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and not any(letter in _VOWELS for letter in differing[0])


@cache
def _index() -> _Index:
    nearby: defaultdict[str, list[str]] = defaultdict(list)
    bare: defaultdict[str, list[str]] = defaultdict(list)
    known = lexicon()
    for word in sorted(known.words):
        for shorter in _deletions(word):
            nearby[shorter].append(word)
    for word in sorted(known.words | {phrase for phrase in known.phrases if len(phrase) >= _SHORTEST_PHRASE}):
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
