"""Faults, the ledger, the clock and the world."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.sandbox.client import Sandbox, SandboxError
from bot.sandbox.server import running_sandbox
from bot.sandbox.world import World

TANVIR, NUSRAT = 700100001, 700100002


async def test_refusals(sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    await sandbox.say("tanvir", "hi")
    await sandbox.say("nusrat", "hi")
    await sandbox.fault("flood", "sendMessage", retry_after=7, count=1)
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(TANVIR, "1")
    assert flood.value.retry_after == timedelta(seconds=7)
    await sandbox.fault("forbidden", "sendMessage", chat="tanvir")
    with pytest.raises(Forbidden):
        await bot.send_message(TANVIR, "2")
    await bot.send_message(NUSRAT, "2")
    await sandbox.clear_faults()
    await sandbox.fault("server_error", count=1)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(TANVIR, "3")
    await sandbox.fault("bad_request", description="Bad Request: PEER_ID_INVALID", count=1)
    with pytest.raises(BadRequest, match=r"(?i)peer_id_invalid"):
        await bot.send_message(TANVIR, "4")
    await bot.send_message(TANVIR, "5")
    assert [one["text"] for one in await sandbox.messages("tanvir")] == ["hi", "5"]


async def test_dropped_connections(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("tanvir", "hi")
    for kind, arrives in (("drop_before", False), ("drop_after", True)):
        await sandbox.fault(kind, "sendMessage", count=1)
        with pytest.raises(NetworkError) as dropped:
            await bot.send_message(TANVIR, kind)
        assert isinstance(dropped.value.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
        (entry,) = [one for one in await sandbox.ledger(method="sendMessage") if one["faults"] == [kind]]
        assert entry["done"] is arrives
    assert [one["text"] for one in await sandbox.messages("tanvir")] == ["hi", "drop_after"]
    await sandbox.fault("drop_after", "sendMessage", count=1)
    with pytest.raises(NetworkError):
        await bot.send_message(TANVIR, "")
    await sandbox.down(60)
    with pytest.raises(NetworkError):
        await bot.get_me()
    await sandbox.clear_faults()
    await bot.get_me()


async def test_slowness_and_the_ledger(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("tanvir", "hi")
    await sandbox.fault("slow", "sendMessage", ms=120, count=1)
    await bot.send_message(TANVIR, "one", disable_notification=True)
    await bot.send_message(TANVIR, "two")
    one, two = await sandbox.ledger(method="sendMessage")
    assert one["took_ms"] >= 120 > two["took_ms"]
    assert (one["text"], one["chat_id"], one["message_id"], one["silent"], one["code"]) == (
        "one",
        TANVIR,
        2,
        True,
        200,
    )
    assert one["mono"] < two["mono"]
    assert abs(one["at"] - datetime.now(UTC).timestamp()) < 60
    with pytest.raises(TelegramError):
        await bot.send_message(4711, "nobody")
    assert (await sandbox.ledger(since=two["seq"]))[-1]["description"] == "Bad Request: chat not found"
    await sandbox.clear_ledger()
    assert await sandbox.ledger() == []
    with pytest.raises(SandboxError, match="fault kind"):
        await sandbox.fault("nonsense")
    with pytest.raises(SandboxError, match="unknown fault setting"):
        await sandbox.fault("slow", seconds_=1, speed=2)


async def test_clock_and_world_are_handed_in() -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    happened: list[str] = []

    async def move(wish: int | str) -> datetime:
        happened.append(str(wish))
        return tomorrow

    async def cart() -> None:
        happened.append("cart")

    async def order() -> tuple[str, str]:
        return "ordered", "অর্ডার দিয়েছেন"

    world: World = {"cart": ("Cart left", "কার্ট", cart), "order": ("Order", "অর্ডার", order)}
    async with running_sandbox(clock_hook=move, world=world) as sandbox:
        assert (await sandbox.overview())["world"] == [
            {"key": "cart", "en": "Cart left", "bn": "কার্ট"},
            {"key": "order", "en": "Order", "bn": "অর্ডার"},
        ]
        assert datetime.fromisoformat(await sandbox.move_clock("next 09:00")) >= tomorrow
        assert await sandbox.happen("cart") is None
        assert await sandbox.happen("order") == {"en": "ordered", "bn": "অর্ডার দিয়েছেন"}
        sent = await sandbox.say("tanvir", "hi")
        assert sent["date"] >= int(tomorrow.timestamp())
    assert happened == ["next 09:00", "cart"]


async def test_without_a_clock_it_cannot_be_moved(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="no clock"):
        await sandbox.move_clock(10)


async def test_waiting_in_vain_tells_what_is_there(sandbox: Sandbox) -> None:
    await sandbox.say("tanvir", "hello")
    with pytest.raises(SandboxError, match="hello") as late:
        await sandbox.wait_for("tanvir", contains="never", timeout=0.05)
    assert late.value.status == 408


async def test_other_sites_are_refused(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        body = {"as": "tanvir", "text": "x"}
        foreign = await http.post("/sandbox/say", json=body, headers={"origin": "https://evil.test"})
        plain = await http.post("/sandbox/say", content='{"as": "tanvir", "text": "x"}')
        own = await http.post("/sandbox/say", json=body, headers={"origin": sandbox.url})
    assert [foreign.status_code, plain.status_code, own.status_code] == [403, 415, 200]
