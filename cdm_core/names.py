"""People's names as search keys that are equal when the names sound alike, in Latin and in Bengali letters.

A *token* is one word of a name as written (NFC, case-folded). Its *phonetic* key is how it sounds, in ASCII: the
spellings of one consonant folded together, long vowels with short ones, short a and o left out inside the word
("রহিম", "rohim" and "Raheem" are all "rhim"). Its *skeleton* is coarser, without any inner vowel ("rhm").

Keys are stored beside names: after a change of these rules or of the files ``data/name_*.txt`` they
must be made anew for all names. Nothing here depends on locale, and no text makes it raise.
"""

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from cdm_core.digits import ascii_digits, visible
from cdm_core.romanise import roman

KEY_LETTERS = "abcdfghijklmnprstu"
"""The letters a key consists of (digits aside) where the name has any Latin or Bengali letter."""

_LONGEST_NAME = 1_000
_MOST_TOKENS = 12
_LONGEST_TOKEN = 64
_LONGEST_KEY = 32

_MOHAMMAD = "mhmd"

# Two words that people as often write as one: the pattern, and how to write them apart.
_JOINED = tuple(
    (re.compile(pattern), apart)
    for pattern, apart in (
        (r"^(.{3,}?)[uo]dd?(?:i|ee)n$", r"\1 uddin"),
        (r"^(.{2,}?)(?:উ|ু)দ্দ[িী]ন$", r"\1 উদ্দিন"),
        (r"^(.{2,}?[uo])n{1,2}(ahar|[ei]s{1,2}a)h?$", r"\1n n\2"),
        (r"^(.{2,}?ু)(?:ন্ন|নন|ন)(াহার|[েি](?:সা|ছা|স্সা|চ্ছা))$", r"\1ন ন\2"),
        (r"^(abd[uo][lrs])(?!lah?$|la?h$)(.{4,})$", r"\1 \2"),
        (r"^(আ(?:ব্|ব)দু[লরস])(?!্|্?লা)([ক-হ].{2,})$", r"\1 \2"),
        (r"^al(amin|mamun)$", r"al \1"),
        (r"^আল(?:আ|া)?(মিন|মামুন)$", r"আল আ\1"),
    )
)
_ARTICLES = frozenset(["ul", "ur", "us", "un", "uz", "উল", "উর", "উস", "উন", "উজ"])
_UD_DIN = {("ud", "din"): "uddin", ("ud", "deen"): "uddin", ("উদ", "দিন"): "উদ্দিন", ("উদ", "দীন"): "উদ্দিন"}

# From spelling to sound, applied in this order to plain Latin letters.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"chh", "s"),
        (r"c(?=[eiy])", "s"),
        (r"(?<=[iu]q)ue$", ""),
        (r"c(?!h)|q(?:u(?=[aeo]))?", "k"),
        (r"ch", "c"),
        (r"x", "ks"),
        (r"ph", "f"),
        (r"(?<=[kgtdjbszr])h", ""),
        (r"z", "j"),
        (r"v", "b"),
        (r"ee+", "i"),
        (r"oo+", "u"),
        (r"(?<=s)y(?=a.)", ""),  # Shyamal is Shamol
        (r"y", "i"),
        (r"w", "o"),
        (r"(?<=[aeiou])h$", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=[^aeiou])er$", "r"),  # Akter is Aktar
        (r"ine$", "in"),
        (r"ng(?=k)", "n"),
        (r"e", "i"),
        (r"^mu(?=(?:[aiou]*[^aiou]){3})", "mo"),  # Mustafa is Mostofa
        (r"^((?:[aiou]*[^aiou]){2,})u(?=[lr]$)", r"\1"),  # Mojibur is Mojibor
    )
)
_VOWELS = re.compile(r"[aiou]+")
_INNER_VOWELS = re.compile(r"(?<=.)(?:[iu]|a(?!$))")


