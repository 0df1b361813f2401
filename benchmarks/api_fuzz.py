"""Schemathesis over the whole HTTP API, all phases: no server error, no undocumented answer, no ignored key.

    python -m benchmarks.api_fuzz [--customers 200] [--cases 5000] [--seed 1]

The API serves in a process of its own over a shop of that size. ``--cases`` is shared out among the operations; what
the phases with their own numbers (examples, coverage) send comes on top. Ends with the status of Schemathesis: 0 where
nothing was found.
"""

import argparse
import asyncio
import math
import sys
from pathlib import Path

import httpx

from benchmarks.crowd import NOW, crowd
from benchmarks.processes import ZONE, Running
from cdm_core import api_keys
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.words import Scope
from web.app import WebConfig
from web.server import run_web

PORT = 3948
BASE = f"http://127.0.0.1:{PORT}"
PHASES = "examples,coverage,fuzzing,stateful"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)


async def serve(database_url: str) -> None:
    await run_web(WebConfig(database_url, Clock(ZONE), port=PORT), asyncio.Event())


async def fuzz(arguments: argparse.Namespace) -> int:
    async with crowd(arguments.customers) as engine:
        async with sessions(engine).begin() as session:
            key, _ = await api_keys.create(session, "fuzz", {Scope.ADMIN}, now=NOW, requests_per_minute=1_000_000)
        server = Running(serve, engine.url.render_as_string(hide_password=False))
        try:
            operations = await _operations()
            return await run(BASE, key, examples=math.ceil(arguments.cases / operations), seed=arguments.seed)
        finally:
            await server.kill()


async def _operations() -> int:
    """How many the API documents, once it answers."""
    async with httpx.AsyncClient(base_url=BASE) as client:
        for _ in range(300):
            try:
                paths = (await client.get("/openapi.json")).json()["paths"]
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return sum(len(methods) for methods in paths.values())
    raise RuntimeError("the API does not answer")


async def run(base: str, key: str, *, examples: int, seed: int, phases: str = PHASES) -> int:
    """Schemathesis on the API at ``base``, ``examples`` an operation and phase; its status, 0 where all is well."""
    running = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"{base}/openapi.json",
        *("--phases", phases),
        *("--checks", ",".join(CHECKS)),
        *("--header", f"Authorization: Bearer {key}"),
        *("--max-examples", str(examples)),
        *("--seed", str(seed)),
        *("--generation-database", "none"),
        *("--suppress-health-check", "all"),
        *("--warnings", "off"),
        "--continue-on-failure",
        "--no-color",
    )
    return await running.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    sys.exit(asyncio.run(fuzz(parser.parse_args())))
