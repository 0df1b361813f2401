"""What nobody refused and fails nonetheless is told as a problem, and truly: kept, not kept, or perhaps."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import contact_log
from tests import factories
from tests.web.conftest import Clients
from web.app import WebConfig
from web.house import Webhook

CALL = {"customerId": 123, "interaction_type": "call"}
STATS = "/cdm/interactions/123/stats"
UPDATE = {"update_id": 7, "message": {"message_id": 1, "chat": {"id": 55, "type": "private"}, "text": "/help"}}
SECRET = {"X-Telegram-Bot-Api-Secret-Token": "s3cret_of-16-letters"}


@pytest.fixture
def web_config(web_config: WebConfig) -> WebConfig:
    hook = Webhook(4711, SECRET["X-Telegram-Bot-Api-Secret-Token"])
    return replace(web_config, webhook=hook, origins=("https://desk.example",))


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.settle(session, 123)
    return await client("read,write")


@pytest.fixture
async def lost_at_commit(session: AsyncSession) -> AsyncIterator[None]:
    """The server ends every connection in the middle of committing what was recorded."""
    for step in (
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(9); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER lose AFTER INSERT ON audit_log DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION lose()",
    ):
        await session.execute(text(step))
    await session.commit()
    yield
    await session.rollback()
    await session.execute(text("DROP FUNCTION lose CASCADE"))
    await session.commit()


def _problem(answer: httpx.Response, status: int, code: str) -> str:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    told = answer.json()
    assert (told["code"], told["request_id"]) == (code, answer.headers["X-Request-ID"])
    detail: str = told["detail"]
    return detail


@pytest.mark.usefixtures("lost_at_commit")
async def test_what_was_lost_at_the_end_may_be_kept(shop: AsyncClient) -> None:
    detail = _problem(await shop.post("/cdm/interactions", json=CALL), 503, "perhaps_kept")
    assert "nothing was changed" not in detail
    assert "Idempotency-Key" in detail
    assert "nothing was changed" in _problem(await shop.get("/cdm/customers/123"), 503, "database_away")


async def test_what_takes_too_long_would_again(shop: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    async def slow(session: AsyncSession, customer_id: int) -> None:
        nonlocal tries
        tries += 1
        await session.execute(text("SET LOCAL statement_timeout = 20"))
        await session.execute(text("SELECT pg_sleep(9)"))

    monkeypatch.setattr(contact_log, "stats", slow)
    answer = await shop.get(STATS)
    assert "filter more narrowly" in _problem(answer, 503, "too_slow")
    assert int(answer.headers["Retry-After"]) >= 30
    assert tries == 1


@pytest.mark.parametrize("page", [{}, {"Origin": "https://desk.example"}])
async def test_a_fault_of_ours(shop: AsyncClient, monkeypatch: pytest.MonkeyPatch, page: dict[str, str]) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("Rahim 01712345678")

    monkeypatch.setattr(contact_log, "stats", fail)
    monkeypatch.setattr("cdm_core.inbox.store", fail)
    for answer in (
        await shop.get(STATS, headers=page),
        await shop.post("/telegram/webhook", json=UPDATE, headers=SECRET | page),
    ):
        assert "Rahim" not in _problem(answer, 500, "unexpected")
        assert answer.headers.get("Access-Control-Allow-Origin") == page.get("Origin")
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_webhook_waits_for_a_lock_and_is_sent_again(
    client: Clients, sessions: async_sessionmaker[AsyncSession]
) -> None:
    telegram = await client(None)
    async with sessions.begin() as other:
        await other.execute(text("LOCK inbox"))
        busy = await telegram.post("/telegram/webhook", json=UPDATE, headers=SECRET)
    _problem(busy, 503, "busy")
    assert busy.headers["Retry-After"] == "5"  # it has waited nearly as long, and others may hold it for minutes
    assert (await telegram.post("/telegram/webhook", json=UPDATE, headers=SECRET)).status_code == 200


async def test_a_page_that_may_not_ask(client: Clients) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    answer = await (await client(None)).options("/cdm/customer360", headers=asked)
    assert "CDM_WEB_ORIGINS" in _problem(answer, 400, "foreign_page")
    assert "Access-Control-Allow-Origin" not in answer.headers
