"""The control API under /sandbox: people, what they do and see, faults, the ledger, clock and world.

JSON in and out (files: multipart); refusals are ``{"error": text}``. For loopback only: a browser page of
another origin is refused.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import people, seen
from bot.sandbox.args import load_object
from bot.sandbox.errors import ApiError, ControlError
from bot.sandbox.model import Chat, Json, Message, User
from bot.sandbox.state import State

MAX_WAIT_SECONDS = 3600
Handler = Callable[[State, Json], Awaitable[Any]]


def check_origin(request: Request) -> None:
    """Refuse what another site's page asks through the visitor's browser."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ControlError("another origin", 403)


async def answered(request: Request, work: Callable[[Request], Awaitable[Any]]) -> Response:
    """The JSON of ``work``'s result, or of its refusal."""
    try:
        check_origin(request)
        return JSONResponse(await work(request))
    except ControlError as error:
        return JSONResponse({"error": str(error)}, status_code=error.status)
    except ApiError as error:
        return JSONResponse({"error": error.description}, status_code=400)


async def json_body(request: Request) -> Json:
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ControlError("send application/json", 415)
    try:
        return load_object(await request.body())
    except ValueError:
        raise ControlError("a JSON object is expected") from None


def route(path: str, handler: Handler) -> Route:
    """A POST of a JSON object, handed on as a dict."""

    async def endpoint(request: Request) -> Response:
        async def work(_: Request) -> Any:
            return await handler(request.app.state.sandbox, await json_body(request))

        return await answered(request, work)

    return Route(f"/sandbox/{path}", endpoint, methods=["POST"])


def who(state: State, body: Json) -> tuple[User, Chat]:
    """The acting person (``as``) and the chat (``chat``; absent: theirs with the first bot)."""
    user = state.user(body.get("as", ""))
    return user, people.chat_of(state, user, body.get("chat"))


