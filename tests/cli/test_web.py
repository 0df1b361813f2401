"""Keys and the HTTP API from a shell: a key is printed once, the API serves with it, and ends when told."""

import asyncio
import re
import signal
import socket

import httpx
import pytest

from tests.cli.conftest import Cdm, Process


@pytest.fixture
def port(environment: pytest.MonkeyPatch) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    environment.setenv("CDM_WEB_PORT", str(free))
    return free


def _key(printed: str) -> str:
    found = re.search(r"cdm_[\w-]{43}", printed)
    assert found is not None, printed
    return found[0]


async def test_a_key_is_shown_once_and_told_by_its_beginning(cdm: Cdm) -> None:
    key = _key(await cdm("api-key", "create", "--name", "shop", "--scope", "read,write"))
    listed = await cdm("api-key", "list")
    assert "shop" in listed
    assert key not in listed
    page = "storefront", "https://www.shop.example"
    await cdm("api-key", "create", "--name", page[0], "--scope", "ingest", "--origin", page[1], "--per-minute", "20")
    listed = await cdm("api-key", "list")
    for told in (*page, f"{key[:8]}…", "read,write; 1,200/min", "ingest; 20/min"):
        assert told in listed, "whole, in 80 columns"
    assert re.search(r"created \d{4}-\d\d-\d\d \d\d:\d\d", listed)
    assert "read,write" in await cdm("api-key", "create", "--name", "x", "--scope", "all", status=2)
    assert "in use" in await cdm("api-key", "create", "--name", "shop", "--scope", "read", status=1)
    assert "--origin" in await cdm("api-key", "create", "--name", "page", "--scope", "ingest", status=1)
    await cdm("api-key", "revoke", "shop")
    assert "cdm api-key list" in await cdm("api-key", "revoke", "shop", status=1)


async def test_the_api_serves_until_told_to_stop(cdm: Cdm, process: Process, port: int) -> None:
    key = _key(await cdm("api-key", "create", "--name", "shop", "--scope", "read"))
    async with process("web") as running, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        async with asyncio.timeout(120):
            while True:
                try:
                    assert (await client.get("/readyz")).text == "ready\n"
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.1)
        assert (await client.get("/cdm/customer360")).status_code == 401
        answer = await client.get("/cdm/customer360", headers={"X-API-Key": key})
        assert (answer.status_code, answer.json()) == (200, [])
        running.send_signal(signal.SIGTERM)
        printed, _ = await asyncio.wait_for(running.communicate(), 60)
    assert running.returncode == 0
    assert b"Traceback" not in printed
    assert key.encode() not in printed


async def test_a_port_that_is_taken_is_told(process: Process, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        async with process("web") as running:
            printed, _ = await asyncio.wait_for(running.communicate(), 120)
    assert running.returncode == 1
    assert b"CDM_WEB_PORT" in printed
    assert b"Traceback" not in printed
