"""The Bot API's two addresses: ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``."""

import asyncio
import re
from dataclasses import replace
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.args import Args, read_args
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import Fault
from bot.sandbox.ledger import Entry
from bot.sandbox.methods import METHODS, Call
from bot.sandbox.model import Bot
from bot.sandbox.state import State

_TOKEN = re.compile(r"\d{1,18}:[\w-]{20,80}", re.ASCII)


def _bot(state: State, token: str) -> Bot:
    bot = state.bot_by_token(token)
    if bot is not None and not bot.revoked:
        return bot
    raise ApiError(401, "Unauthorized") if _TOKEN.fullmatch(token) else ApiError(404, "Not Found")


def _refusal(error: ApiError) -> Response:
    headers = {"Retry-After": str(error.parameters["retry_after"])} if error.code == 429 else None
    return JSONResponse(error.body(), status_code=error.code, headers=headers)


async def _drop(request: Request) -> Response:
    """Close the connection without an answer; what is returned goes nowhere.

    ASGI has no word for this: uvicorn's ``receive`` belongs to the object that holds the connection.
    """
    request.receive.__self__.transport.abort()  # type: ignore[attr-defined]
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


async def _carry_out(state: State, bot: Bot, method: str, args: Args, entry: Entry, fault: Fault | None) -> Any:
    if fault is not None and fault.kind != "drop_after":
        raise fault.error()
    function = METHODS.get(method.lower())
    if function is None:
        raise ApiError(404, "Not Found: method not found")
    result = await function(Call(state, bot, args, entry))
    entry.done = True
    return result


async def call_method(request: Request) -> Response:
    state: State = request.app.state.sandbox
    try:
        bot = _bot(state, request.path_params["token"])
    except ApiError as error:
        return _refusal(error)
    method: str = request.path_params["method"]
    entry = state.ledger.open(bot.id, method)
    fault: Fault | None = None
    try:
        args = await read_args(request)
        entry.chat_id = args.integer("chat_id") or None
        struck = [replace(one) for one in state.faults.strike(method, entry.chat_id)]
        entry.faults = tuple(one.kind for one in struck)
        for one in struck:
            if one.kind == "slow":
                await asyncio.sleep(one.ms / 1000)
            else:
                fault = one
        if fault is not None and fault.kind == "drop_before":
            state.ledger.close(entry, 0, "connection dropped")
            return await _drop(request)
        result = await _carry_out(state, bot, method, args, entry, fault)
        response: Response = JSONResponse({"ok": True, "result": result})
    except ApiError as error:
        entry.description = error.description
        response = _refusal(error)
    except ClientDisconnect:  # the caller died in mid-request; nobody reads what is answered
        state.ledger.close(entry, 0, "caller gone")
        return Response(status_code=400)
    if fault is not None and fault.kind == "drop_after":
        state.ledger.close(entry, 0, "connection dropped")
        return await _drop(request)
    state.ledger.close(entry, response.status_code, entry.description)
    return response


async def get_file(request: Request) -> Response:
    state: State = request.app.state.sandbox
    try:
        _bot(state, request.path_params["token"])
    except ApiError as error:
        return _refusal(error)
    path = request.path_params["path"]
    for stored in state.files.values():
        if stored.path == path:
            return Response(state.store.get_bytes(stored.blob), media_type="application/octet-stream")
    return _refusal(ApiError(404, "Not Found"))


ROUTES = [
    Route("/bot{token}/{method}", call_method, methods=["GET", "POST"]),
    Route("/file/bot{token}/{path:path}", get_file),
]