def tokens(name: str) -> list[str]:
    """The words of ``name`` in order, titles among them, at most 12.

    What is written now apart, now together comes out one way: "Nasiruddin" and "Nasir Ud-Din" → nasir, uddin.
    A name without a letter or digit (emoji) is taken as it is.
    """
    text = unicodedata.normalize("NFC", ascii_digits(visible(name[:_LONGEST_NAME])).casefold()).replace("ঃ", " ")
    words = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text).split()
    found: list[str] = []
    for word in words or text.split():
        if found and (whole := _UD_DIN.get((found[-1], word))):
            found[-1] = whole
        elif found and word in _ARTICLES and found[-1] not in _titles():
            found[-1] += word
        else:
            found += _apart(word)
    return [token[:_LONGEST_TOKEN] for token in found[:_MOST_TOKENS]]


def essential(name: str) -> list[str]:
    """The tokens that tell people apart: without titles, initials and a leading Mohammad, if anything remains."""
    everything = tokens(name)
    rest = [token for token in everything if token not in _titles() and not (len(token) == 1 and token.isascii())]
    if len(rest) > 1 and phonetic(rest[0]) == _MOHAMMAD:
        rest = rest[1:]
    return rest or everything


@lru_cache(maxsize=65_536)
def phonetic(token: str) -> str:
    """How ``token`` sounds, 1-32 characters of ``KEY_LETTERS`` and digits; of other scripts the token itself.

    "" only for "".
    """
    sounds = _sounds(token)
    return _spellings().get(sounds, sounds)


def skeleton(token: str) -> str:
    """The consonants of :func:`phonetic`, a leading vowel as "a", and a last a (Rahim is not Rahima)."""
    key = phonetic(token)
    if not key.isascii():
        return key
    return ("a" if key[:1] in "aiu" else key[:1]) + _INNER_VOWELS.sub("", key)[1:]


def name_key(name: str) -> str:
    """The phonetic keys of the essential tokens in order, a space between: for equality and order of names."""
    return " ".join(map(phonetic, essential(name)))


def name_skeletons(name: str) -> list[str]:
    """What an index finds ``name`` by: the skeletons of its essential tokens and, as :func:`sound`, their sounds."""
    words = essential(name)
    return list(dict.fromkeys([*map(skeleton, words), *(sound(phonetic(word)) for word in words)]))


def sound(key: str) -> str:
    """A phonetic key marked as such, to stand among skeletons without being taken for one ("=rhim")."""
    return f"={key}"


def _apart(word: str) -> list[str]:
    for joined, apart in _JOINED:
        if joined.match(word):
            return joined.sub(apart, word).split()
    return [word]


def _sounds(token: str) -> str:
    word = roman(token)
    if not word:
        return token[:_LONGEST_KEY]
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return _VOWELS.sub(_vowel, word)[:_LONGEST_KEY] or token[:_LONGEST_KEY]


def _vowel(run: re.Match[str]) -> str:
    """One run of vowels as heard: a or o, u, i, or a glide; a plain a or o counts only at the ends of a word."""
    letters, first, last = run[0], run.start() == 0, run.end() == len(run.string)
    if "i" in letters:
        sound = {"a": "ai", "o": "ai", "u": "ui"}.get(letters[0], "i")
        return sound + "a" if last and letters[-1] == "a" else sound
    if letters == "u" or (last and letters[-1] == "u"):
        return "u"
    return "a" if first or (last and letters[-1] == "a") else ""


@cache
def _titles() -> frozenset[str]:
    return frozenset(title for line in _lines("name_titles.txt") for title in line.split())


@cache
def _spellings() -> dict[str, str]:
    """Sounds of irregular spellings → sounds of the name they are of."""
    return {_sounds(other): _sounds(name) for name, others in spelling_lines() for other in others}


def spelling_lines() -> list[tuple[str, list[str]]]:
    """The irregular spellings known: each name with its others, in either script."""
    parts = (line.split(":") for line in _lines("name_spellings.txt"))
    return [(name, others.split()) for name, others in parts]


def _lines(file: str) -> list[str]:
    text = files("cdm_core").joinpath("data", file).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
