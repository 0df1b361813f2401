"""The whole way by webhook: Telegram posts, the API keeps, the bot answers; and others who take the updates away."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from structlog.testing import capture_logs

from bot.api import BotApi
from bot.webhook import WebhookConfig, WebhookKeeper
from cdm_core.clock import Clock
from tests import databases
from tests.bot.people import running_bot
from tests.bot.test_processes import World, world
from web.app import WebConfig, create_app
from web.house import Webhook
from web.routes.telegram import PATH
from web.server import serving

CLOCK = Clock(databases.ZONE)
SECRET = "s3cret_of-16-letters"

__all__ = ["world"]


@pytest.fixture
async def hook(world: World) -> AsyncIterator[WebhookConfig]:
    """Where the API receives the sandbox bot's updates."""
    bot_id = int(world.sandbox.token.partition(":")[0])
    app = create_app(WebConfig(world.url, CLOCK, webhook=Webhook(bot_id, SECRET), pool_size=2))
    async with serving(app, "127.0.0.1", 0) as address:
        yield WebhookConfig(address + PATH, SECRET)


async def test_what_is_posted_is_answered(world: World, hook: WebhookConfig) -> None:
    async with running_bot(world.sandbox, world.url, CLOCK, webhook=hook):
        await world.sandbox.say("nusrat", "/help")
        await world.sandbox.wait_for("nusrat", contains="What you can type")


async def test_what_was_said_before_comes_too_and_once(world: World, hook: WebhookConfig) -> None:
    for _ in range(5):
        await world.sandbox.say("nusrat", "/me")
    async with running_bot(world.sandbox, world.url, CLOCK, webhook=hook, limited=False):
        await world.until("SELECT count(*) FROM inbox WHERE state = 'done'", 5)
    assert await world.count("SELECT count(*) FROM outbox WHERE kind = 'reply'") == 5


async def test_polling_again_takes_over_from_the_webhook(world: World, hook: WebhookConfig) -> None:
    async with running_bot(world.sandbox, world.url, CLOCK, webhook=hook):
        await world.sandbox.say("nusrat", "/help")
        await world.sandbox.wait_for("nusrat", contains="What you can type")
    async with running_bot(world.sandbox, world.url, CLOCK):
        await world.sandbox.say("nusrat", "/me")
        await world.until("SELECT count(*) FROM inbox WHERE state = 'done'", 2)
    assert next(iter(world.state.bots.values())).webhook is None


async def test_a_poller_of_the_same_database_leaves_the_webhook_alone(world: World, hook: WebhookConfig) -> None:
    async with running_bot(world.sandbox, world.url, CLOCK, webhook=hook):
        await world.sandbox.say("nusrat", "/help")
        await world.sandbox.wait_for("nusrat", contains="What you can type")
        async with running_bot(world.sandbox, world.url, CLOCK):
            await world.sandbox.say("nusrat", "/me")
            await world.until("SELECT count(*) FROM inbox WHERE state = 'done'", 2)
        assert next(iter(world.state.bots.values())).webhook is not None


@pytest.mark.parametrize(
    ("method", "url", "told"),
    [("deleteWebhook", None, "webhook_removed"), ("setWebhook", "https://elsewhere.example/x", "webhook_replaced")],
)
async def test_a_webhook_that_was_taken_away_is_told_and_set_again(
    world: World, hook: WebhookConfig, method: str, url: str | None, told: str
) -> None:
    stop = asyncio.Event()
    async with BotApi(world.sandbox.token, world.sandbox.url) as api:
        keeper = WebhookKeeper(api, hook, stop, look_seconds=0.05)
        with capture_logs() as logs:
            running = asyncio.create_task(keeper.run())
            bot = next(iter(world.state.bots.values()))
            await _until(lambda: bot.webhook is not None and bot.webhook.url == hook.url)
            await api.call(method, {"url": url} if url else {})
            await _until(lambda: bot.webhook is not None and bot.webhook.url == hook.url)
            stop.set()
            await running
    assert [line["event"] for line in logs] == ["webhook_set", told, "webhook_set"]
    assert SECRET not in str(logs)
    assert hook.secret not in repr(hook)


async def test_that_telegram_cannot_reach_it_is_told_once(world: World) -> None:
    stop = asyncio.Event()
    hook = WebhookConfig("http://127.0.0.1:1/telegram/webhook", SECRET)
    async with BotApi(world.sandbox.token, world.sandbox.url) as api:
        with capture_logs() as logs:
            running = asyncio.create_task(WebhookKeeper(api, hook, stop, look_seconds=0.05).run())
            await world.sandbox.say("nusrat", "/help")
            await _until(lambda: any(line["event"] == "webhook_unreachable" for line in logs))
            stop.set()
            await running
    (line,) = [line for line in logs if line["event"] == "webhook_unreachable"]
    assert (line["error"], line["waiting"]) == ("Connection refused", 1)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
