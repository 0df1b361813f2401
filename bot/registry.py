"""How a command says what it answers to. ``bot.commands`` lists them all; nothing registers itself.

@command("customer", aliases=("c",), args="<phone | name | id>")
async def customer(call: Call) -> Reply: ...

@button("card")
async def card(call: Call) -> Reply: ...
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeVar

from bot.call import Call, Visit
from bot.reply import Choices, Reply
from cdm_core.words import Role
from templates.actions import ACTIONS

T = TypeVar("T")


class Passed(Enum):
    PASS = "pass"


PASS: Final = Passed.PASS
"""A text handler's answer when the text is not for it: the next one in the list is asked."""

Replies = Reply | Sequence[Reply] | None
Handler = Callable[[Call], Awaitable[Replies]]
TextHandler = Callable[[Call], Awaitable[Replies | Passed]]
LeftHandler = Callable[[Call, Sequence[Reply]], Awaitable[Reply | None]]
InlineHandler = Callable[[Call], Awaitable[Choices]]
VisitHandler = Callable[[Visit], Awaitable[Replies]]

_RANK = {Role.AGENT: 0, Role.MANAGER: 1, Role.ADMIN: 2}


def allows(role: Role, needed: Role) -> bool:
    """Whether ``role`` may do what ``needed`` may."""
    return _RANK[role] >= _RANK[needed]


def all_of(replies: Replies) -> Sequence[Reply]:
    """What a handler answered, one by one."""
    if replies is None:
        return ()
    return (replies,) if isinstance(replies, Reply) else tuple(replies)


@dataclass(frozen=True, slots=True)
class Command:
    """``/name``; ``groups``: also in groups, where no personal data may be shown; ``in_groups``: what answers there
    instead, when nothing follows the name; ``listed``: in help and menu; ``editable``: sent and then changed, its new
    text is for ``EditedText``."""

    name: str
    handler: Handler
    role: Role
    aliases: tuple[str, ...]
    args: str
    groups: bool
    in_groups: Handler | None
    listed: bool
    editable: bool


@dataclass(frozen=True, slots=True)
class Press:
    """The button whose action has this name. A label of the keyboard that stays, typed, counts as a press."""

    name: str
    handler: Handler
    role: Role
    groups: bool


@dataclass(frozen=True, slots=True)
class Dialog:
    """The answer to a question asked with ``chats.ask(session, chat_id, name, …)``; it ends the dialog itself.

    ``left``: what is said besides where something else came instead of the answer, and had these replies.
    """

    name: str
    handler: TextHandler
    left: LeftHandler | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text that is no dialog's answer; asked in the order of the list."""

    handler: TextHandler


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A text that somebody else wrote: it is neither a command nor the answer to a question."""

    handler: Handler


@dataclass(frozen=True, slots=True)
class Inline:
    """``@bot text`` in any chat: ``call.text`` is what follows, ``call.offset`` where the results begin."""

    handler: InlineHandler


@dataclass(frozen=True, slots=True)
class SharedContact:
    handler: Handler


@dataclass(frozen=True, slots=True)
class FileSent:
    """A voice note, photo, paper, sound or video: ``call.file``, with its caption in ``call.text``."""

    handler: Handler


@dataclass(frozen=True, slots=True)
class EditedText:
    """A plain text that its writer changed after sending; ``call.text`` is the new one."""

    handler: TextHandler


@dataclass(frozen=True, slots=True)
class Stranger:
    """The one command that somebody unknown is answered to, in a private chat."""

    name: str
    handler: VisitHandler


Route = Command | Press | Dialog | Text | Forwarded | Inline | FileSent | SharedContact | EditedText | Stranger


@dataclass(frozen=True, slots=True)
class Routes:
    """All that the bot answers to, by kind. ValueError when two of a kind answer to the same."""

    all: tuple[Route, ...]
    commands: dict[str, Command] = field(init=False, default_factory=dict)
    presses: dict[str, Press] = field(init=False, default_factory=dict)
    dialogs: dict[str, Dialog] = field(init=False, default_factory=dict)
    texts: list[Text] = field(init=False, default_factory=list)
    forwards: list[Forwarded] = field(init=False, default_factory=list)
    inlines: list[Inline] = field(init=False, default_factory=list)
    files: list[FileSent] = field(init=False, default_factory=list)
    contacts: list[SharedContact] = field(init=False, default_factory=list)
    edits: list[EditedText] = field(init=False, default_factory=list)
    strangers: dict[str, Stranger] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for route in self.all:
            match route:
                case Command():
                    for name in (route.name, *route.aliases):
                        _once(self.commands, name, route)
                case Press():
                    _once(self.presses, route.name, route)
                case Dialog():
                    _once(self.dialogs, route.name, route)
                case Stranger():
                    _once(self.strangers, route.name, route)
                case Text():
                    self.texts.append(route)
                case Forwarded():
                    self.forwards.append(route)
                case Inline():
                    self.inlines.append(route)
                case FileSent():
                    self.files.append(route)
                case SharedContact():
                    self.contacts.append(route)
                case EditedText():
                    self.edits.append(route)

    def listed(self, role: Role) -> list[Command]:
        """The commands that help and menu show to this role, in the order of the list."""
        return [route for route in self.all if isinstance(route, Command) and route.listed and allows(role, route.role)]


def _once(table: dict[str, T], name: str, route: T) -> None:
    if name in table:
        raise ValueError(f"two answers to {name}")
    table[name] = route


def command(
    name: str,
    *,
    role: Role = Role.AGENT,
    aliases: tuple[str, ...] = (),
    args: str = "",
    groups: bool = False,
    in_groups: Handler | None = None,
    listed: bool = True,
    editable: bool = False,
) -> Callable[[Handler], Command]:
    """``args`` is how the arguments are written in the documentation. The description is the vocabulary's word of
    kind "command"."""
    return lambda handler: Command(name, handler, role, aliases, args, groups, in_groups, listed, editable)


def button(name: str, *, role: Role = Role.AGENT, groups: bool = False) -> Callable[[Handler], Press]:
    if name not in ACTIONS:
        raise ValueError(f"no such action: {name}")
    return lambda handler: Press(name, handler, role, groups)


def dialog(name: str, *, left: LeftHandler | None = None) -> Callable[[TextHandler], Dialog]:
    return lambda handler: Dialog(name, handler, left)


def text(handler: TextHandler) -> Text:
    return Text(handler)


def forwarded(handler: Handler) -> Forwarded:
    return Forwarded(handler)


def inline(handler: InlineHandler) -> Inline:
    return Inline(handler)


def file(handler: Handler) -> FileSent:
    return FileSent(handler)


def contact(handler: Handler) -> SharedContact:
    return SharedContact(handler)


def edited(handler: TextHandler) -> EditedText:
    return EditedText(handler)


def stranger(name: str) -> Callable[[VisitHandler], Stranger]:
    return lambda handler: Stranger(name, handler)
