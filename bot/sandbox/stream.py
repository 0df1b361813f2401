"""The event stream of the page: what happens in some people's chats, as server-sent events."""

import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox import seen
from bot.sandbox.errors import ControlError
from bot.sandbox.events import Event
from bot.sandbox.model import Json, User
from bot.sandbox.state import State

_HEARTBEAT_SECONDS = 20


def event_json(state: State, user: User, event: Event) -> Json | None:
    """The event as this person's screen needs it; None when it is none of theirs."""
    chat = state.chats.get(event.chat)
    if event.chat and (chat is None or user.id not in chat.members):
        return None
    if event.facts.get("user") not in (None, user.id):
        return None
    shown: Json = {**event.facts, "as": user.key, "seq": event.seq, "kind": event.kind, "chat": event.chat}
    if event.kind in ("message", "edited", "deleted") and chat is not None:
        message = chat.messages[int(event.facts["id"])]
        shown["message"] = seen.message_seen(state, message)
        shown["line"] = seen.chat_seen(state, chat, user)
    elif chat is not None:
        shown["line"] = seen.chat_seen(state, chat, user)
    if event.kind == "clock":
        shown["now"] = state.clock.now().isoformat()
    return shown


async def _lines(state: State, users: list[User], after: int) -> AsyncIterator[str]:
    """SSE records; "reset" tells the page to read everything anew because events were missed."""
    yield "retry: 1000\n\n"
    while not state.bus.closed:
        events = state.bus.since(after)
        if events is None or state.bus.seq < after:
            after = state.bus.seq
            yield f"id: {after}\nevent: reset\ndata: {{}}\n\n"
            continue
        for event in events:
            after = event.seq
            for user in users:
                shown = event_json(state, state.users[user.id], event)
                if shown is not None:
                    yield f"id: {after}\ndata: {json.dumps(shown, ensure_ascii=False)}\n\n"
        if not events and not await state.bus.bell.wait(_HEARTBEAT_SECONDS):
            yield ": still here\n\n"


async def events(request: Request) -> Response:
    """GET ``?as=A,B&after=SEQ``: one stream for several people, each event naming whose it is (``as``).

    A browser that reconnects resumes by Last-Event-ID.
    """
    state: State = request.app.state.sandbox
    try:
        users = [state.user(one) for one in request.query_params.get("as", "").split(",")]
    except ControlError as error:
        return JSONResponse({"error": str(error)}, status_code=error.status)
    given = request.headers.get("last-event-id") or request.query_params.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() else state.bus.seq
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(state, users, after), media_type="text/event-stream", headers=headers)


ROUTES = [Route("/sandbox/events", events)]
