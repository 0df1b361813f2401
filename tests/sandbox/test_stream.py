"""The page's event stream: whose events come, catching up, and stopping with someone listening."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError

from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox

TANVIR = 700100001
STEPS = 20
HELD_UP_SECONDS = 6.0


async def events(sandbox: Sandbox, people: str, **headers: str) -> AsyncIterator[dict[str, object]]:
    async with httpx.AsyncClient(timeout=10) as http:
        address = f"{sandbox.url}/sandbox/events?as={people}"
        async with http.stream("GET", address, headers=headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


async def test_each_event_names_whose_it_is(sandbox: Sandbox, bot: Bot) -> None:
    before = (await sandbox.overview())["seq"]
    first = await sandbox.say("tanvir", "private")
    await sandbox.say("nusrat", "lunch?", chat="mirpur")
    came = []
    async for event in events(sandbox, "tanvir,farhana,stranger", **{"last-event-id": str(before)}):
        came.append((event["as"], event["kind"], event["message"]["text"]))  # type: ignore[index]
        if len(came) == 3:
            break
    assert came == [
        ("tanvir", "message", "private"),
        ("tanvir", "message", "lunch?"),
        ("farhana", "message", "lunch?"),
    ]
    await bot.send_message(TANVIR, "answer")
    async for event in events(sandbox, "tanvir", **{"last-event-id": str(first["seq"])}):
        if event["chat"] == first["chat"]:
            assert event["line"]["unread"] == 1  # type: ignore[index]
            break


async def test_it_stops_at_once_though_someone_listens() -> None:
    async def listen(sandbox: Sandbox, heard: asyncio.Event) -> None:
        async for _ in events(sandbox, "tanvir"):
            heard.set()

    heard = asyncio.Event()
    async with running_sandbox() as sandbox:
        listening = asyncio.create_task(listen(sandbox, heard))
        while not heard.is_set():
            await sandbox.say("tanvir", "are you there?")
    await asyncio.wait_for(listening, 5)


async def test_going_down_cuts_the_poll_that_waits(sandbox: Sandbox, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=30))
    while not await sandbox.ledger(method="getUpdates", running=True):
        assert not polling.done()
    await sandbox.down(60)
    with pytest.raises(NetworkError):
        await asyncio.wait_for(polling, 5)


async def test_what_is_said_arrives_wherever_the_process_was_held_up_for_seconds() -> None:
    """Under load all of the demo, which is one process, stands still at times: between any two steps of a call, its
    connection was not used for so long."""

    async def say_all() -> list[str]:
        held_up = 0.0
        loop = asyncio.get_running_loop()
        real_time = loop.time
        loop.time = lambda: real_time() + held_up  # type: ignore[method-assign]
        async with running_sandbox() as sandbox:
            for steps in range(STEPS):
                await sandbox.overview()
                saying = asyncio.create_task(sandbox.say("tanvir", str(steps)))
                for _ in range(steps):
                    await asyncio.sleep(0)
                held_up += HELD_UP_SECONDS
                await saying
            return [message["text"] for message in await sandbox.messages("tanvir")]

    assert await asyncio.to_thread(lambda: asyncio.run(say_all())) == [str(steps) for steps in range(STEPS)]
