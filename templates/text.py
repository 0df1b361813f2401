"""Names, notes and other stored text on their way to a screen: cleaned, counted, cut and masked by letters.

A letter is what a reader takes for one: a grapheme cluster, and a Bengali conjunct is never taken apart.
"""

import unicodedata

import regex

# Unicode before 15.1 ends a cluster after the hasanta of a conjunct; joining what follows is right in all versions.
_LETTER = regex.compile(r"\X(?:(?<=\u09CD\u200D?)\X)*")
_WORD_END = " \t\n,;:·-–—/|(“\"'"
_JOINERS = "\u200c\u200d"
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
    kept = (_visible(character) for character in text.replace("\r\n", "\n"))
    return unicodedata.normalize("NFC", "".join(kept))


def letters(text: str) -> list[str]:
    return [match.group() for match in _LETTER.finditer(text)]


def truncate(text: str, limit: int) -> str:
    """At most ``limit`` letters and an ellipsis; cut at a space when one is near; cleaned."""
    line = clean(text)
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


def _visible(character: str) -> str:
    if character in _JOINERS or character == "\n":
        return character
    match unicodedata.category(character):
        case "Cc":
            return " " if character in "\t\r\v\f" else ""
        case "Zl" | "Zp":
            return "\n"
        case "Cf" | "Cs" | "Cn":
            return ""
        case _:
            return character
