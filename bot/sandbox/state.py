"""All that the stand-in knows, and the one way each part of it changes and is kept."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.sandbox.clock import SandboxClock
from bot.sandbox.errors import ControlError
from bot.sandbox.events import Bus
from bot.sandbox.faults import Faults
from bot.sandbox.ledger import Ledger
from bot.sandbox.model import Bot, Chat, Json, Message, StoredFile, User, Webhook
from bot.sandbox.personas import Group, default_bots, default_groups, default_users
from bot.sandbox.queries import Queries
from bot.sandbox.store import Store
from bot.sandbox.updates import Updates

_T = TypeVar("_T")
_CHAT_RUNTIME = ("messages", "last_id")


class State:
    """The whole world of the stand-in. Not thread-safe: it lives on one event loop.

    ``folder`` makes it last; what a folder already holds wins over the people, bots and groups given here.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        bots: Sequence[Bot] | None = None,
        users: Sequence[User] | None = None,
        groups: Sequence[Group] | None = None,
        query_ttl: float = 60.0,
    ) -> None:
        self.store = Store(folder)
        self.users: dict[int, User] = {}
        self.bots: dict[int, Bot] = {}
        self.chats: dict[str, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self._user_keys: dict[str, int] = {}
        self._group_keys: dict[str, str] = {}
        self._load()
        self.updates = Updates(self.store)
        self.queries = Queries(query_ttl)
        self.faults = Faults()
        self.ledger = Ledger()
        self.on_webhook: Callable[[Bot], None] = lambda _bot: None
        for bot in default_bots() if bots is None else bots:
            if bot.id not in self.bots:
                self.save_bot(replace(bot))
        for user in default_users() if users is None else users:
            if user.id not in self.users:
                self.save_user(replace(user))
        for group in default_groups() if groups is None else groups:
            if str(group.id) not in self.chats:
                self.add_group(group)

    def _load(self) -> None:
        clock = dict(self.store.records("clock"))
        self.clock = SandboxClock(timedelta(seconds=clock.get("offset", 0.0)))
        for _, record in self.store.records("user"):
            self._index_user(_revive(User, record))
        for _, record in self.store.records("bot"):
            bot = _revive(Bot, record)
            bot.webhook = _revive(Webhook, record["webhook"]) if record["webhook"] else None
            self.bots[bot.id] = bot
        for _, record in self.store.records("chat"):
            self._index_chat(_revive(Chat, record))
        messages = [_revive(Message, record) for _, record in self.store.records("message")]
        for message in sorted(messages, key=lambda one: one.id):
            chat = self.chats[message.chat]
            chat.messages[message.id] = message
            chat.last_id = message.id
        for key, record in self.store.records("file"):
            self.files[key] = _revive(StoredFile, record)
        self.bus = Bus(max((message.seq for message in messages), default=0))

    # people, bots, chats

    def _index_user(self, user: User) -> None:
        self.users[user.id] = user
        self._user_keys[user.key] = user.id

    def _index_chat(self, chat: Chat) -> None:
        self.chats[chat.key] = chat
        if chat.name and chat.migrated_to is None:
            self._group_keys[chat.name] = chat.key

    def save_user(self, user: User) -> User:
        self._index_user(user)
        self.store.put("user", user.id, asdict(user))
        self.bus.publish("people")
        return user

    def save_bot(self, bot: Bot) -> Bot:
        self.bots[bot.id] = bot
        self.store.put("bot", bot.id, asdict(bot))
        return bot

    def save_chat(self, chat: Chat) -> Chat:
        self._index_chat(chat)
        kept = {one.name: getattr(chat, one.name) for one in fields(Chat) if one.name not in _CHAT_RUNTIME}
        self.store.put("chat", chat.key, kept)
        return chat

    def add_group(self, group: Group) -> Chat:
        members = [self.user(key).id for key in group.members]
        chat = Chat(str(group.id), group.id, "group", group.title, group.key, [self.first_bot.id, *members])
        return self.save_chat(chat)

    @property
    def first_bot(self) -> Bot:
        if not self.bots:
            raise ControlError("there is no bot", 404)
        return next(iter(self.bots.values()))

    def bot_by_token(self, token: str) -> Bot | None:
        head = token.partition(":")[0]
        bot = self.bots.get(int(head)) if head.isascii() and head.isdigit() and len(head) < 19 else None
        return bot if bot is not None and bot.token == token else None

    def user(self, who: str | int) -> User:
        """A person by key or id; ControlError 404 when there is none."""
        text = str(who)
        ident = self._user_keys.get(text, int(text) if text.isascii() and text.isdigit() else 0)
        if ident not in self.users:
            raise ControlError(f"no such person: {text[:60]}", 404)
        return self.users[ident]

    def private_chat(self, bot: Bot, user: User) -> Chat:
        key = f"{bot.id}:{user.id}"
        if key not in self.chats:
            self.save_chat(Chat(key, user.id, "private", members=[bot.id, user.id], started=user.started))
        return self.chats[key]

    def chat(self, which: str | int) -> Chat:
        """A chat by group name, group id, chat key, or a person (their chat with the first bot)."""
        text = str(which)
        key = self._group_keys.get(text, text)
        return self.chats[key] if key in self.chats else self.private_chat(self.first_bot, self.user(text))

    def group_for_bot(self, chat_id: int) -> Chat | None:
        return self.chats.get(str(chat_id))

    def bots_in(self, chat: Chat) -> list[Bot]:
        return [self.bots[member] for member in chat.members if member in self.bots]

    def people_in(self, chat: Chat) -> list[User]:
        return [self.users[member] for member in chat.members if member in self.users]

    # messages and files

    def add_message(self, chat: Chat, sender: int, body: Json, **more: Any) -> Message:
        """Append to the chat: gives the next id, dates it by the clock, keeps it, tells the listeners."""
        chat.last_id += 1
        message = Message(chat.key, chat.last_id, 0, self.clock.timestamp(), sender, body, **more)
        chat.messages[message.id] = message
        self.save_message(message, "message")
        return message

    def save_message(self, message: Message, event: str) -> None:
        """Keep a message that was made or changed; ``event`` is message, edited or deleted."""
        message.seq = self.bus.next_seq()
        self.store.put("message", f"{message.chat}/{message.id}", _plain(message))
        self.bus.publish(event, message.chat, seq=message.seq, id=message.id)

    def add_file(self, data: bytes, folder: str, name: str, mime: str, **size: int) -> StoredFile:
        """Keep bytes as a file that getFile can serve; ``folder`` as Telegram's (photos, documents, voice)."""
        ident = secrets.token_urlsafe(24)
        suffix = Path(name).suffix[:10]
        suffix = suffix if suffix.removeprefix(".").isalnum() else ""
        stored = StoredFile(
            id=f"AgAC{ident}",
            unique_id=ident[:15],
            path=f"{folder}/file_{len(self.files)}{suffix}",
            blob=secrets.token_hex(12),
            name=name,
            mime=mime,
            size=len(data),
            **size,
        )
        self.store.put_bytes(stored.blob, data)
        self.files[stored.id] = stored
        self.store.put("file", stored.id, asdict(stored))
        return stored

    def set_clock(self) -> None:
        """Keep the clock's offset and tell the listeners it moved."""
        self.store.put("clock", "offset", self.clock.offset.total_seconds())
        self.bus.publish("clock")

    def interrupt(self) -> None:
        """Wake everyone who waits (long polls, streams), for good: the server is about to stop."""
        self.bus.close()
        self.updates.close()
        self.queries.close()


def _plain(message: Message) -> Json:
    return {one: getattr(message, one) for one in Message.__slots__}


def _revive(kind: type[_T], record: Json) -> _T:
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in record.items() if name in known})
