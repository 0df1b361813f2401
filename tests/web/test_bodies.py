"""What is sent: read strictly, stored in one transaction, run again where another came between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.web.conftest import Clients, Recorded
from web.app import WebConfig, create_app
from web.call import CustomerPath, Telling, Writing
from web.models.fields import Amount, Answer, Body, CustomerId, Id, Line, Number
from web.router import noun


class _Sent(Body):
    customer: CustomerId = Field(alias="customerId")
    product: Id | None = Field(None, alias="productId")
    cart_value: Amount | None = None
    reason: Line = ""


class _Kept(Answer):
    customer_id: int
    reason: str
    cart_value: Number | None


class _Trial:
    """Endpoints that write, each in its own way."""

    def __init__(self) -> None:
        self.router = noun("Trial")
        self.tries = 0
        self.meet = asyncio.Barrier(2)
        self.router.add_api_route("/trial", self.keep, methods=["POST"], response_model=_Kept, status_code=201)
        self.router.add_api_route("/trial/tell", self.tell, methods=["POST"], response_model=dict)
        self.router.add_api_route("/trial/fail", self.fail, methods=["POST"], response_model=dict)
        self.router.add_api_route("/trial/store", self.store, methods=["POST"], response_model=dict)
        self.router.add_api_route("/trial/die", self.die, methods=["POST"], response_model=dict)
        self.router.add_api_route("/trial/{first}/{second}", self.cross, methods=["POST"], response_model=dict)

    async def keep(self, call: Writing, sent: _Sent) -> dict[str, Any]:
        ref = await call.customer(sent.customer)
        kept = {"profession": sent.reason, "id": ref.customer_id}
        await call.session.execute(text("UPDATE customers SET profession = :profession WHERE id = :id"), kept)
        return {"customer_id": ref.customer_id, "reason": sent.reason, "cart_value": sent.cart_value}

    async def tell(self, call: Telling) -> dict[str, str]:
        return {"by": call.actor}

    async def fail(self, call: Writing) -> dict[str, str]:
        await call.session.execute(text("UPDATE customers SET city = 'lost'"))
        raise RuntimeError("personal: 01712345678")

    async def store(self, call: Writing, sent: _Sent) -> dict[str, str]:
        """Nobody looked whether it fits."""
        await call.session.execute(text("SELECT CAST(:number AS integer)"), {"number": sent.product})
        return {}

    async def die(self, call: Writing) -> dict[str, str]:
        """The server ends the connection in the middle."""
        await call.session.execute(text("UPDATE customers SET city = 'lost'"))
        await call.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return {}

    async def cross(self, call: Writing, first: CustomerPath, second: CustomerPath) -> dict[str, int]:
        """Two of these that cross lock each other out: the server ends one."""
        self.tries += 1
        change = text("UPDATE customers SET city = city || '+' WHERE id = :id")
        await call.session.execute(change, {"id": int(first)})
        if self.tries <= 2:
            await self.meet.wait()
        await call.session.execute(change, {"id": int(second)})
        return {"tries": self.tries}


@pytest.fixture
def trial() -> _Trial:
    return _Trial()


@pytest.fixture
async def app(web_config: WebConfig, trial: _Trial) -> AsyncIterator[FastAPI]:
    made = create_app(web_config)
    made.include_router(trial.router)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def writer(client: Clients, session: AsyncSession) -> httpx.AsyncClient:
    await factories.customer(session, id=123)
    await session.commit()
    return await client("write")


async def _city(session: AsyncSession, customer_id: int) -> str:
    found = await session.execute(text("SELECT city FROM customers WHERE id = :id"), {"id": customer_id})
    return str(found.scalar_one())


async def test_what_is_right(
    writer: httpx.AsyncClient, audited: Callable[[], Awaitable[list[Recorded]]], session: AsyncSession
) -> None:
    sent = {"customerId": 123, "productId": 456, "cart_value": 5500.5, "reason": "  <b>দাম</b> '; DROP TABLE x --  "}
    answer = await writer.post("/cdm/trial", json=sent)
    assert (answer.status_code, answer.json()) == (
        201,
        {"customer_id": 123, "reason": "<b>দাম</b> '; DROP TABLE x --", "cart_value": 5500.5},
    )
    assert [(row.actor, row.action, row.customer_id) for row in await audited()] == [
        ("key:shop-0", "POST /cdm/trial", 123)
    ]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "customerId"),
        ({"customerId": None}, "customerId"),
        ({"customerId": 0}, "customerId"),
        ({"customerId": -5}, "customerId"),
        ({"customerId": "0123"}, "customerId"),
        ({"customerId": "১২৩"}, "customerId"),
        ({"customerId": "12 3"}, "customerId"),
        ({"customerId": "-5"}, "customerId"),
        ({"customerId": True}, "customerId"),
        ({"customerId": 1.5}, "customerId"),
        ({"customerId": 2**63}, "customerId"),
        ({"customerId": [1]}, "customerId"),
        ({"customerId": "shop:\x00"}, "customerId"),
        ({"customerId": 123, "customer_id": 123}, "customer_id"),
        ({"customerId": 123, "cart_value": -1}, "cart_value"),
        ({"customerId": 123, "cart_value": "5500"}, "cart_value"),
        ({"customerId": 123, "cart_value": True}, "cart_value"),
        ({"customerId": 123, "cart_value": 1e30}, "cart_value"),
        ({"customerId": 123, "cart_value": 0.001}, "cart_value"),
        ({"customerId": 123, "reason": "x" * 256}, "reason"),
        ({"customerId": 123, "reason": "a\x00b"}, "reason"),
        ({"customerId": 123, "reason": 7}, "reason"),
        ({"customerId": 123, "extra": 1}, "extra"),
        ([], "body"),
        ("text", "body"),
    ],
)
async def test_what_is_wrong_is_told_by_field(writer: httpx.AsyncClient, sent: object, field: str) -> None:
    answer = await writer.post("/cdm/trial", json=sent)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert any(field in error["field"] for error in answer.json()["errors"])


@pytest.mark.parametrize("customer", ["abc", "shop:", "1x", "shop:\x00", "", 0, 2**63, True, None, [1], {}])
async def test_what_is_no_customer_is_told_in_one_sentence(writer: httpx.AsyncClient, customer: object) -> None:
    answer = await writer.post("/cdm/trial", json={"customerId": customer})
    said = "an id is needed, as a number (123) or shop:KEY"
    assert answer.json()["detail"] == f"body.customerId: {said}."
    assert answer.json()["errors"] == [{"field": "body.customerId", "code": "bad_id", "message": said}]


@pytest.mark.parametrize("customer", ["abc", "0", "shop:", "shop:%00", "1x"])
async def test_so_it_is_in_a_path(writer: httpx.AsyncClient, customer: str) -> None:
    answer = await writer.post(f"/cdm/trial/{customer}/123")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["detail"] == "path.first: an id is needed, as a number (123) or shop:KEY."


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "not_json"),
        (b"\xff\xfe{}", 400, "not_json"),
        (b'{"customerId": 123, "reason": "\xff"}', 400, "not_json"),
        (b'{"customerId": ' + b"9" * 5_000 + b"}", 400, "not_json"),
        (b"[" * 100_000, 400, "not_json"),
        (b"", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'{"customerId": NaN}', 422, "invalid"),
        (b'{"customerId": 123, "cart_value": NaN}', 422, "invalid"),
        (b'{"customerId": 123, "cart_value": Infinity}', 422, "invalid"),
        (b'{"customerId": 123, "cart_value": 1e999}', 422, "invalid"),
        (b'{"customerId": 123, "reason": "\\ud800"}', 422, "invalid"),
        (b'{"customerId": 123, "\\ud800": 1}', 422, "invalid"),
    ],
)
async def test_what_cannot_be_read(writer: httpx.AsyncClient, content: bytes, status: int, code: str) -> None:
    answer = await writer.post("/cdm/trial", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
async def test_another_type_of_body(writer: httpx.AsyncClient, media: str | None) -> None:
    headers = {"Content-Type": media} if media else {}
    answer = await writer.post("/cdm/trial", content=b'{"customerId": 123}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json_typed")


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.shop+json"])
async def test_json_by_any_name(writer: httpx.AsyncClient, media: str) -> None:
    answer = await writer.post("/cdm/trial", content=b'{"customerId": 123}', headers={"Content-Type": media})
    assert answer.status_code == 201


async def test_a_body_that_does_not_say_how_large_it_is(writer: httpx.AsyncClient, web_config: WebConfig) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(web_config.body_limit // 1_000 + 1):
            yield b" " * 1_000

    answer = await writer.post("/cdm/trial", content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_an_ingest_key_tells_and_no_more(client: Clients) -> None:
    page = await client("ingest", name="page", origins=("https://shop.example",))
    page.headers["Origin"] = "https://shop.example"
    assert (await page.post("/cdm/trial/tell")).json() == {"by": "key:page-0"}
    answer = await page.post("/cdm/trial", json={"customerId": 123})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert (await (await client("write")).post("/cdm/trial/tell")).status_code == 200
    assert (await (await client("read")).post("/cdm/trial/tell")).status_code == 403


async def test_two_writers_who_cross_both_get_there(
    writer: httpx.AsyncClient, session: AsyncSession, trial: _Trial
) -> None:
    await factories.customer(session, id=215, city="B")
    await factories.customer(session, id=388, city="C")
    await session.commit()
    answers = await asyncio.gather(writer.post("/cdm/trial/215/388"), writer.post("/cdm/trial/388/215"))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert trial.tries == 3
    assert (await _city(session, 215), await _city(session, 388)) == ("B++", "C++")


async def test_an_error_of_ours_changes_nothing_and_tells_nothing(
    writer: httpx.AsyncClient, session: AsyncSession, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await writer.post("/cdm/trial/fail")
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert await _city(session, 123) == "Dhaka"
    logged = capsys.readouterr()
    assert "RuntimeError" in logged.out
    assert "01712345678" not in answer.text + logged.out + logged.err


async def test_a_value_that_does_not_fit_is_the_senders(writer: httpx.AsyncClient) -> None:
    answer = await writer.post("/cdm/trial/store", json={"customerId": 123, "productId": 2**40})
    assert (answer.status_code, answer.json()["code"]) == (422, "unstorable")


async def test_a_connection_that_dies_in_the_middle_changes_nothing(
    writer: httpx.AsyncClient, session: AsyncSession
) -> None:
    answer = await writer.post("/cdm/trial/die")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert int(answer.headers["Retry-After"]) > 0
    assert await _city(session, 123) == "Dhaka"
    assert (await writer.post("/cdm/trial", json={"customerId": 123})).status_code == 201


def test_amounts_are_numbers_in_the_documentation(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    amount = schemas["_Sent"]["properties"]["cart_value"]["anyOf"][0]
    assert (amount["type"], amount["minimum"]) == ("number", 0)
    assert schemas["_Kept"]["properties"]["cart_value"]["anyOf"] == [{"type": "number"}, {"type": "null"}]
    assert Decimal(str(amount["exclusiveMaximum"])) == 10**10
