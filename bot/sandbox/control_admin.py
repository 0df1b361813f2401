"""The control API's other half: who and what there is, faults, the ledger, the clock and the world."""

import asyncio
from dataclasses import asdict, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox import people, seen
from bot.sandbox.control import answered, json_body, number, route, seconds, who
from bot.sandbox.errors import ControlError
from bot.sandbox.methods.profile import commands_for
from bot.sandbox.model import Bot, Json, User
from bot.sandbox.personas import Group
from bot.sandbox.state import State

_USER_FIELDS = {one.name for one in fields(User)}
DOWN_SECONDS = 30
_LEDGER_PAUSE = 0.02  # a burst of calls is looked through once, not once a call


async def overview(request: Request) -> Response:
    """GET: bots, people, groups, the clock, and what the demo's bar may offer."""

    async def work(_: Request) -> Json:
        state: State = request.app.state.sandbox
        world = [{"key": key, "en": one[0], "bn": one[1]} for key, one in request.app.state.world.items()]
        groups = [one for one in state.chats.values() if one.type != "private" and one.migrated_to is None]
        return {
            "bots": [
                {"id": one.id, "username": one.username, "name": one.name, "token": one.token, "revoked": one.revoked}
                for one in state.bots.values()
            ],
            "people": [seen.person_seen(one) for one in state.users.values()][:200],
            "groups": [{"id": one.id, "key": one.name, "title": one.title, "members": one.members} for one in groups],
            "now": state.clock.now().isoformat(),
            "zone": request.app.state.zone,
            "seq": state.bus.seq,
            "clock": request.app.state.clock_hook is not None,
            "world": world,
        }

    return await answered(request, work)


async def chats(state: State, body: Json) -> list[Json]:
    """The chat list of ``as``."""
    return seen.chats_of(state, state.user(body.get("as", "")))


async def commands(state: State, body: Json) -> list[Json]:
    """The command menu ``as`` is shown in ``chat``."""
    user, chat = who(state, body)
    bots = state.bots_in(chat)
    return commands_for(bots[0], chat, user) if bots else []


def _new_user(state: State, record: Json) -> User:
    unknown = set(record) - _USER_FIELDS
    if unknown:
        raise ControlError(f"unknown field: {', '.join(sorted(unknown))}")
    ident = number(record, "id") or max([*state.users, 700_900_000]) + 1
    if not all(isinstance(value, str) for name, value in record.items() if name not in ("id", "started")):
        raise ControlError("names, key, language_code, phone and title are text")
    if ident <= 0 or ident in state.bots:
        raise ControlError("that id cannot be a person's")
    key = str(record.get("key") or ident)
    known = next((one for one in state.users.values() if one.key == key), None)
    if known is not None and known.id != ident:
        raise ControlError(f"{key} is taken", 409)
    return User(**{"first_name": key, **record, "id": ident, "key": key})


def _dicts(value: Any) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ControlError("a list of objects is expected")
    return value


async def users(state: State, body: Json) -> list[Json]:
    """Add or replace people: ``{"users": [{key, first_name, …}]}``; ids are given to those without."""
    made = [state.save_user(_new_user(state, one)) for one in _dicts(body.get("users"))]
    return [seen.person_seen(one) for one in made]


async def language(state: State, body: Json) -> Json:
    """Set the Telegram language of ``as``."""
    return seen.person_seen(people.set_language(state, state.user(body.get("as", "")), str(body.get("code", ""))))


async def groups(state: State, body: Json) -> Json:
    """Make a group of ``key``, ``title`` and ``members`` (keys); the first bot joins it."""
    key = str(body.get("key", ""))
    if not key or any(one.name == key for one in state.chats.values()):
        raise ControlError("a group needs a key of its own", 409)
    members = body.get("members")
    if not isinstance(members, list) or not members:
        raise ControlError("a group needs members")
    ident = min([int(one.id) for one in state.chats.values() if one.type == "group"], default=-700_200_000) - 1
    chat = state.add_group(Group(ident, key, str(body.get("title") or key), tuple(str(one) for one in members)))
    state.bus.publish("people")
    return {"id": chat.id, "key": key}


async def migrate(state: State, body: Json) -> Json:
    """Make the group ``chat`` a supergroup; its new id."""
    return {"id": people.migrate(state, state.chat(body.get("chat", ""))).id}


