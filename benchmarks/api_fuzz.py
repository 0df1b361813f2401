"""Schemathesis over the whole HTTP API, all phases: no server error, no undocumented answer, no ignored key or scope.

    python -m benchmarks.api_fuzz [--customers 200] [--cases 5000] [--seed 1] [--keys read write ingest admin]

The API serves in a process of its own over a shop of that size, and as a webhook. Each key makes a round; ``--cases``
is shared out among the rounds and the operations; what the phases with their own numbers (examples, coverage) send
comes on top. Half of the ids that are tried are somebody's (``benchmarks.api_fuzz_hooks``). Ends with the highest
status of Schemathesis: 0 where nothing was found.
"""

import argparse
import asyncio
import json
import math
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.crowd import NOW, crowd
from benchmarks.processes import ZONE, Running, api_answers
from cdm_core import api_keys
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.words import Scope
from cli.processes import tune_process
from web.app import WebConfig
from web.house import Webhook
from web.server import run_web

PORT = 3948
BASE = f"http://127.0.0.1:{PORT}"
ORIGIN = "https://shop.example"
SECRET = "fuzz-secret-of-the-webhook"
PHASES = "examples,coverage,fuzzing,stateful"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "ignored_scope",
)
"""Left out: ``use_after_free``, for what DELETE names is not what GET of the same path names, by the guide (a relative,
a customer's relatives), and an ended promise can be read still; ``positive_data_acceptance``, for a schema cannot say
that a promise lies ahead or that a phone is nobody else's; ``object_level_authorization``, for keys own nothing.
"""

_LIVE = {
    "customers": "SELECT id FROM customers WHERE id <= :half ORDER BY id LIMIT 12",
    "going": "SELECT id FROM customers WHERE id > :half ORDER BY id",
    "relatives": "SELECT id FROM customer_family_members ORDER BY id LIMIT 30",
    "dropoffs": "SELECT id FROM customer_dropoff_tracking ORDER BY id LIMIT 30",
    "notes": "SELECT id FROM waiting_notes ORDER BY id",
    "products": "SELECT id FROM products ORDER BY id LIMIT 12",
    "staff": "SELECT id FROM staff ORDER BY id LIMIT 4",
    "orders": "SELECT external_id FROM order_keys ORDER BY external_id",
}
_KEYS = (
    "INSERT INTO customer_keys (source, external_id, customer_id)"
    " SELECT 'shop', 'C-' || id, id FROM customers WHERE id <= 12",
    "INSERT INTO order_keys (source, external_id, customer_id, order_id)"
    " SELECT 'shop', 'O-' || id, customer_id, id FROM sales_orders ORDER BY id LIMIT 30",
    "UPDATE products SET sku = 'SKU-' || id",
    "INSERT INTO waiting_notes (staff_id, origin, text, said_at)"
    " SELECT 1, 'fuzz:' || n, 'kal 6tay call dite bolse', :now FROM generate_series(1, 60) n",
)


async def serve(database_url: str) -> None:
    tune_process()
    hook = Webhook(bot_id=1, secret=SECRET)
    await run_web(WebConfig(database_url, Clock(ZONE), port=PORT, webhook=hook), asyncio.Event())


async def fuzz(arguments: argparse.Namespace) -> int:
    async with crowd(arguments.customers) as engine:
        async with sessions(engine).begin() as session:
            live = await _live(session, arguments.customers)
            keys = {scope: await _key(session, scope) for scope in map(Scope, arguments.keys)}
        server = Running(serve, engine.url.render_as_string(hide_password=False))
        try:
            examples = math.ceil(arguments.cases / await _operations() / len(keys))
            found = []
            for scope, key in keys.items():
                print(f"With a key that may {scope}:", flush=True)
                found.append(await run(BASE, key, {scope}, live=live, examples=examples, seed=arguments.seed))
            return max(found)
        finally:
            await server.kill()


async def _live(session: AsyncSession, customers: int) -> dict[str, list[Any]]:
    for statement in _KEYS:
        await session.execute(text(statement), {"now": NOW} if ":now" in statement else {})
    live: dict[str, list[Any]] = {"sources": ["shop"], "secrets": [SECRET]}
    for noun, query in _LIVE.items():
        values = {"half": customers // 2} if ":half" in query else {}
        live[noun] = list((await session.execute(text(query), values)).scalars())
    live["customers"] += ["shop:C-1", "shop:C-2"]
    live["products"] += ["shop:SKU-1"]
    return live


async def _key(session: AsyncSession, scope: Scope) -> str:
    origins = [ORIGIN] if scope is Scope.INGEST else []
    key, _ = await api_keys.create(
        session, f"fuzz-{scope}", {scope}, now=NOW, origins=origins, requests_per_minute=1_000_000
    )
    return key


async def _operations() -> int:
    """How many the API documents, once it answers."""
    async with httpx.AsyncClient(base_url=BASE) as client:
        await api_answers(client)
        paths = (await client.get("/openapi.json")).json()["paths"]
        return sum(len(methods) for methods in paths.values())


async def run(
    base: str,
    key: str,
    scopes: Collection[Scope],
    *,
    examples: int,
    seed: int,
    live: Mapping[str, Sequence[Any]],
    phases: str = PHASES,
) -> int:
    """Schemathesis on the API at ``base``, ``examples`` an operation and phase; its status, 0 where all is well.

    ``key`` has the ``scopes``; ``live`` are ids that are there, by the nouns of ``benchmarks.api_fuzz_hooks``.
    """
    told = {
        "SCHEMATHESIS_HOOKS": "benchmarks.api_fuzz_hooks",
        "CDM_FUZZ_LIVE": json.dumps(dict(live)),
        "CDM_FUZZ_SCOPES": ",".join(scopes),
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    running = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"{base}/openapi.json",
        *("--phases", phases),
        *("--checks", ",".join(CHECKS)),
        *("--header", f"Authorization: Bearer {key}"),
        *(("--header", f"Origin: {ORIGIN}") if Scope.INGEST in scopes else ()),
        *("--max-examples", str(examples)),
        *("--seed", str(seed)),
        *("--generation-database", "none"),
        *("--suppress-health-check", "all"),
        *("--warnings", "off"),
        "--continue-on-failure",
        "--no-color",
        env={**os.environ, **told},
    )
    return await running.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keys", nargs="+", default=["read", "write", "ingest", "admin"])
    sys.exit(asyncio.run(fuzz(parser.parse_args())))
