"""For whoever looks after the process: alive, ready, figures, documentation."""

from dataclasses import replace
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import api_keys
from cdm_core.db.engine import create_engine, sessions
from tests.web.conftest import BASE, Clients
from web.app import WebConfig, create_app


async def _get(app: FastAPI, path: str) -> httpx.Response:
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
            return await client.get(path)


async def test_alive_and_ready(app: FastAPI) -> None:
    assert (await _get(app, "/healthz")).text == "ok\n"
    assert (await _get(app, "/readyz")).text == "ready\n"


async def test_alive_but_not_ready_with_the_database_away(web_config: WebConfig) -> None:
    app = create_app(WebConfig("postgresql://nobody@127.0.0.1:1/none", web_config.clock))
    assert (await _get(app, "/healthz")).status_code == 200
    answer = await _get(app, "/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")


async def test_figures_need_a_key(client: Clients) -> None:
    stranger, shop = await client(None), await client("read")
    assert (await stranger.get("/metrics")).status_code == 401
    await shop.get("/cdm/customer360")
    told = (await shop.get("/metrics")).text
    assert "cdm_database_up 1.0" in told
    assert 'cdm_http_request_seconds_count{method="GET",route="/cdm/customer360",status="200"} 1.0' in told


async def test_figures_with_the_database_away(web_config: WebConfig, client: Clients) -> None:
    key = {"Authorization": (await client("read")).headers["Authorization"]}
    app = create_app(web_config)
    away = create_engine("postgresql://nobody@127.0.0.1:1/none", pool_size=1, application_name="cdm tests")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as asking:
        assert "cdm_database_up 1.0" in (await asking.get("/metrics", headers=key)).text
        await app.state.house.engine.dispose()
        app.state.house = replace(app.state.house, engine=away, sessions=sessions(away))
        known = await asking.get("/metrics", headers=key)
        assert (known.status_code, "cdm_database_up 0.0" in known.text) == (200, True)
        assert "cdm_http_request_seconds" in known.text
        unknown = await asking.get("/metrics", headers={"X-API-Key": "cdm_" + "x" * 43})
        assert (unknown.status_code, unknown.json()["code"]) == (503, "database_away")
        assert unknown.json()["request_id"] == unknown.headers["X-Request-ID"]


async def test_a_revoked_key_gets_no_figures(client: Clients, session: AsyncSession, now: datetime) -> None:
    shop = await client("read")
    assert (await shop.get("/metrics")).status_code == 200
    await api_keys.revoke(session, "shop-0", now=now)
    await session.commit()
    assert (await shop.get("/metrics")).status_code == 401


async def test_every_operation_is_documented(app: FastAPI) -> None:
    told = app.openapi()
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            if path.startswith("/cdm"):
                assert operation["security"], (method, path)
                assert {"400", "401", "403", "422", "429", "503"} <= set(operation["responses"]), (method, path)
            assert "HTTPValidationError" not in str(operation), (method, path)


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
async def test_the_documentation_is_open(app: FastAPI, path: str) -> None:
    assert (await _get(app, path)).status_code == 200
