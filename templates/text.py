"""Names, notes and other stored text on their way to a screen: cleaned, counted, cut and masked by letters.

A letter is what a reader takes for one: a grapheme cluster, and a Bengali conjunct is never taken apart.
"""

import unicodedata

import regex

# Unicode before 15.1 ends a cluster after the hasanta of a conjunct; joining what follows is right in all versions, but
# no conjunct spans a space.
_LETTER = regex.compile(r"\X(?:(?<=\u09CD\u200D?)(?!\s)\X)*")
_LONGEST_LETTER = 24
_WORD_END = " \t\n,;:·-–—/|(“\"'"
_SPACING = str.maketrans("\t\r\v\f\u2028\u2029", "    \n\n")
# Control, format, surrogate and unassigned characters, but not line ends and the joiners that shape Bengali and emoji.
_HIDDEN = regex.compile(r"[[\p{Cc}\p{Cf}\p{Cs}\p{Cn}]--[\n\u200C\u200D]]", regex.VERSION1)
_NEAR = 6

ELLIPSIS = "…"
LIMITS = {
    "name": 24,
    "list_name": 18,
    "product": 20,
    "note": 60,
    "tab_note": 120,
    "address": 36,
    "query": 24,
}
"""Letters before the ellipsis, by what is cut."""


def clean(text: str) -> str:
    """One line: NFC, without control, bidirectional and zero-width characters (the joiners stay), spaces single."""
    return " ".join(clean_lines(text).split())


def clean_lines(text: str) -> str:
    """As ``clean`` but keeping the line ends."""
    spaced = text.replace("\r\n", "\n").translate(_SPACING)
    return unicodedata.normalize("NFC", _HIDDEN.sub("", spaced))


def unbroken(text: str) -> str:
    """The text with spaces at which no line ends, for what is read as one: ``2 d``."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def letters(text: str) -> list[str]:
    """The text letter by letter; towers of marks and endless conjuncts come in parts of 24 code points."""
    return [
        cluster[start : start + _LONGEST_LETTER]
        for cluster in (match.group() for match in _LETTER.finditer(text))
        for start in range(0, len(cluster), _LONGEST_LETTER)
    ]


def truncate(text: str, limit: int) -> str:
    """At most ``limit`` letters and an ellipsis; cut at a space when one is near; cleaned."""
    line = clean(text)
    if len(line) <= limit:
        return line
    clusters = letters(line)
    if len(clusters) <= limit:
        return line
    kept = clusters[:limit]
    if clusters[limit] != " ":
        for back in range(1, min(_NEAR, limit // 3) + 1):
            if kept[-back] == " ":
                kept = kept[:-back]
                break
    return "".join(kept).rstrip(_WORD_END) + ELLIPSIS


def masked(name: str) -> str:
    """A colleague's customer: the first letter of each word, ``র••• উ•••``."""
    return " ".join(letters(word)[0] + "•••" for word in clean(name).split(" ") if word)


def capitalised(text: str) -> str:
    """The first letter upper-case, for a line's start and for buttons; Bengali has no case."""
    return text[:1].upper() + text[1:]