async def bots(state: State, body: Json) -> Json:
    """Add a bot (``token``, ``username``, ``name``) or, by token, change ``revoked`` or ``privacy``."""
    token = str(body.get("token", ""))
    bot = state.bot_by_token(token)
    if bot is None:
        if not token.partition(":")[0].isdigit():
            raise ControlError("a token is digits, a colon and letters")
        bot = Bot(token, str(body.get("username") or "sandbox_bot"), str(body.get("name") or "Bot"))
    bot.revoked = bool(body.get("revoked", bot.revoked))
    bot.privacy = bool(body.get("privacy", bot.privacy))
    state.save_bot(bot)
    if bot.revoked:
        state.updates.cut()
    state.bus.publish("people")
    return {"id": bot.id, "username": bot.username}


async def skip_updates(state: State, body: Json) -> Json:
    """Let ``count`` update ids of the first bot go unused."""
    state.updates.skip(state.first_bot, number(body, "count") or 0)
    return {"next": state.updates.queue(state.first_bot.id).next_id}


async def add_fault(state: State, body: Json) -> Json:
    """Switch a fault on: the fields of ``Fault``, ``chat`` for ``chat_id``, ``seconds`` for its end."""
    settings = dict(body)
    if "chat" in settings:
        settings["chat_id"] = state.chat(settings.pop("chat")).id
    lasting = seconds(body, "seconds", 0) if settings.pop("seconds", None) is not None else None
    fault = state.faults.add(str(settings.pop("kind", "")), seconds=lasting, **settings)
    if fault.kind != "slow" and fault.chat_id is None and fault.method.lower() in ("*", "getupdates"):
        state.updates.cut()
    return asdict(fault)


async def list_faults(state: State, _body: Json) -> list[Json]:
    return [asdict(one) for one in state.faults.active()]


async def clear_faults(state: State, body: Json) -> Json:
    """Switch off one fault (``id``) or all."""
    state.faults.clear(number(body, "id"))
    return {}


async def down(state: State, body: Json) -> Json:
    """Telegram is away for ``seconds`` (30): connections break, nothing is done."""
    seconds = number(body, "seconds") or DOWN_SECONDS
    fault = state.faults.add("drop_before", seconds=seconds)
    state.updates.cut()
    state.bus.publish("down", seconds=seconds)
    return asdict(fault)


async def ledger(state: State, body: Json) -> list[Json]:
    """Calls after ``since``, of ``method`` or ``chat`` if given: finished ones, or those still ``running``.

    Waits up to ``wait`` seconds until there are ``count``.
    """
    chat = state.chat(body["chat"]).id if body.get("chat") else None
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds(body, "wait", 0)
    while True:
        found = state.ledger.entries(since=number(body, "since") or 0, method=str(body.get("method", "")), chat_id=chat)
        found = [one for one in found if (one.took_ms is None) == bool(body.get("running"))]
        left = deadline - loop.time()
        if len(found) >= (number(body, "count") or 0) or left <= 0 or state.bus.closed:
            return [asdict(one) for one in found]
        await state.ledger.bell.wait(left)
        await asyncio.sleep(min(_LEDGER_PAUSE, left))


async def clear_ledger(state: State, _body: Json) -> Json:
    state.ledger.clear()
    return {}


async def clock(request: Request) -> Response:
    """POST ``{"move": minutes | "next 09:00"}``: asks the demo to move time, then moves with it."""

    async def work(_: Request) -> Json:
        state: State = request.app.state.sandbox
        move = (await json_body(request)).get("move")
        hook = request.app.state.clock_hook
        if hook is None:
            raise ControlError("there is no clock to move here", 404)
        if isinstance(move, bool) or not isinstance(move, int | str):
            raise ControlError("move is minutes or a wish such as 'next 09:00'")
        state.clock.set(await hook(move))
        state.set_clock()
        return {"now": state.clock.now().isoformat()}

    return await answered(request, work)


async def world(request: Request) -> Response:
    """POST: make the named thing of the demo's world happen."""

    async def work(_: Request) -> Json:
        action = request.app.state.world.get(request.path_params["name"])
        if action is None:
            raise ControlError("the world has no such thing", 404)
        await json_body(request)
        told = await action[2]()
        return {"done": None if told is None else {"en": told[0], "bn": told[1]}}

    return await answered(request, work)


ROUTES = [
    Route("/sandbox/", overview),
    Route("/sandbox/clock", clock, methods=["POST"]),
    Route("/sandbox/world/{name}", world, methods=["POST"]),
    route("chats", chats),
    route("commands", commands),
    route("users", users),
    route("language", language),
    route("groups", groups),
    route("migrate", migrate),
    route("bots", bots),
    route("updates/skip", skip_updates),
    route("faults", list_faults),
    route("faults/add", add_fault),
    route("faults/clear", clear_faults),
    route("down", down),
    route("ledger", ledger),
    route("ledger/clear", clear_ledger),
]
