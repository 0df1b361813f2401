"""Driving the stand-in from tests, benchmarks and the demo: what people do, what they see, what went wrong."""

from types import TracebackType
from typing import Any, Self

import httpx

from bot.sandbox.model import Json


class SandboxError(Exception):
    """The control API refused; ``status`` is its HTTP status (408: nothing matched in time)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Sandbox:
    """A client of a running stand-in. ``url`` is the API address to give to the bot, ``token`` its token.

    People and chats are named by key ("tanvir", "mirpur") or id; a person's name stands for their private chat
    with the first bot. Messages are the dicts of ``seen.message_seen`` (id, seq, text, entities, buttons, …).

    ``wait_for`` looks, unless told otherwise, at what came or changed in the chat since this client's last own
    action there, so ``say`` then ``wait_for`` never finds an old message.
    """

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.token = token
        # plain HTTP on loopback: loading the certificates would cost more than all else here
        self._http = httpx.AsyncClient(base_url=f"{url}/sandbox", timeout=70, verify=False)
        self._acted: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def _post(self, path: str, **body: Any) -> Any:
        given = {name.rstrip("_"): value for name, value in body.items() if value is not None}
        return _result(await self._http.post(f"/{path}", json=given))

    async def overview(self) -> Json:
        """Bots, people, groups, the clock (``now``) and the newest ``seq``."""
        found: Json = _result(await self._http.get("/"))
        return found

    async def mark(self, chat: str) -> int:
        """Make now the moment from which ``wait_for`` looks in this chat; its seq."""
        self._acted[chat] = (await self.overview())["seq"]
        return self._acted[chat]

    async def _act(self, path: str, who: str, chat: str | None, **body: Any) -> Json:
        message: Json = await self._post(path, as_=who, chat=chat, **body)
        self._acted[chat or who] = message["seq"]
        return message

    async def say(self, who: str, text: str, *, chat: str | None = None, reply_to: int | None = None) -> Json:
        """Send text; the message (the last, where over 4,096 characters made several)."""
        return await self._act("say", who, chat, text=text, reply_to=reply_to)

    async def edit(self, who: str, message: int, text: str, *, chat: str | None = None) -> Json:
        return await self._act("edit", who, chat, message=message, text=text)

    async def forward(
        self,
        who: str,
        message: int | None = None,
        *,
        from_chat: str | None = None,
        text: str | None = None,
        of: str | None = None,
        chat: str | None = None,
    ) -> Json:
        """Forward a message of ``from_chat``, or the ``text`` that the person ``of`` wrote where no bot reads; ``of``
        may be any name, of somebody whose account is hidden."""
        return await self._act("forward", who, chat, message=message, from_chat=from_chat, text=text, of=of)

    async def send_contact(
        self,
        who: str,
        *,
        phone: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        vcard: str | None = None,
        user_id: int | None = None,
        chat: str | None = None,
        reply_to: int | None = None,
    ) -> Json:
        """Share one's own contact, or with ``phone`` somebody else's, who may have an account (``user_id``)."""
        return await self._act(
            "contact",
            who,
            chat,
            phone=phone,
            first_name=first_name,
            last_name=last_name,
            vcard=vcard,
            user_id=user_id,
            reply_to=reply_to,
        )

    async def send_file(
        self,
        who: str,
        data: bytes,
        *,
        name: str = "file",
        kind: str = "document",
        mime: str = "application/octet-stream",
        caption: str = "",
        chat: str | None = None,
        reply_to: int | None = None,
        album: str | None = None,
        duration: int | None = None,
        forwarded: bool | None = None,
    ) -> Json:
        """Send a file; ``kind`` is document, photo, voice, audio or video, ``duration`` in seconds."""
        fields = {"as": who, "chat": chat, "kind": kind, "caption": caption, "reply_to": reply_to}
        fields |= {"album": album, "duration": duration, "forwarded": forwarded}
        form = {field: str(value) for field, value in fields.items() if value is not None}
        answer = await self._http.post("/file", data=form, files={"file": (name, data, mime)})
        message: Json = _result(answer)
        self._acted[chat or who] = message["seq"]
        return message

    async def press(
        self,
        who: str,
        text: str | None = None,
        *,
        data: str | None = None,
        message: int | None = None,
        chat: str | None = None,
        raw: bool | None = None,
        timeout: float = 10,  # noqa: ASYNC109 - how long the stand-in waits
    ) -> Json:
        """Press the button whose label contains ``text`` or whose data is ``data``, in the newest message that
        has it or in ``message``; the toast: ``{answered, text, show_alert, url, message}``."""
        toast: Json = await self._post(
            "press", as_=who, chat=chat, text=text, data=data, message=message, raw=raw, timeout=timeout
        )
        self._acted[chat or who] = toast.pop("seq")
        return toast

    async def inline(
        self,
        who: str,
        text: str,
        *,
        chat: str | None = None,
        offset: str = "",
        timeout: float = 10,  # noqa: ASYNC109 - how long the stand-in waits
    ) -> Json:
        """Type ``@bot text``: ``{answered, results, next_offset, is_personal, cache_time}``."""
        found: Json = await self._post("inline", as_=who, chat=chat, text=text, offset=offset, timeout=timeout)
        return found

    async def choose(self, who: str, result: Json, *, chat: str | None = None) -> Json:
        return await self._act("choose", who, chat, result=result)

    async def delete(self, who: str, message: int, *, chat: str | None = None) -> None:
        await self._post("delete", as_=who, chat=chat, message=message)

    async def block(self, who: str, blocked: bool = True) -> None:
        await self._post("block", as_=who, blocked=blocked)

    async def messages(self, chat: str, *, limit: int = 100) -> list[Json]:
        """What the chat shows now, oldest first."""
        found: list[Json] = await self._post("messages", chat=chat, limit=limit)
        return found

    async def chats(self, who: str) -> list[Json]:
        found: list[Json] = await self._post("chats", as_=who)
        return found

    async def commands(self, who: str, *, chat: str | None = None) -> list[Json]:
        """The command menu this person is shown."""
        found: list[Json] = await self._post("commands", as_=who, chat=chat)
        return found

    async def wait_for(
        self,
        chat: str,
        *,
        contains: str | None = None,
        pattern: str | None = None,
        button: str | None = None,
        after: int | None = None,
        gone: int | None = None,
        from_bot: bool = True,
        timeout: float = 10,  # noqa: ASYNC109 - how long the stand-in waits
    ) -> Json:
        """The first matching message new or edited after ``after`` (a seq; absent: this client's last action in
        the chat). SandboxError 408 when time is up, with what the chat shows."""
        found: Json = await self._post(
            "wait",
            chat=chat,
            contains=contains,
            pattern=pattern,
            button=button,
            after=self._acted.get(chat, 0) if after is None else after,
            gone=gone,
            from_bot=from_bot,
            timeout=timeout,
        )
        return found

    async def add_users(self, *users: Json) -> list[Json]:
        """Add people: ``{key, first_name, last_name, username, language_code, phone, id, started}``."""
        found: list[Json] = await self._post("users", users=users)
        return found

    async def set_language(self, who: str, code: str) -> None:
        await self._post("language", as_=who, code=code)

    async def add_group(self, key: str, title: str, *members: str) -> Json:
        found: Json = await self._post("groups", key=key, title=title, members=members)
        return found

    async def migrate(self, chat: str) -> int:
        """Make a group a supergroup; its new id."""
        return int((await self._post("migrate", chat=chat))["id"])

    async def set_bot(self, token: str, **settings: Any) -> Json:
        """Add a bot, or change ``revoked`` or ``privacy`` of the one with this token."""
        found: Json = await self._post("bots", token=token, **settings)
        return found

    async def skip_updates(self, count: int) -> None:
        await self._post("updates/skip", count=count)

    async def fault(self, kind: str, method: str = "*", **settings: Any) -> Json:
        """Switch a fault on: kinds and settings as in ``faults.Fault``, ``chat`` and ``seconds`` too."""
        found: Json = await self._post("faults/add", kind=kind, method=method, **settings)
        return found

    async def clear_faults(self, ident: int | None = None) -> None:
        await self._post("faults/clear", id=ident)

    async def down(self, seconds: int = 30) -> None:
        await self._post("down", seconds=seconds)

    async def ledger(
        self,
        *,
        method: str | None = None,
        chat: str | None = None,
        since: int | None = None,
        count: int | None = None,
        wait: float | None = None,
        running: bool | None = None,
    ) -> list[Json]:
        """Bot API calls received (``ledger.Entry``), oldest first: finished ones, or with ``running`` those that
        are not; waits up to ``wait`` seconds until there are ``count``."""
        found: list[Json] = await self._post(
            "ledger", method=method, chat=chat, since=since, count=count, wait=wait, running=running
        )
        return found

    async def clear_ledger(self) -> None:
        await self._post("ledger/clear")

    async def move_clock(self, move: int | str) -> str:
        """Ask the demo to move time by minutes or to "next 09:00"; the new now, ISO 8601."""
        return str((await self._post("clock", move=move))["now"])

    async def happen(self, name: str) -> Json | None:
        """Make a thing of the demo's world happen; what happened by language ("en", "bn"), where it tells."""
        told: Json | None = (await self._post(f"world/{name}"))["done"]
        return told


def _result(answer: httpx.Response) -> Any:
    body = answer.json()
    if answer.is_success:
        return body
    raise SandboxError(answer.status_code, body.get("error", answer.text))
