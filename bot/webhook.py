"""The webhook: Telegram sends the updates to the HTTP API, and this keeps telling it where to."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.api import BotApi
from bot.poller import KINDS, TOKEN_SECONDS
from bot.supervise import happens

LOOK_SECONDS = 60.0
BACKOFF_SECONDS = (0.5, 15.0)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """``url`` is where Telegram reaches ``POST /telegram/webhook``; ``secret`` it sends with each update."""

    url: str
    secret: str = field(repr=False)


class WebhookKeeper:
    """One a token: run it under the lock that pollers take too, so that they do not remove what it sets.

    A program on another database can still take the updates away, by polling or with a webhook of its own: that is
    seen within ``LOOK_SECONDS``, said, and set right.
    """

    def __init__(
        self, api: BotApi, config: WebhookConfig, stop: asyncio.Event, *, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._api = api
        self._config = config
        self._stop = stop
        self._look_seconds = look_seconds
        self._set = False
        self._trouble: object = None
        """When the last failed delivery was that is told of already."""

    async def run(self) -> None:
        """Keep the webhook until stopped; it stays set, so that Telegram waits for the next start."""
        delay = BACKOFF_SECONDS[0]
        while not self._stop.is_set():
            try:
                await self._keep()
            except InvalidToken:
                log.error("token_refused")
                await happens(self._stop, TOKEN_SECONDS)
            except BadRequest as error:
                log.error("webhook_refused", url=self._config.url, error=error.message)
                await happens(self._stop, TOKEN_SECONDS)
            except TelegramError as error:
                log.warning("telegram_away", error=type(error).__name__)
                await happens(self._stop, delay)
                delay = min(delay * 2, BACKOFF_SECONDS[1])
            else:
                delay = BACKOFF_SECONDS[0]
                await happens(self._stop, self._look_seconds)

    async def _keep(self) -> None:
        found = await self._api.call("getWebhookInfo", {}) if self._set else {}
        if found.get("url") != self._config.url:
            if self._set:
                self._tell_taken(str(found.get("url") or ""))
            await self._api.call(
                "setWebhook",
                {"url": self._config.url, "secret_token": self._config.secret, "allowed_updates": KINDS},
            )
            log.info("webhook_set", url=self._config.url)
            self._set = True
        self._tell_trouble(found)

    def _tell_taken(self, by: str) -> None:
        if by:
            log.warning("webhook_replaced", by=by, told="another program set a webhook with this token: stop it")
        else:
            log.warning("webhook_removed", told="another program polls with this token: stop it, or give it its own")

    def _tell_trouble(self, found: Mapping[str, Any]) -> None:
        """Telegram cannot reach us: once a failed delivery."""
        failed_at = found.get("last_error_date")
        if failed_at is not None and failed_at != self._trouble:
            log.warning(
                "webhook_unreachable",
                url=self._config.url,
                error=found.get("last_error_message"),
                waiting=found.get("pending_update_count"),
            )
        self._trouble = failed_at
