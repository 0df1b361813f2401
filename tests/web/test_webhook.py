"""``POST /telegram/webhook``: in the inbox before it is confirmed, once, and from nobody but Telegram."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.tables import inbox
from tests.web.conftest import Clients
from web.app import WebConfig, create_app
from web.house import Webhook

PATH, HEADER = "/telegram/webhook", "X-Telegram-Bot-Api-Secret-Token"
SECRET = "s3cret_of-16-letters"
UPDATE = {"update_id": 7, "message": {"message_id": 1, "chat": {"id": 55, "type": "private"}, "text": "/help"}}


@pytest.fixture
def web_config(web_config: WebConfig) -> WebConfig:
    return replace(web_config, webhook=Webhook(4711, SECRET))


@pytest.fixture
async def telegram(client: Clients) -> AsyncClient:
    sender = await client(None)
    sender.headers[HEADER] = SECRET
    return sender


async def _kept(session: AsyncSession) -> list[tuple[Any, ...]]:
    rows = await session.execute(select(inbox.c.bot_id, inbox.c.update_id, inbox.c.chat_id, inbox.c.state))
    return [tuple(row) for row in rows]


def _problem(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_it_is_kept_before_it_is_confirmed_and_once(telegram: AsyncClient, session: AsyncSession) -> None:
    for _ in range(2):
        answer = await telegram.post(PATH, json=UPDATE)
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        assert await _kept(session) == [(4711, 7, 55, "received")]


async def test_at_once_in_ten_requests_it_is_kept_once(telegram: AsyncClient, session: AsyncSession) -> None:
    answers = await asyncio.gather(*(telegram.post(PATH, json=UPDATE) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await _kept(session)) == 1


@pytest.mark.parametrize("secret", [None, "", "s3cret_of-16-letter", SECRET + "x", SECRET.upper(), "é"])
async def test_from_nobody_else(client: Clients, session: AsyncSession, secret: str | None) -> None:
    stranger = await client("admin")
    headers = {} if secret is None else {HEADER.encode(): secret.encode()}
    assert _problem(await stranger.post(PATH, json=UPDATE, headers=headers)) == (401, "wrong_secret")
    assert await _kept(session) == []


@pytest.mark.parametrize("body", [{}, {"update_id": "7"}, {"update_id": -1}, {"update_id": True}, {"update_id": 2**63}])
async def test_what_is_no_update(telegram: AsyncClient, session: AsyncSession, body: dict[str, Any]) -> None:
    assert _problem(await telegram.post(PATH, json=body)) == (422, "no_update")
    assert await _kept(session) == []


@pytest.mark.parametrize(
    ("content", "status"), [(b"", 422), (b"{", 400), (b"[]", 422), (b'"\xff"', 400), (b"[" * 100_000, 400)]
)
async def test_what_cannot_be_read(telegram: AsyncClient, content: bytes, status: int) -> None:
    answer = await telegram.post(PATH, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text


async def test_strange_letters_are_kept(telegram: AsyncClient, session: AsyncSession) -> None:
    text = "\\u0000 \\ud800 \\ud83c\\udf6f <b>&"
    body = f'{{"update_id": 8, "message": {{"text": "{text}"}}}}'
    answer = await telegram.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert len(await _kept(session)) == 1


async def test_where_updates_are_polled_for_there_is_no_webhook(web_config: WebConfig) -> None:
    app = create_app(replace(web_config, webhook=None))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1:3001") as sender:
        assert _problem(await sender.post(PATH, json=UPDATE, headers={HEADER: SECRET})) == (404, "no_webhook")


async def test_with_the_database_away_telegram_is_told_to_come_again(web_config: WebConfig) -> None:
    app = create_app(replace(web_config, database_url="postgresql+asyncpg://u:p@127.0.0.1:1/x"))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1:3001") as sender:
        answer = await sender.post(PATH, json=UPDATE, headers={HEADER: SECRET})
    assert _problem(answer) == (503, "database_away")
    assert int(answer.headers["Retry-After"]) > 0
