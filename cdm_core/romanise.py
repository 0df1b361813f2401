"""A word of any script in plain Latin letters: Bengali by its sounds, Latin without its accents."""

import unicodedata

INHERENT = "a"
"""The vowel a Bengali consonant carries unwritten; names in Latin letters show it as a, o or nothing."""

_CONSONANTS = {
    "ক": "k", "খ": "kh", "গ": "g", "ঘ": "gh", "ঙ": "ng", "চ": "ch", "ছ": "s", "জ": "j", "ঝ": "jh", "ঞ": "n",
    "ট": "t", "ঠ": "th", "ড": "d", "ঢ": "dh", "ণ": "n", "ত": "t", "থ": "th", "দ": "d", "ধ": "dh", "ন": "n",
    "প": "p", "ফ": "f", "ব": "b", "ভ": "bh", "ম": "m", "য": "j", "র": "r", "ল": "l", "শ": "sh", "ষ": "sh",
    "স": "s", "হ": "h", "ৎ": "t", "ৰ": "r", "ৱ": "w", "ড়": "r", "ঢ়": "r", "য়": "y",
}  # fmt: skip
_VOWELS = {
    "অ": "a", "আ": "a", "ই": "i", "ঈ": "i", "উ": "u", "ঊ": "u", "ঋ": "ri", "এ": "e", "ঐ": "oi", "ও": "o", "ঔ": "ou",
}  # fmt: skip
_SIGNS = {
    "া": "a", "ি": "i", "ী": "i", "ু": "u", "ূ": "u", "ৃ": "ri", "ে": "e", "ৈ": "oi", "ো": "o", "ৌ": "ou",
}  # fmt: skip
_NUKTA, _HASANTA, _ANUSVARA = "়", "্", "ং"
_CONJUNCTS = {"জ্ঞ": "g", "ক্ষ": "kh"}


def roman(word: str) -> str:
    """``word`` in the letters a-z and the digits 0-9, lower case; "" when nothing of it can be written so.

    Bengali consonants without a vowel sign get ``INHERENT``, except at the end of a word ("রহিম" → "rahim").
    The same on every machine: Unicode tables only, no locale.
    """
    if any("ঀ" <= char <= "৿" for char in word):
        word = _bengali(unicodedata.normalize("NFC", word))
    plain = unicodedata.normalize("NFKD", word).casefold()
    return "".join(char for char in plain if char.isascii() and char.isalnum())


def _bengali(word: str) -> str:
    letters = _letters(word)
    sounds: list[str] = []
    for index, letter in enumerate(letters):
        previous = letters[index - 1] if index else ""
        following = letters[index + 1] if index + 1 < len(letters) else ""
        if (sound := _CONJUNCTS.get(letter) or _CONSONANTS.get(letter)) is None:
            other = letter if letter.isascii() else "ng" if letter == _ANUSVARA else ""
            sounds.append(_VOWELS.get(letter) or _SIGNS.get(letter) or other)
            continue
        if previous == _HASANTA:
            sound = _second_of_cluster(letter, sound, following, letters[index - 2] if index > 1 else "")
        elif letter == "য়" and sounds and sounds[-1] in ("o", "u"):
            sound = "w"  # আনোয়ার is Anowar
        sounds.append(sound)
        doubled = index > 0 and following == letter
        if following and following not in _SIGNS and following != _HASANTA and not doubled:
            sounds.append(INHERENT)
    return "".join(sounds)


def _letters(word: str) -> list[str]:
    """``word`` cut into letters, a letter with its nukta and a conjunct of one sound being one."""
    letters: list[str] = []
    for char in word:
        if char == _NUKTA and letters:
            letters[-1] += char
        elif "".join((*letters[-2:], char)) in _CONJUNCTS:
            letters[-2:] = ["".join((*letters[-2:], char))]
        else:
            letters.append(char)
    return letters


def _second_of_cluster(letter: str, sound: str, following: str, first: str) -> str:
    """A consonant under another: ya and ba there are mostly silent or a glide (শ্যামল, স্বপন)."""
    if letter in ("য", "য়"):
        return "j" if first == "র" else "y" if following == "া" else ""
    if letter == "ব" and first not in ("ব", "ম", "র", "ল", "গ"):
        return "w"
    return sound
