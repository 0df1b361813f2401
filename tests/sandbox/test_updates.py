"""Updates: order, confirmation, two pollers, allowed kinds, webhooks, restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import Conflict

from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox, serving

TANVIR = 700100001


async def test_updates_stay_until_an_offset_confirms_them(sandbox: Sandbox, bot: Bot) -> None:
    for text in ("1", "2", "3"):
        await sandbox.say("tanvir", text)
    first = await bot.get_updates()
    again = await bot.get_updates(limit=2)
    assert [one.message.text for one in first if one.message] == ["1", "2", "3"]
    assert [one.update_id for one in again] == [one.update_id for one in first[:2]]
    left = await bot.get_updates(offset=first[1].update_id + 1)
    assert [one.update_id for one in left] == [first[2].update_id]
    await sandbox.say("tanvir", "4")
    assert [one.message.text for one in await bot.get_updates(offset=-1) if one.message] == ["4"]
    assert len(await bot.get_updates()) == 1
    await sandbox.skip_updates(1000)
    await sandbox.say("tanvir", "5")
    last = await bot.get_updates(offset=first[2].update_id + 2)
    assert last[0].update_id == first[2].update_id + 1002


async def test_a_long_poll_ends_when_something_comes(sandbox: Sandbox, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=30))
    await sandbox.ledger(method="getMe", count=1, wait=5)
    await sandbox.say("tanvir", "now")
    (update,) = await asyncio.wait_for(polling, 5)
    assert update.message is not None
    assert update.message.text == "now"


async def test_a_second_poller_ends_the_first(sandbox: Sandbox, bot: Bot) -> None:
    async def poll(seconds: int) -> httpx.Response:
        async with httpx.AsyncClient(timeout=60) as http:
            return await http.get(f"{sandbox.url}/bot{sandbox.token}/getUpdates", params={"timeout": seconds})

    polls = [asyncio.create_task(poll(20)) for _ in range(2)]
    done, _ = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    answer = done.pop().result()
    assert answer.status_code == 409
    assert answer.json()["description"].startswith("Conflict: terminated by other getUpdates request")
    await sandbox.say("tanvir", "x")
    assert sorted(one.status_code for one in await asyncio.gather(*polls)) == [200, 409]


async def test_only_kinds_that_were_asked_for(sandbox: Sandbox, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["message"])
    sent = await sandbox.say("tanvir", "hi")
    await sandbox.edit("tanvir", sent["id"], "hello")
    await sandbox.block("tanvir")
    assert [one.to_dict().keys() - {"update_id"} for one in await bot.get_updates()] == [{"message"}]
    await bot.get_updates(allowed_updates=[])
    await sandbox.block("tanvir", False)
    assert (await bot.get_updates())[-1].my_chat_member is not None


async def test_everything_lasts_and_ids_never_start_again(tmp_path: Path) -> None:
    async with running_sandbox(folder=tmp_path) as sb, _bot(sb) as bot:
        await sb.say("tanvir", "before")
        sent = await bot.send_message(TANVIR, "answer")
        photo = await sb.send_file("tanvir", b"a,b\n1,2\n", name="list.csv", mime="text/csv")
        (first, *_rest) = await bot.get_updates()
    async with running_sandbox(folder=tmp_path) as sb, _bot(sb) as bot:
        shown = await sb.messages("tanvir")
        assert [one["text"] for one in shown] == ["before", "answer", ""]
        updates = await bot.get_updates()
        assert updates[0].update_id == first.update_id
        assert (await sb.say("tanvir", "after"))["seq"] > photo["seq"]
        later = await bot.get_updates(offset=updates[-1].update_id + 1)
        assert [one.update_id for one in later] == [updates[-1].update_id + 1]
        assert (await bot.send_message(TANVIR, "again")).message_id == sent.message_id + 3
        assert updates[1].message is not None
        assert updates[1].message.document is not None
        file = await updates[1].message.document.get_file()
        assert bytes(await file.download_as_bytearray()) == b"a,b\n1,2\n"


async def test_webhook(sandbox: Sandbox, bot: Bot) -> None:
    came: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    answers = iter([500, 200, 200])

    async def hook(request: Request) -> Response:
        body = await request.json()
        await came.put((request.headers["x-telegram-bot-api-secret-token"], body["message"]["text"]))
        return Response(status_code=next(answers))

    async with serving(Starlette(routes=[Route("/hook", hook, methods=["POST"])])) as url:
        await bot.set_webhook(f"{url}/hook", secret_token="s3cret_-")
        with pytest.raises(Conflict, match="webhook"):
            await bot.get_updates()
        await sandbox.say("tanvir", "one")
        assert await asyncio.wait_for(came.get(), 5) == ("s3cret_-", "one")
        assert await asyncio.wait_for(came.get(), 5) == ("s3cret_-", "one")
        await sandbox.say("tanvir", "two")
        assert await asyncio.wait_for(came.get(), 5) == ("s3cret_-", "two")
        info = await bot.get_webhook_info()
        assert "500" in (info.last_error_message or "")
        await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    await bot.get_updates()


@asynccontextmanager
async def _bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with Bot(sandbox.token, base_url=f"{sandbox.url}/bot", base_file_url=f"{sandbox.url}/file/bot") as telegram:
        yield telegram
