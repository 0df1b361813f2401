"""Telegram's own command menu, from the one list of commands: by scope and language."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog
from telegram.error import TelegramError

from bot.api import BotApi
from bot.registry import Routes
from bot.supervise import happens
from cdm_core.words import Language, Role
from templates.speech import Speech
from templates.vocabulary import render_words

BACKOFF_SECONDS = (1.0, 60.0)

log = structlog.get_logger(__name__)


async def publish(api: BotApi, routes: Routes, stop: asyncio.Event) -> None:
    """Tell Telegram what agents may type in private chats, and that groups have no commands; then wait for the end.

    What only managers and admins may do is not in the menu, which everybody sees; /help tells them.
    """
    delay = BACKOFF_SECONDS[0]
    while not stop.is_set():
        try:
            for language in Language:
                code = "" if language is Language.EN else language.value
                for scope, commands in (("all_private_chats", described(routes, language)), ("all_group_chats", [])):
                    await api.call(
                        "setMyCommands", {"commands": commands, "scope": {"type": scope}, "language_code": code}
                    )
        except TelegramError as error:
            log.warning("menu_not_set", error=type(error).__name__)
            await happens(stop, delay)
            delay = min(delay * 2, BACKOFF_SECONDS[1])
        else:
            await stop.wait()


def described(routes: Routes, language: Language) -> list[dict[str, str]]:
    """The agents' commands with the vocabulary's words for them."""
    speech = Speech(language, ZoneInfo("UTC"), datetime.min.replace(tzinfo=UTC))
    return [
        {"command": command.name, "description": render_words("command", command.name, speech)}
        for command in routes.listed(Role.AGENT)
    ]
