"""The API against its own documentation: what is documented, and a short seeded round of Schemathesis."""

from datetime import datetime
from itertools import groupby

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks import api_fuzz
from cdm_core import api_keys
from cdm_core.words import Scope
from tests import factories
from tests.web.conftest import Clients
from web.models.glossary import GLOSSARY
from web.server import serving

GUIDE = {
    ("get", "/cdm/customer360/{}"),
    ("get", "/cdm/customer360"),
    ("get", "/cdm/family/{}"),
    ("post", "/cdm/family"),
    ("put", "/cdm/family/{}"),
    ("delete", "/cdm/family/{}"),
    ("get", "/cdm/interactions/{}"),
    ("post", "/cdm/interactions"),
    ("get", "/cdm/interactions/{}/stats"),
    ("post", "/cdm/behavior"),
    ("get", "/cdm/behavior/{}"),
    ("get", "/cdm/behavior/{}/most-viewed"),
    ("post", "/cdm/dropoff"),
    ("get", "/cdm/dropoff/{}"),
    ("put", "/cdm/dropoff/{}/recover"),
    ("get", "/cdm/events/birthdays"),
    ("get", "/cdm/events/anniversaries"),
    ("get", "/cdm/events/today"),
    ("get", "/cdm/ai/recommendations"),
    ("get", "/cdm/ai/top-priority"),
    ("get", "/cdm/ai/recommendation/{}"),
    ("get", "/cdm/lifecycle/{}"),
    ("get", "/cdm/type/{}"),
    ("get", "/cdm/temperature/{}"),
    ("get", "/cdm/stats/dashboard"),
}


async def _operations(client: httpx.AsyncClient) -> dict[tuple[str, str], dict[str, object]]:
    paths = (await client.get("/openapi.json")).json()["paths"]
    plain = {path: "/".join("{}" if part.startswith("{") else part for part in path.split("/")) for path in paths}
    return {(method, plain[path]): told for path, methods in paths.items() for method, told in methods.items()}


async def test_the_guides_endpoints_are_there(client: Clients) -> None:
    assert set(await _operations(await client())) >= GUIDE


async def test_every_endpoint_says_what_it_does_and_how_it_refuses(client: Clients) -> None:
    for (method, path), told in (await _operations(await client())).items():
        assert told.get("description"), (method, path)
        if path.startswith("/cdm/"):
            assert told["security"], (method, path)
            assert {"401", "403", "429", "503"} <= set(told["responses"]), (method, path)  # type: ignore[call-overload]


async def test_every_endpoint_has_a_summary_of_its_own_in_words(client: Clients) -> None:
    told = await _operations(await client())
    summaries = [str(one["summary"]) for one in told.values()]
    assert len(summaries) == len(set(summaries))
    for one in told.values():  # "Read an order", where the framework would have said "One"
        name = str(one["operationId"]).partition("_cdm_")[0]
        assert one["summary"] != name.replace("_", " ").title()


async def test_the_guides_nouns_stand_first(client: Clients) -> None:
    tags = [str(one["tags"]) for one in (await _operations(await client())).values()]
    assert [tag for tag, _ in groupby(tags)] == list(dict.fromkeys(tags))
    told = list(await _operations(await client()))
    assert set(told[: len(GUIDE)]) == GUIDE


async def test_every_field_and_parameter_says_what_it_is(app: FastAPI) -> None:
    told = app.openapi()
    fields = {
        f"{name}.{field}": one
        for name, schema in told["components"]["schemas"].items()
        for field, one in schema.get("properties", {}).items()
    }
    params = {
        f"{method} {path} {param['name']}": param
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
        for param in operation.get("parameters", ())
    }
    assert [name for name, one in {**fields, **params}.items() if not one.get("description")] == []
    named = {name.rpartition(".")[2] for name in fields} | {param["name"] for param in params.values()}
    assert set(GLOSSARY) <= named


async def test_no_number_may_be_text(app: FastAPI) -> None:
    both = [
        f"{name}.{field}"
        for name, schema in app.openapi()["components"]["schemas"].items()
        for field, one in schema.get("properties", {}).items()
        if {"number", "string"} <= {kind.get("type") for kind in one.get("anyOf", ())}
    ]
    assert both == []


async def test_a_round_of_schemathesis_finds_nothing(
    app: FastAPI, session: AsyncSession, now: datetime, capfd: pytest.CaptureFixture[str]
) -> None:
    await factories.customer(session, id=123, first_name="John", last_name="Doe")
    for product in (456, 789):
        await factories.product(session, id=product)
    await factories.settle(session, 123)
    key, _ = await api_keys.create(session, "fuzz", {Scope.ADMIN}, now=now, requests_per_minute=1_000_000)
    await session.commit()
    async with serving(app, "127.0.0.1", 0) as address:
        found = await api_fuzz.run(
            address,
            key,
            {Scope.ADMIN},
            live={"customers": [123], "products": [456, 789], "orders": ["O-1"]},
            examples=2,
            seed=1,
            phases="examples,fuzzing",
        )
    assert found == 0, capfd.readouterr().out
