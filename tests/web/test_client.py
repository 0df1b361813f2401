"""The example client of the documentation does what it says."""

import asyncio
import importlib.util
import socket
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Asked

from cdm_core import api_keys
from cdm_core.tables import customer_behavior
from cdm_core.words import Scope
from tests import factories
from web.server import serving

EXAMPLE = Path(__file__).parents[2] / "docs" / "cdm_client.py"


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cdm_client", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_a_day_of_a_shop(app: FastAPI, session: AsyncSession, now: datetime, example: ModuleType) -> None:
    await factories.customer(session, id=123, first_name="John", last_name="Doe")
    await factories.customer_key(session, 123, "C-1001")
    await factories.customer_key(session, 123, "C/1001 #50%")
    product = await factories.product(session)
    await factories.settle(session, 123)
    key, _ = await api_keys.create(session, "shop", {Scope.READ, Scope.WRITE}, now=now, requests_per_minute=60_000)
    await session.commit()

    def day(address: str) -> None:
        with example.CdmClient(address, key) as cdm:
            viewed = cdm.track_behavior("shop:C-1001", "product_view", product=product, session="abc123xyz")
            assert viewed["customer_id"] == 123
            an_hour_ago = now - timedelta(hours=1)
            left = cdm.track_dropoff(
                "shop:C-1001",
                "checkout_initiated",
                product=product,
                cart_value=5500,
                reason="High shipping cost",
                session="abc123xyz",
                occurred_at=an_hour_ago,
            )
            assert (left["product_id"], left["session_id"]) == (product, "abc123xyz")
            assert datetime.fromisoformat(left["occurred_at"]) == an_hour_ago
            (first,) = cdm.recommendations(limit=10)
            assert (first["customer_name"], first["callable"]) == ("John Doe", True)
            assert "Cart ৳5,500" in first["reasons"][0]["text"]
            cdm.log_interaction(123, "call", outcome="Interested", duration_seconds=180)
            assert cdm.recommendation(123)["not_callable_because"] is not None
            promised = cdm.promise_call(123, now + timedelta(days=1))
            assert promised["status"] == "open"
            assert [row["customer_id"] for row in cdm.customers(temperature="hot")] == [123]
            assert cdm.customer("shop:C/1001 #50%")["customer_id"] == 123
            assert cdm.recommendation("shop:C/1001 #50%")["customer_id"] == 123
            with pytest.raises(example.CdmError, match="404 no_such_customer: There is no customer"):
                cdm.customer(4711)

    async with serving(app, "127.0.0.1", 0) as address:
        await asyncio.to_thread(day, address)


class Slow:
    """Keeps the first answer to a POST back until the next one comes: whoever asked has given up by then."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.again, self.posts = app, asyncio.Event(), 0

    async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
        if scope.get("method") != "POST":
            await self.app(scope, receive, send)
            return
        self.posts += 1
        first = self.posts == 1
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(scope, receive, keep)
        if first:
            await self.again.wait()
        self.again.set()
        for message in answer:
            await send(message)


async def test_what_got_no_answer_is_sent_again_and_kept_once(
    app: FastAPI, session: AsyncSession, now: datetime, example: ModuleType
) -> None:
    await factories.customer(session, id=123)
    await factories.settle(session, 123)
    key, _ = await api_keys.create(session, "shop", {Scope.READ, Scope.WRITE}, now=now, requests_per_minute=60_000)
    await session.commit()
    app.add_middleware(Slow)

    def view(address: str) -> None:
        with example.CdmClient(address, key, timeout=0.5) as cdm:
            first = cdm.track_behavior(123, "wishlist")
            own = cdm.track_behavior(123, "search", search="gur", once="search-1")
            again = cdm.track_behavior(123, "search", search="gur", once="search-1")
            assert again["id"] == own["id"] != first["id"]

    async with serving(app, "127.0.0.1", 0) as address:
        await asyncio.to_thread(view, address)
    kept = await session.execute(select(customer_behavior.c.behavior_type).order_by(customer_behavior.c.id))
    assert list(kept.scalars()) == ["wishlist", "search"]


def test_where_nobody_listens_it_says_so_at_once(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example.time, "sleep", lambda seconds: pytest.fail(f"waited {seconds} s"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with example.CdmClient(f"http://127.0.0.1:{free.getsockname()[1]}") as cdm, pytest.raises(httpx.ConnectError):
            cdm.track_behavior(123, "wishlist")
