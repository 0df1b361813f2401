"""Delivering updates to a bot's webhook: in order, with the secret token, again until it answers 2xx."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx

from bot.sandbox.model import Bot
from bot.sandbox.state import State

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


class Webhooks:
    """One delivering task a bot, alive while the bot has a webhook."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: dict[int, asyncio.Task[None]] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._state.on_webhook = self._restart
        for bot in self._state.bots.values():
            self._restart(bot)
        try:
            yield
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _restart(self, bot: Bot) -> None:
        running = self._tasks.pop(bot.id, None)
        if running is not None:
            running.cancel()
        if bot.webhook is not None:
            self._tasks[bot.id] = asyncio.create_task(self._deliver(bot))

    async def _deliver(self, bot: Bot) -> None:
        pause = _FIRST_PAUSE
        bell = self._state.updates.queue(bot.id).bell
        async with httpx.AsyncClient(timeout=30) as http:
            while True:
                updates = self._state.updates.first(bot, 1)
                if not updates:
                    await bell.wait(None)
                    continue
                trouble = await self._post(http, bot, updates[0])
                if trouble is None:
                    self._state.updates.confirm(bot, updates[0]["update_id"] + 1)
                    pause = _FIRST_PAUSE
                    continue
                if bot.webhook is not None:
                    bot.webhook.last_error_date = self._state.clock.timestamp()
                    bot.webhook.last_error_message = trouble
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _post(self, http: httpx.AsyncClient, bot: Bot, update: dict[str, object]) -> str | None:
        """None when delivered, else what went wrong in Telegram's words."""
        if bot.webhook is None:
            return "no webhook"
        secret = bot.webhook.secret_token
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            answer = await http.post(bot.webhook.url, json=update, headers=headers)
        except httpx.TimeoutException:
            return "Read timeout expired"
        except httpx.TransportError:
            return "Connection refused"
        if answer.is_success:
            return None
        return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
