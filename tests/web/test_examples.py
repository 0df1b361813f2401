"""Every request of the guide, and every example of docs/api.md, as written, over HTTP against the demo's shop."""

import asyncio
import importlib
import re
import sys
import textwrap
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine
from cli.sample.fill import fill
from tests.web.test_family import SARAH, SHORTER
from web.app import WebConfig, create_app
from web.server import serving

DOCS = Path(__file__).parents[2] / "docs"
CURLS, PYTHON = (
    re.compile(r"^    curl (?:.|\n(?=      ))*", re.MULTILINE),
    re.compile(r"^    with (?:.|\n(?=     ))*", re.M),
)
IN_THE_DEMO = "http://localhost:3001"
CODES = 'curl() {{ command curl --silent --show-error --output /dev/null --write-out "%{{http_code}}" "$@"; }}\n{}'

VIEW = {"customerId": 123, "behavior_type": "product_view", "productId": 456, "sessionId": "abc123xyz"}
LEFT = {
    "customerId": 123,
    "stage": "checkout_initiated",
    "productId": 789,
    "cart_value": 5500,
    "reason": "High shipping cost",
}
CALL = {"customerId": 123, "interaction_type": "call", "interaction_direction": "outbound", "outcome": "Interested"}
LONGER_CALL = {
    **CALL,
    "subject": "Follow-up on recent order",
    "description": "Customer is happy with product, interested in accessories",
}
GUIDE: list[tuple[str, dict[str, Any] | None]] = [
    ("GET customer360/123", None),
    ("GET customer360?customerType=vip&lifecycleStage=loyal&temperature=hot&limit=50", None),
    ("GET family/123", None),
    ("POST family", SARAH),
    ("POST family", SHORTER),
    ("PUT family/1", SARAH),
    ("DELETE family/1", None),
    ("GET interactions/123?type=call&limit=20", None),
    ("POST interactions", {**LONGER_CALL, "duration_seconds": 180}),
    ("POST interactions", {**CALL, "duration_seconds": 180}),
    ("GET interactions/123/stats", None),
    ("POST behavior", VIEW),
    ("GET behavior/123?type=product_view&limit=50", None),
    ("GET behavior/123/most-viewed?limit=10", None),
    ("POST dropoff", LEFT),
    ("GET dropoff/123", None),
    ("PUT dropoff/1/recover", None),
    ("GET events/birthdays?days=7", None),
    ("GET events/anniversaries?days=7", None),
    ("GET events/today", None),
    ("GET ai/recommendations?limit=50", None),
    ("GET ai/recommendations?limit=10", None),
    ("GET ai/top-priority?limit=10", None),
    ("GET ai/recommendation/123", None),
    ("GET lifecycle/loyal", None),
    ("GET type/vip", None),
    ("GET temperature/hot", None),
    ("GET stats/dashboard", None),
]


@pytest.fixture
async def demo(session: AsyncSession, engine: AsyncEngine, database_url: str, zone: ZoneInfo) -> AsyncIterator[str]:
    """The address of an API that is open as the demo's is, at the real present, which the examples speak of."""
    clock = Clock(zone, timedelta())
    filling = create_engine(database_url, pool_size=1, application_name="test", statement_seconds=None)
    await fill(filling, clock.now(), customers=50)
    await filling.dispose()
    app = create_app(WebConfig(database_url, clock, open=True, pool_size=4))
    async with serving(app, "127.0.0.1", 0) as address:
        yield address


async def test_the_guides_requests_work_as_written(demo: str) -> None:
    async with httpx.AsyncClient(base_url=f"{demo}/cdm/", timeout=60) as anybody:
        for asked, body in GUIDE:
            method, _, path = asked.partition(" ")
            answer = await anybody.request(method, path, json=body)
            assert answer.is_success, (asked, answer.text)
        assert [one["name"] for one in (await anybody.get("family/123")).json()] == ["Arif", "Rokeya Begum"]


async def test_the_requests_of_the_documentation_work_as_written(demo: str) -> None:
    commands = [found[0] for found in CURLS.finditer((DOCS / "api.md").read_text())]
    assert len(commands) >= 14
    for command in commands:
        asked = CODES.format(command.replace(IN_THE_DEMO, demo).replace('-H "Authorization: Bearer $KEY" ', ""))
        run = await asyncio.create_subprocess_exec("bash", "-c", asked, stdout=asyncio.subprocess.PIPE)
        code, _ = await run.communicate()
        assert code.decode()[:1] == "2", (code, command)


async def test_the_python_of_the_documentation_works_as_written(
    demo: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = (found[0] for found in PYTHON.finditer((DOCS / "api.md").read_text()))
    monkeypatch.syspath_prepend(str(DOCS))
    client = importlib.import_module("cdm_client")
    program = compile(textwrap.dedent(example).replace(IN_THE_DEMO, demo), "api.md", "exec")
    await asyncio.to_thread(exec, program, {"CdmClient": client.CdmClient})
    monkeypatch.delitem(sys.modules, "cdm_client")
    told = capsys.readouterr().out.splitlines()
    assert len([line for line in told if line.endswith("]")]) == 10
