"""The Bot API over python-telegram-bot's own request objects, with plain values in and out.

Messages are stored as data, so they are sent as they are stored: without building a library object for each. No
address is ever logged, since the token is part of it.
"""

import asyncio
import base64
import logging
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from telegram import Bot, InputFile
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter  # RequestData takes nothing else

os.environ.setdefault("PTB_TIMEDELTA", "true")  # python-telegram-bot warns at every 429 otherwise

PUBLIC_API = "https://api.telegram.org"
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 8.0
POLL_SLACK_SECONDS = 10.0
FILE_SECONDS = 30.0
"""Without a byte of a file."""


class BotApi:
    """One token at one Bot API server. Use ``async with``; calls raise ``telegram.error.TelegramError``."""

    def __init__(self, token: str, api_url: str = PUBLIC_API, *, connections: int = 16) -> None:
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # addresses hold the token, answers hold people
        self.bot_id = int(token.partition(":")[0])
        self._base = f"{api_url.rstrip('/')}/bot"
        self._prefix = f"{self._base}{token}/"
        self._files = f"{api_url.rstrip('/')}/file/bot{token}/"
        self._request = HTTPXRequest(
            connection_pool_size=connections,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            write_timeout=ANSWER_SECONDS,
            pool_timeout=CONNECT_SECONDS,
        )
        self._polling = HTTPXRequest(connection_pool_size=1, connect_timeout=CONNECT_SECONDS, pool_timeout=1.0)
        self.bot = Bot(token, base_url=self._base, request=self._request, get_updates_request=self._polling)

    async def __aenter__(self) -> Self:
        await self._request.initialize()
        await self._polling.initialize()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._request.shutdown()
        await self._polling.shutdown()

    @property
    def username(self) -> str:
        """The bot's own name; RuntimeError before ``identify``."""
        return self.bot.username

    async def identify(self) -> None:
        """Learn who the bot is, which parsing commands needs."""
        await self.bot.get_me()

    async def call(
        self, method: str, arguments: Mapping[str, Any], files: Mapping[str, Mapping[str, str]] | None = None
    ) -> Any:
        """The result of one method. ``files``: ``{argument: {"name": …, "base64": …}}``."""
        return await self._request.post(self._prefix + method, _data(arguments, files))

    async def file(self, file_id: str) -> bytes:
        """A file that somebody sent us, at most 20 MB."""
        found = await self.call("getFile", {"file_id": file_id})
        return await self._request.retrieve(self._files + quote(found["file_path"]), read_timeout=FILE_SECONDS)

    async def updates(self, *, offset: int | None, seconds: float, most: int, kinds: list[str]) -> Any:
        """Raw updates, waited for up to ``seconds``; one call at a time, which may be cancelled."""
        arguments = {"offset": offset, "timeout": int(seconds), "limit": most, "allowed_updates": kinds}
        try:
            return await self._polling.post(
                self._prefix + "getUpdates", _data(arguments), read_timeout=seconds + POLL_SLACK_SECONDS
            )
        except asyncio.CancelledError:
            # httpcore loses the connection, the only one, when cancelled while it puts it back: begin with a new one.
            await self._polling.shutdown()
            await self._polling.initialize()
            raise


def _data(arguments: Mapping[str, Any], files: Mapping[str, Mapping[str, str]] | None = None) -> RequestData:
    parameters = [RequestParameter(name, value, None) for name, value in arguments.items() if value is not None]
    for argument, file in (files or {}).items():
        upload = InputFile(base64.b64decode(file["base64"]), filename=file["name"])
        parameters.append(RequestParameter(argument, None, [upload]))
    return RequestData(parameters)
