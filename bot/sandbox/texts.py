"""Text as Telegram keeps it: cleaned, trimmed, measured, with the entities it finds by itself."""

import re

from bot.sandbox.args import Args
from bot.sandbox.errors import bad_request
from bot.sandbox.html_entities import parse_html, utf16_length
from bot.sandbox.model import Json

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}]|\bt\.me/[\w/?=&%.-]+)"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w/@])(?P<mention>@[A-Za-z]\w{3,31})\b"
    r"|(?<![\w/<>])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?<![\w#])(?P<hashtag>\#\w*[^\W\d_]\w*)"
    r"|(?<![\w+])(?P<phone_number>\+\d[\d \-()]{6,18}\d)(?!\w)"
)


def found_entities(text: str) -> list[Json]:
    """Links, mentions, commands, hashtags, e-mails and phone numbers that Telegram marks unasked."""
    found = []
    for match in _FOUND.finditer(text):
        kind = match.lastgroup or ""
        start = utf16_length(text[: match.start()])
        found.append({"type": kind, "offset": start, "length": utf16_length(match[0])})
    return found


def clean(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without control characters and outer blanks; entities moved and cut along, found ones added."""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", ""))
    stripped = text.lstrip()
    lead = utf16_length(text) - utf16_length(stripped)
    stripped = stripped.rstrip()
    size = utf16_length(stripped)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] - lead + entity["length"], size)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    closed = [(one["offset"], one["offset"] + one["length"]) for one in kept if one["type"] in _OPAQUE]
    for entity in found_entities(stripped):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if all(end <= first or start >= last for first, last in closed):
            kept.append(entity)
    kept.sort(key=lambda one: (one["offset"], -one["length"]))
    return stripped, kept


_OPAQUE = frozenset({"code", "pre", "text_link"})


def _measured(entity: Json) -> bool:
    return all(isinstance(entity.get(name), int) for name in ("offset", "length"))


def read_text(args: Args, name: str = "text") -> Json:
    """``{text, entities}`` of a call, checked as sendMessage checks it; keys are those of ``name``."""
    caption = name == "caption"
    mode = args.text("parse_mode").lower()
    raw = args.text(name)
    given = args.mappings("caption_entities" if caption else "entities", "message entities")
    if mode == "html":
        text, entities = parse_html(raw)
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        text, entities = raw, [one for one in given or [] if _measured(one)]
    text, entities = clean(text, entities)
    if not text and not caption:
        raise bad_request("message text is empty")
    if utf16_length(text) > (CAPTION_LIMIT if caption else TEXT_LIMIT):
        raise bad_request("message caption is too long" if caption else "message is too long")
    body: Json = {name: text} if text else {}
    if entities:
        body["caption_entities" if caption else "entities"] = entities
    return body


def typed_text(raw: str) -> list[Json]:
    """What a person's app sends for ``raw``: one message's ``{text, entities}`` a 4,096 characters."""
    text, _ = clean(raw, [])
    bodies = []
    while text:
        piece, text = text[:TEXT_LIMIT], text[TEXT_LIMIT:]
        piece, entities = clean(piece, [])
        if piece:
            bodies.append({"text": piece} | ({"entities": entities} if entities else {}))
    return bodies
