"""Around every endpoint: keys, scopes, rates, refusals, transactions; whatever is sent, a problem says why not."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import api_keys
from tests import factories
from tests.web.conftest import BASE, Clients, Recorded
from web.app import WebConfig, create_app

LIST = "/cdm/customer360"


def _problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    told: dict[str, object] = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["request_id"] == answer.headers["X-Request-ID"]
    return told


async def test_without_a_key(client: Clients) -> None:
    stranger = await client(None)
    answer = await stranger.get(LIST)
    _problem(answer, 401, "unauthorised")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer cdm_" + "x" * 43},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer ' OR 1=1 --"},
        {"Authorization": "Basic dTpw"},
        {"X-API-Key": "nonsense"},
        {"X-API-Key": ""},
    ],
)
async def test_with_what_is_no_key(client: Clients, headers: dict[str, str]) -> None:
    stranger = await client(None)
    _problem(await stranger.get(LIST, headers=headers), 401, "unauthorised")


async def test_the_key_goes_into_either_header(client: Clients) -> None:
    shop = await client("read")
    key = shop.headers["Authorization"].removeprefix("Bearer ")
    stranger = await client(None)
    assert (await stranger.get(LIST, headers={"X-API-Key": key})).status_code == 200
    assert (await stranger.get(LIST, headers={"Authorization": f"bearer {key}"})).status_code == 200


async def test_a_key_opens_what_its_scopes_say(client: Clients) -> None:
    origin = {"Origin": "https://shop.example"}
    page = await client("ingest", origins=(origin["Origin"],))
    told = _problem(await page.get(LIST, headers=origin), 403, "scope_missing")
    assert "the scope read or write;" in str(told["detail"])
    for scope in ("read", "write", "read,write", "admin"):
        assert (await (await client(scope)).get(LIST)).status_code == 200, scope
    reader = await client("read")
    told = _problem(await reader.post("/cdm/behavior", json={}), 403, "scope_missing")
    assert "the scope ingest or write;" in str(told["detail"])
    told = _problem(await reader.post("/cdm/family", json={}), 403, "scope_missing")
    assert "the scope write;" in str(told["detail"])


async def test_a_revoked_key_opens_nothing_at_once(client: Clients, session: AsyncSession, now: datetime) -> None:
    shop = await client("read")
    assert (await shop.get(LIST)).status_code == 200
    await api_keys.revoke(session, "shop-0", now=now)
    await session.commit()
    _problem(await shop.get(LIST), 401, "unauthorised")


async def test_a_key_of_origins_works_from_them_alone(client: Clients) -> None:
    page = await client("ingest", origins=("https://shop.example",))
    for origin in ("https://evil.example", "https://shop.example.evil.example", "null"):
        _problem(await page.get(LIST, headers={"Origin": origin}), 403, "foreign_origin")
    _problem(await page.get(LIST), 403, "foreign_origin")
    _problem(await page.get(LIST, headers={"Origin": "https://shop.example"}), 403, "scope_missing")


async def test_too_many_requests_are_told_when_to_come_again(client: Clients) -> None:
    shop, other = await client("read", per_minute=12), await client("read")
    answers = [await shop.get(LIST) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    _problem(answers[-1], 429, "too_many_requests")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 5
    assert (await other.get(LIST)).status_code == 200


async def test_what_does_not_exist(client: Clients) -> None:
    shop = await client("read")
    told = _problem(await shop.get("/cdm/nothing/"), 404, "no_such_path")
    assert told["detail"] == "There is nothing at /cdm/nothing/: see /docs."
    told = _problem(await shop.get("/cdm/customer360/123/"), 404, "no_such_path")
    assert told["detail"] == (
        "There is nothing at /cdm/customer360/123/: /cdm/customer360/123 is meant, without the slash."
    )
    page = (await shop.get("/docs")).text
    script = page[: page.index("swagger-ui-bundle.js")].rpartition('"')[2]
    told = _problem(await shop.get(f"/{script.removeprefix('./')}nothing.js"), 404, "no_such_path")
    assert str(told["detail"]).endswith("nothing.js: see /docs.")
    answer = await shop.delete(LIST)
    _problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


async def test_an_address_that_is_no_utf8(client: Clients) -> None:
    shop = await client("read")
    for path in (f"{LIST}?q=%FF", f"{LIST}/shop%3A%C3%28"):
        _problem(await shop.get(path), 400, "not_utf8")


async def test_a_body_too_large(client: Clients, web_config: WebConfig) -> None:
    shop = await client("read")
    large = b"x" * (web_config.body_limit + 1)
    _problem(await shop.post(LIST, content=large), 413, "too_large")


async def test_the_request_id_is_the_callers_where_it_is_plain(client: Clients) -> None:
    shop = await client("read")
    assert (await shop.get(LIST, headers={"X-Request-ID": "abc-1"})).headers["X-Request-ID"] == "abc-1"
    assert (await shop.get(LIST, headers={"X-Request-ID": 'a"b{}'})).headers["X-Request-ID"] != 'a"b{}'


async def test_nothing_is_recorded_of_what_was_refused(
    client: Clients, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    shop = await client("read")
    await shop.get(f"{LIST}/4711")
    await shop.get(f"{LIST}?limit=0")
    assert await audited() == []


async def test_long_answers_are_compressed(client: Clients, session: AsyncSession) -> None:
    ids = [await factories.customer(session) for _ in range(5)]
    await factories.settle(session, *ids)
    shop = await client("read")
    answer = await shop.get(LIST, headers={"Accept-Encoding": "gzip"})
    assert (answer.headers["content-encoding"], len(answer.json())) == ("gzip", 5)


@pytest.fixture
async def opened(web_config: WebConfig) -> FastAPI:
    return create_app(WebConfig(web_config.database_url, web_config.clock, open=True, pool_size=2))


async def _ask(app: FastAPI, address: str, *, base: str = BASE, key: str | None = None) -> httpx.Response:
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=(address, 5000), raise_app_exceptions=False)
        headers = {"X-API-Key": key} if key else {}
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.get(LIST, headers=headers)


@pytest.mark.parametrize(
    ("address", "base", "status"),
    [
        ("127.0.0.1", BASE, 200),
        ("::1", "http://[::1]:3001", 200),
        ("127.0.0.1", "http://localhost:3001", 200),
        ("192.168.0.7", BASE, 401),
        ("127.0.0.1", "http://evil.example:3001", 401),
    ],
)
async def test_the_demo_is_open_on_this_machine_alone(opened: FastAPI, address: str, base: str, status: int) -> None:
    assert (await _ask(opened, address, base=base)).status_code == status


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://[", ""])
async def test_no_foreign_page_writes_to_the_demo(opened: FastAPI, session: AsyncSession, origin: str) -> None:
    await factories.customer(session, id=123)
    await factories.settle(session, 123)
    await session.commit()
    transport = httpx.ASGITransport(opened, client=("127.0.0.1", 5000))
    lifespan = opened.router.lifespan_context(opened)
    async with lifespan, httpx.AsyncClient(transport=transport, base_url=BASE) as demo:
        answer = await demo.post("/cdm/customers/123/erase", headers={"Origin": origin})
        _problem(answer, 403, "foreign_origin")
        for own in ({}, {"Origin": BASE}, {"Origin": "http://localhost:5173"}):
            assert (await demo.get("/cdm/customers/123", headers=own)).status_code == 200


async def test_a_wrong_key_is_refused_in_the_demo_too(opened: FastAPI) -> None:
    assert (await _ask(opened, "127.0.0.1", key="nonsense")).status_code == 401


async def test_it_cannot_be_open_to_other_machines(web_config: WebConfig) -> None:
    with pytest.raises(ValueError, match=r"0\.0\.0\.0"):
        create_app(WebConfig(web_config.database_url, web_config.clock, host="0.0.0.0", open=True))


async def test_with_the_database_away(web_config: WebConfig) -> None:
    app = create_app(WebConfig("postgresql://nobody@127.0.0.1:1/none", web_config.clock, open=True))
    answer = await _ask(app, "127.0.0.1")
    _problem(answer, 503, "database_away")
    assert answer.headers["Retry-After"] == "5"


async def test_pages_of_known_origins_may_ask(web_config: WebConfig) -> None:
    app = create_app(WebConfig(web_config.database_url, web_config.clock, origins=("https://desk.example",)))
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:

            async def allowed(path: str, origin: str, method: str) -> str | None:
                asked = {"Origin": origin, "Access-Control-Request-Method": method}
                answer = await client.options(path, headers=asked)
                return answer.headers.get("Access-Control-Allow-Origin") if answer.status_code == 200 else None

            assert await allowed(LIST, "https://desk.example", "GET") == "https://desk.example"
            assert await allowed(LIST, "https://evil.example", "GET") is None
            assert await allowed("/cdm/behavior", "https://shop.example", "POST") == "*"
            assert await allowed("/cdm/behavior", "https://shop.example", "DELETE") is None
