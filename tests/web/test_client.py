"""The example client of the documentation does what it says."""

import asyncio
import importlib.util
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import api_keys
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
            cdm.track_dropoff(123, "checkout_initiated", cart_value=5500, reason="High shipping cost")
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
