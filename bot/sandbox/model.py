"""The things the stand-in holds: people, bots, chats, messages, files."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChatType = Literal["private", "group", "supergroup"]


@dataclass(slots=True)
class User:
    """A person. ``key`` is the short name the control API and the page call them by."""

    id: int
    key: str
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "en"
    phone: str = ""
    title: str = ""
    started: bool = False
    """Given at start: this person has already pressed Start, so bots may write to them."""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True)
class Webhook:
    url: str
    secret_token: str = ""
    last_error_date: int = 0
    last_error_message: str = ""


@dataclass(slots=True)
class Bot:
    """A bot account. ``profile`` holds descriptions, ``commands`` its menus, both by their scope and language."""

    token: str
    username: str
    name: str
    privacy: bool = True
    revoked: bool = False
    webhook: Webhook | None = None
    allowed_updates: list[str] | None = None
    commands: dict[str, list[Json]] = field(default_factory=dict)
    profile: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[str, Json] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])


@dataclass(slots=True)
class Message:
    """One message. ``body`` is its content in Bot API form (text, entities, photo …), nothing else of it.

    ``seq`` is the number of the last change to it, one sequence for all chats, so "what is new since" is one
    comparison. ``keyboard`` is the reply keyboard that came with it, ``markup`` its inline keyboard.
    """

    chat: str
    id: int
    seq: int
    date: int
    sender: int
    body: Json
    reply_to: int | None = None
    markup: Json | None = None
    keyboard: Json | None = None
    forward: Json | None = None
    via_bot: int | None = None
    silent: bool = False
    edited: int | None = None
    deleted: bool = False


@dataclass(slots=True)
class Chat:
    """A conversation. Private ones are keyed ``bot:user``, groups by their id; ``id`` is what bots see."""

    key: str
    id: int
    type: ChatType
    title: str = ""
    name: str = ""
    members: list[int] = field(default_factory=list)
    started: bool = False
    blocked: bool = False
    migrated_to: int | None = None
    keyboard: Json | None = None
    read: dict[str, int] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes someone sent. ``path`` is what getFile answers; ``blob`` the name the store keeps them by."""

    id: str
    unique_id: str
    path: str
    blob: str
    name: str
    mime: str
    size: int
    width: int = 0
    height: int = 0
    duration: int = 0
