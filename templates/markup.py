"""Telegram's HTML as text of a certain length: measured, split and stripped as Telegram itself does.

Telegram counts UTF-16 units after entities are resolved and tags removed; a message holds 4,096 of them.
"""

import html
import re
from collections.abc import Iterator

from templates.text import clean_lines, letters

MESSAGE_LIMIT = 4096
GAP = "\ue000"
"""A template's line of this alone becomes one blank line; all other blank lines vanish."""

_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)[^<>]*>")
_TOKEN = re.compile(r"<[^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);|[^<&]+|.", re.DOTALL)


def plain(markup: str) -> str:
    """What is read: tags gone, entities resolved. For toasts and lengths."""
    return html.unescape(_TAG.sub("", markup))


def length(markup: str) -> int:
    """UTF-16 units as Telegram counts them."""
    return _units(plain(markup))


def tidy(markup: str) -> str:
    """A rendered template as it is sent: clean characters, lines stripped, no blank lines but the wanted ones."""
    lines: list[str] = []
    for line in (raw.strip() for raw in clean_lines(markup).split("\n")):
        if line == GAP:
            if lines and lines[-1]:
                lines.append("")
        elif line:
            lines.append(line)
    return "\n".join(lines).rstrip("\n")


def split(markup: str, limit: int = MESSAGE_LIMIT) -> list[str]:
    """Pieces of at most ``limit`` units, cut at line ends, within a longer line at a space or between letters.

    Never inside a tag or an entity: what is open at a cut is closed and opened again in the next piece.
    """
    if length(markup) <= limit:
        return [markup]
    pieces: list[str] = []
    rest = list(_tokens(markup))
    opening: list[str] = []
    while rest:
        cut = _cut(rest, limit)
        head, rest = rest[:cut], rest[cut:]
        while rest and rest[0] in ("\n", " "):
            rest = rest[1:]
        still_open = _open_tags(opening + head)
        closing = "".join(f"</{_name(tag)}>" for tag in reversed(still_open))
        body = "".join(head).rstrip()
        if plain(body).strip():
            pieces.append("".join(opening) + body + closing)
        opening = still_open
    return pieces


def _cut(tokens: list[str], limit: int) -> int:
    """How many tokens go into the next piece."""
    used, line_end, space = 0, 0, 0
    for index, token in enumerate(tokens):
        used += 0 if _TAG.fullmatch(token) else _units(html.unescape(token))
        if used > limit:
            return line_end or space or max(1, index)
        if token == "\n":
            line_end = index
        elif token == " ":
            space = index
    return len(tokens)


def _tokens(markup: str) -> Iterator[str]:
    """Tags and entities whole, everything else letter by letter."""
    for match in _TOKEN.finditer(markup):
        token = match.group()
        if token[0] in "<&" and len(token) > 1:
            yield token
        else:
            yield from letters(token)


def _open_tags(tokens: list[str]) -> list[str]:
    stack: list[str] = []
    for token in tokens:
        tag = _TAG.fullmatch(token)
        if tag is None:
            continue
        if tag[1]:
            stack = stack[:-1]
        else:
            stack.append(token)
    return stack


def _name(tag: str) -> str:
    match = _TAG.fullmatch(tag)
    assert match is not None
    return match[2]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
