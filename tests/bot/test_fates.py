"""What each error of the Bot API says about the message, by asking the sandbox for the real ones."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.api import BotApi
from bot.fates import Fate, judge
from bot.sandbox.client import Sandbox
from bot.sandbox.personas import default_users
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State

TANVIR = default_users()[0].id


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox(State()) as running:
        await running.say("tanvir", "hello")
        yield running


async def fate(sandbox: Sandbox, method: str = "sendMessage", **arguments: Any) -> tuple[Fate, float]:
    async with BotApi(sandbox.token, sandbox.url) as api:
        try:
            await api.call(method, {"chat_id": TANVIR, "text": "x", **arguments})
        except TelegramError as error:
            verdict = judge(error)
            assert sandbox.token not in verdict.why
            return verdict.fate, verdict.seconds
    raise AssertionError("nothing went wrong")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("flood", Fate.FLOOD),
        ("forbidden", Fate.BLOCKED),
        ("bad_request", Fate.REFUSED),
        ("unauthorized", Fate.TOKEN),
        ("server_error", Fate.UNKNOWN),
        ("drop_before", Fate.UNKNOWN),
        ("drop_after", Fate.UNKNOWN),
    ],
)
async def test_a_fault_is_judged(sandbox: Sandbox, fault: str, expected: Fate) -> None:
    await sandbox.fault(fault, "sendMessage")
    assert (await fate(sandbox))[0] is expected


async def test_a_flood_says_how_long(sandbox: Sandbox) -> None:
    await sandbox.fault("flood", "sendMessage", retry_after=7)
    assert await fate(sandbox) == (Fate.FLOOD, 7.0)


async def test_an_edit_that_changes_nothing_is_done(sandbox: Sandbox) -> None:
    async with BotApi(sandbox.token, sandbox.url) as api:
        sent = await api.call("sendMessage", {"chat_id": TANVIR, "text": "x"})
    assert (await fate(sandbox, "editMessageText", message_id=sent["message_id"]))[0] is Fate.SAME


async def test_an_edit_of_nothing_is_gone(sandbox: Sandbox) -> None:
    assert (await fate(sandbox, "editMessageText", message_id=4444))[0] is Fate.GONE


async def test_nobody_there_means_not_sent() -> None:
    async with BotApi("1:x", "http://127.0.0.1:9") as api:
        with pytest.raises(NetworkError) as caught:
            await api.call("sendMessage", {"chat_id": TANVIR, "text": "x"})
    assert judge(caught.value).fate is Fate.NOT_SENT


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (httpx.ConnectTimeout("x"), Fate.NOT_SENT),
        (httpx.PoolTimeout("x"), Fate.NOT_SENT),
        (httpx.ReadTimeout("x"), Fate.UNKNOWN),
        (httpx.WriteTimeout("x"), Fate.UNKNOWN),
    ],
)
def test_time_outs_before_and_after_sending(cause: Exception, expected: Fate) -> None:
    error = TimedOut()
    error.__cause__ = cause
    assert judge(error).fate is expected


def test_our_own_time_out_leaves_it_unknown() -> None:
    assert judge(TimeoutError()).fate is Fate.UNKNOWN
