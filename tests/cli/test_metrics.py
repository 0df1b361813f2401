"""The figures of the running system, as a monitoring system reads them."""

import asyncio
import socket

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.clock import Clock
from cli import metrics
from tests.databases import ZONE


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _read(port: int) -> str:
    answer = await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{port}/metrics", timeout=10)
    assert answer.status_code == 200
    return answer.text


async def test_queues_and_jobs_are_told(session: AsyncSession, database_url: str) -> None:
    await session.execute(
        text(
            "INSERT INTO outbox (dedup_key, chat_id, kind, priority, method, payload, state) "
            "VALUES ('a', 1, 'reply', 10, 'sendMessage', '{}', 'failed'), "
            "('b', 1, 'digest', 40, 'sendMessage', '{}', 'queued')"
        )
    )
    await session.execute(
        text(
            "INSERT INTO schedule_runs (job, key, local_date, slot_at, state, ran_at, duration_ms) "
            "VALUES ('nightly', 'purge', current_date, now() - interval '5 minutes', 'late', now(), 1500)"
        )
    )
    await session.commit()
    port = _free_port()
    async with metrics.serving(database_url, Clock(ZONE), port):
        told = await _read(port)
    assert "cdm_database_up 1.0" in told
    assert 'cdm_outbox{state="failed"} 1.0' in told
    assert 'cdm_outbox{state="queued"} 1.0' in told
    assert 'cdm_job_duration_seconds{job="nightly"} 1.5' in told
    assert 'cdm_job_lateness_seconds{job="nightly"} 300.0' in told
    assert 'cdm_job_slots_last_day{job="nightly",state="late"} 1.0' in told
    assert "process_resident_memory_bytes" in told


async def test_with_the_database_away_it_says_so() -> None:
    port = _free_port()
    async with metrics.serving("postgresql://nobody@127.0.0.1:1/none", Clock(ZONE), port):
        told = await _read(port)
    assert "cdm_database_up 0.0" in told
    assert "cdm_outbox" not in told


async def test_without_a_port_nothing_is_served(database_url: str) -> None:
    async with metrics.serving(database_url, Clock(ZONE), None):
        pass