def number(body: Json, name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        raise ControlError(f"{name} is a whole number") from None


def seconds(body: Json, name: str, default: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_WAIT_SECONDS:
        raise ControlError(f"{name} is 0 to {MAX_WAIT_SECONDS} seconds")
    return value


async def say(state: State, body: Json) -> Json:
    user, chat = who(state, body)
    message = people.say(state, user, chat, str(body.get("text", "")), number(body, "reply_to"))
    return seen.message_seen(state, message)


async def contact(state: State, body: Json) -> Json:
    """Share one's own contact, or another: ``phone``, ``first_name``, ``last_name``, ``vcard``, ``user_id``."""
    user, chat = who(state, body)
    shared = people.own_contact(user)
    if "phone" in body:
        texts = {name: str(body[name]) for name in ("first_name", "last_name", "vcard") if body.get(name)}
        shared = {"phone_number": str(body["phone"]), "first_name": "", **texts}
        if "user_id" in body:
            shared["user_id"] = number(body, "user_id")
    message = people.share_contact(state, user, chat, shared, number(body, "reply_to"))
    return seen.message_seen(state, message)


async def edit(state: State, body: Json) -> Json:
    user, chat = who(state, body)
    message = people.edit(state, user, chat, number(body, "message") or 0, str(body.get("text", "")))
    return seen.message_seen(state, message)


async def delete(state: State, body: Json) -> Json:
    user, chat = who(state, body)
    people.delete(state, chat, user, number(body, "message") or 0)
    return {}


async def forward(state: State, body: Json) -> Json:
    """Forward ``message`` of chat ``from_chat`` to ``chat``; or ``text`` that ``of`` wrote where no bot reads: a
    person, or any name of somebody whose account is hidden."""
    user, chat = who(state, body)
    if "text" in body:
        sent = people.forward_text(state, user, str(body["text"]), str(body.get("of", "")), chat)
        return seen.message_seen(state, sent)
    source = people.chat_of(state, user, body.get("from_chat"))
    message = people.forward(state, user, people.message_of(source, number(body, "message") or 0), chat)
    return seen.message_seen(state, message)


def find_button(chat: Chat, body: Json) -> tuple[Message, Json]:
    """The button meant by ``data`` or ``text``, in ``message`` or in the newest message that has it."""
    wanted = number(body, "message")
    candidates = [people.message_of(chat, wanted)] if wanted is not None else reversed(seen.visible(chat))
    for message in candidates:
        for row in (message.markup or {}).get("inline_keyboard", []):
            for button in row:
                if button.get("callback_data") == body.get("data", object()) or (
                    isinstance(body.get("text"), str) and body["text"] in button["text"]
                ):
                    return message, button
    raise ControlError(f"no button {body.get('data') or body.get('text')!r}", 404)


async def press(state: State, body: Json) -> Json:
    """Press and wait up to ``timeout`` seconds (10) for the toast; ``answered`` is false when none came.

    ``raw`` presses ``data`` even where no such button is to be seen any more, as a stale screen can.
    """
    user, chat = who(state, body)
    if body.get("raw"):
        message, button = (
            people.message_of(chat, number(body, "message") or 0),
            {"callback_data": str(body.get("data", ""))},
        )
    else:
        message, button = find_button(chat, body)
    data = button.get("callback_data")
    if data is None:
        return {"answered": True, "url": button.get("url"), "message": message.id, "seq": state.bus.seq}
    before = state.bus.seq
    query = people.press(state, user, chat, message, data)
    try:
        toast = await asyncio.wait_for(asyncio.shield(query.answer), seconds(body, "timeout", 10))
    except TimeoutError:
        toast = None
    return {"answered": toast is not None, "message": message.id, "seq": before} | (toast or {})


async def block(state: State, body: Json) -> Json:
    user, chat = who(state, body)
    people.set_blocked(state, user, chat, bool(body.get("blocked", True)))
    return seen.chat_seen(state, chat, user)


async def read(state: State, body: Json) -> Json:
    user, chat = who(state, body)
    if chat.read.get(str(user.id), 0) < chat.last_id:
        chat.read[str(user.id)] = chat.last_id
        state.save_chat(chat)
        state.bus.publish("read", chat.key, user=user.id)
    return {}


async def messages(state: State, body: Json) -> list[Json]:
    """The newest ``limit`` (100) messages of ``chat``, oldest first; those before id ``before`` if given."""
    chat = state.chat(body.get("chat", ""))
    before = number(body, "before")
    shown = [one for one in seen.visible(chat) if before is None or one.id < before]
    return [seen.message_seen(state, one) for one in shown[-(number(body, "limit") or 100) :]]


def _wanted(body: Json) -> re.Pattern[str]:
    try:
        return re.compile(str(body.get("pattern", "")))
    except re.error as error:
        raise ControlError(f"pattern: {error}") from None


def _matches(message: Json, body: Json, wanted: re.Pattern[str]) -> bool:
    if body.get("from_bot", True) and not message["from"]["bot"]:
        return False
    labels = "\n".join(button["text"] for row in message["buttons"] for button in row)
    if str(body.get("contains", "")) not in message["text"]:
        return False
    if str(body.get("button", "")) not in labels:
        return False
    return wanted.search(message["text"]) is not None


async def wait(state: State, body: Json) -> Json:
    """The first message of ``chat`` new or changed after ``after`` (a seq) that matches, within ``timeout``.

    ``contains``, ``pattern`` (regular expression) and ``button`` (part of a label) narrow it; ``gone: id``
    waits for that message to be deleted instead. 408 with what the chat shows when time is up.
    """
    chat = state.chat(body.get("chat", ""))
    after = number(body, "after") or 0
    gone = number(body, "gone")
    wanted = _wanted(body)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds(body, "timeout", 10)
    while True:
        changed = sorted((one for one in chat.messages.values() if one.seq > after), key=lambda one: one.seq)
        for message in changed:
            shown = seen.message_seen(state, message)
            if message.id == gone if message.deleted else gone is None and _matches(shown, body, wanted):
                return shown
        left = deadline - loop.time()
        if left <= 0 or state.bus.closed:
            last = [seen.message_seen(state, one)["text"] for one in seen.visible(chat)[-3:]]
            raise ControlError(f"no such message in time; the chat ends with {last}", 408)
        await state.bus.bell.wait(left)


ROUTES = [
    route("say", say),
    route("contact", contact),
    route("edit", edit),
    route("delete", delete),
    route("forward", forward),
    route("press", press),
    route("block", block),
    route("read", read),
    route("messages", messages),
    route("wait", wait),
]
