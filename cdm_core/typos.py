"""Mistyped names: the words of a vocabulary that someone may have meant.

Keys are short words over a small alphabet (``names.KEY_LETTERS``), so every key one slip away can be listed: some
200 for a usual name, which an index on stored keys answers at once, however large the vocabulary. What that finds
is then ranked here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from cdm_core.names import KEY_LETTERS, phonetic, skeleton
from cdm_core.romanise import roman

_SHORTEST_WORD = 3
_LONGEST_WORD = 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word of the vocabulary; ``distance`` 0 sounds the same, larger is worse."""

    token: str
    distance: int


def near_keys(token: str) -> list[str]:
    """The phonetic keys of the words ``token`` may be a slip of, its own first, some 250 for a usual name.

    A slip is one letter missing, added or changed, or two neighbours swapped; as typed (which may alter the sound
    of several letters) or as heard. Words too short or too long to be recognised, and those of scripts other than
    Latin and Bengali, have their own key alone.
    """
    key, letters = phonetic(token), roman(token)
    if not _SHORTEST_WORD <= len(letters) <= _LONGEST_WORD:
        return [key]
    as_typed = map(phonetic, _shortened_or_swapped(letters))
    near = dict.fromkeys((key, *as_typed, *_shortened_or_swapped(key), *_changed_or_longer(key)))
    near.pop("", None)
    return list(near)


def closest(token: str, vocabulary: Iterable[str], *, limit: int = 8) -> list[Candidate]:
    """The words of ``vocabulary`` that ``token`` may be a slip of, best first, at most ``limit``.

    Compared by sound and by letters, whatever the script; a first letter is seldom mistyped. Equally good ones
    keep the order of ``vocabulary``, so hand it in with the commonest first.
    """
    key, bones, letters, near = phonetic(token), skeleton(token), roman(token), set(near_keys(token))
    found: list[Candidate] = []
    for word in vocabulary:
        other = phonetic(word)
        if other == key:
            found.append(Candidate(word, 0))
        elif other in near or skeleton(word) == bones:
            first = 0 if other[:1] == key[:1] else 1
            distance = OSA.distance(key, other) + OSA.distance(letters, roman(word)) + first
            found.append(Candidate(word, max(1, distance)))
    found.sort(key=lambda candidate: candidate.distance)
    return found[:limit]


def _shortened_or_swapped(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        if at:
            yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


def _changed_or_longer(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        for letter in KEY_LETTERS:
            yield word[:at] + letter + word[at + 1 :]
            yield word[:at] + letter + word[at:]
