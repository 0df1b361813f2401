"""The list of Bot API methods the stand-in knows, and what a method is handed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.args import Args
from bot.sandbox.ledger import Entry
from bot.sandbox.model import Bot
from bot.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one bot; ``entry`` is its line in the ledger."""

    state: State
    bot: Bot
    args: Args
    entry: Entry


Method = Callable[[Call], Awaitable[Any]]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    """Register a coroutine ``(call) -> result`` under a Bot API name; names ignore case, as Telegram's do."""

    def register(function: Method) -> Method:
        METHODS[name.lower()] = function
        return function

    return register
