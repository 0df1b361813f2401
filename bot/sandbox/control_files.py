"""Files through the control API: a person sends one; the page shows and saves them. Inline mode too."""

import asyncio
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import people, seen
from bot.sandbox.args import read_args
from bot.sandbox.control import answered, number, route, seconds, who
from bot.sandbox.errors import ControlError
from bot.sandbox.methods.media import UPLOAD_BYTES, store_photo
from bot.sandbox.methods.queries import body_of_result
from bot.sandbox.model import Json
from bot.sandbox.state import State

_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "audio/ogg", "audio/mpeg"})


async def send_file(request: Request) -> Response:
    """POST multipart: ``file``, ``as``, ``chat``, ``kind`` photo, document, voice, audio or video, ``caption``,
    ``reply_to``, ``album``, ``duration``, ``forwarded``."""

    async def work(_: Request) -> Json:
        state: State = request.app.state.sandbox
        args = await read_args(request)
        upload = args.upload("file")
        if upload is None or not upload.data:
            raise ControlError("no file")
        if len(upload.data) > UPLOAD_BYTES:
            raise ControlError("the file is too big", 413)
        user, chat = who(state, args.values)
        kind = args.text("kind", "document")
        if kind == "photo":
            stored = store_photo(state, upload.data, upload.name)
        else:
            folder = people.FOLDERS.get(kind, "documents")
            duration = args.integer("duration")
            stored = state.add_file(upload.data, folder, upload.name, upload.mime, duration=duration)
        reply_to = args.integer("reply_to") or None
        caption, album = args.text("caption"), args.text("album")
        sent = people.send_file(
            state, user, chat, stored, caption, reply_to, album=album, forwarded=args.flag("forwarded")
        )
        return seen.message_seen(state, sent)

    return await answered(request, work)


async def get_file(request: Request) -> Response:
    """GET the bytes by file id: pictures and sound to show, all else only to save."""
    state: State = request.app.state.sandbox
    stored = state.files.get(request.path_params["id"])
    if stored is None:
        return JSONResponse({"error": "no such file"}, status_code=404)
    shown = stored.mime in _SHOWN
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(stored.name)}",
    }
    media = stored.mime if shown else "application/octet-stream"
    return Response(state.store.get_bytes(stored.blob), media_type=media, headers=headers)


async def inline(state: State, body: Json) -> Json:
    """Type ``@bot text``: the bot's results, waited for up to ``timeout`` seconds (10)."""
    user, chat = who(state, body)
    bot = state.first_bot
    query = people.ask_inline(state, user, chat, bot, str(body.get("text", "")), str(body.get("offset", "")))
    try:
        answer = await asyncio.wait_for(asyncio.shield(query.answer), seconds(body, "timeout", 10))
    except TimeoutError:
        answer = None
    return {"answered": answer is not None, "results": [], "next_offset": ""} | (answer or {})


async def choose(state: State, body: Json) -> Json:
    """Send one of the inline ``result``s into the chat, via the bot."""
    user, chat = who(state, body)
    result: Any = body.get("result")
    if not isinstance(result, dict):
        raise ControlError("result is what the bot answered")
    content, markup = body_of_result(result)
    reply_to = number(body, "reply_to")
    message = people.send_inline_result(state, user, chat, state.first_bot, content, markup, reply_to)
    return seen.message_seen(state, message)


ROUTES = [
    Route("/sandbox/file", send_file, methods=["POST"]),
    Route("/sandbox/files/{id}", get_file),
    route("inline", inline),
    route("choose", choose),
]
