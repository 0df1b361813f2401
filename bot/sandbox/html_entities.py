"""Telegram's HTML: text and entities from markup, with its tag set, its offsets and its complaints.

Offsets in entities count UTF-16 units; offsets in complaints count bytes, as Telegram's do.
"""

import re
from html import unescape

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.model import Json

_STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
_CHARACTER = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|lt|gt|amp|quot);?")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")


def utf16_length(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _trouble(what: str) -> ApiError:
    return bad_request(f"can't parse entities: {what}")


def _byte(markup: str, position: int) -> int:
    return len(markup[:position].encode())


class _Open:
    """A tag that waits for its end."""

    def __init__(self, tag: str, attributes: dict[str, str], start: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.start = start

    def entity(self, end: int, inside: "list[_Open]") -> Json | None:
        if end <= self.start:
            return None
        entity: Json = {"type": _STYLES[self.tag], "offset": self.start, "length": end - self.start}
        language = self.attributes.get("class", "")
        if self.tag == "a":
            if "href" not in self.attributes:
                return None
            entity["url"] = self.attributes["href"]
        elif self.tag == "code" and inside and inside[-1].tag == "pre":
            inside[-1].attributes.setdefault("language", language.removeprefix("language-"))
            return None
        elif self.tag == "pre" and self.attributes.get("language"):
            entity["language"] = self.attributes["language"]
        elif self.tag == "blockquote" and "expandable" in self.attributes:
            entity["type"] = "expandable_blockquote"
        elif self.tag == "tg-emoji":
            entity["custom_emoji_id"] = self.attributes.get("emoji-id", "")
        return entity


def parse_html(markup: str) -> tuple[str, list[Json]]:
    """(text, entities) of ``markup``; ApiError with Telegram's words where it is not well formed."""
    text: list[str] = []
    entities: list[Json] = []
    stack: list[_Open] = []
    position = offset = 0

    while position < len(markup):
        character = markup[position]
        if character == "&" and (match := _CHARACTER.match(markup, position)):
            decoded = unescape(f"&{match[1]};")
            text.append(decoded)
            offset += utf16_length(decoded)
            position = match.end()
        elif character != "<":
            text.append(character)
            offset += utf16_length(character)
            position += 1
        elif markup.startswith("</", position):
            position = _close(markup, position, offset, stack, entities)
        else:
            tag, attributes, position = _open(markup, position)
            stack.append(_Open(tag, attributes, offset))
    if stack:
        raise _trouble(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    entities.sort(key=lambda one: (one["offset"], -one["length"]))
    return "".join(text), entities


def _open(markup: str, start: int) -> tuple[str, dict[str, str], int]:
    name = _TAG_NAME.match(markup, start + 1)
    if name is None or name.end() == len(markup):
        raise _trouble(f"Unclosed start tag at byte offset {_byte(markup, start)}")
    tag = name[0].lower()
    if tag not in _STYLES:
        raise _trouble(f'Unsupported start tag "{tag}" at byte offset {_byte(markup, start)}')
    attributes: dict[str, str] = {}
    position = name.end()
    while (match := _ATTRIBUTE.match(markup, position)) and match.end() > position:
        attributes[match[1].lower()] = unescape((match[2] or "").strip("\"'"))
        position = match.end()
    end = markup.find(">", position)
    if end < 0:
        raise _trouble(f'Unclosed start tag "{tag}" at byte offset {_byte(markup, start)}')
    if markup[position:end].strip():
        raise _trouble(f'Empty attribute name in the tag "{tag}" at byte offset {_byte(markup, start)}')
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _trouble(f'Tag "span" must have class "tg-spoiler" at byte offset {_byte(markup, start)}')
    return tag, attributes, end + 1


def _close(markup: str, start: int, offset: int, stack: list[_Open], entities: list[Json]) -> int:
    if not stack:
        raise _trouble(f"Unexpected end tag at byte offset {_byte(markup, start)}")
    name = _TAG_NAME.match(markup, start + 2)
    end = markup.find(">", name.end() if name else start)
    if name is None or end < 0 or markup[name.end() : end].strip():
        raise _trouble(f"Unclosed end tag at byte offset {_byte(markup, start)}")
    opened = stack.pop()
    if name[0] and name[0].lower() != opened.tag:
        raise _trouble(
            f'Unmatched end tag at byte offset {_byte(markup, start)}, expected "</{opened.tag}>", found "</{name[0]}>"'
        )
    entity = opened.entity(offset, stack)
    if entity is not None:
        entities.append(entity)
    return end + 1
