"""``cdm staff revoke``: one command takes the access and hands the customers over."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner, Result

from cli.console import config
from cli.main import app
from tests import factories


@pytest.fixture
def cdm(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Callable[..., Awaitable[Result]]]:
    """Run the command on the test's database."""
    monkeypatch.setenv("CDM_DATABASE_URL", database_url)
    config.cache_clear()

    async def invoke(*arguments: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, arguments))

    yield invoke
    config.cache_clear()


async def test_to_a_colleague(session: AsyncSession, cdm: Callable[..., Awaitable[Result]]) -> None:
    tanvir, nusrat = [await factories.staff(session, name=name) for name in ("Tanvir", "Nusrat")]
    customer = await factories.customer(session, owner_id=tanvir)
    await factories.follow_up(session, customer, tanvir)
    await factories.settle(session, customer)
    for refused in (("Nobody",), ("Tanvir", "--to", "Nobody"), ("Tanvir", "--to", "Tanvir")):
        ended = await cdm("staff", "revoke", *refused)
        assert (ended.exit_code, "Nobody of that name or id works here" in ended.output) == (1, True)
    ended = await cdm("staff", "revoke", "Tanvir", "--to", "Nusrat")
    assert ended.exit_code == 0, ended.output
    assert "Tanvir has no access any more" in ended.output
    assert "1 customers handed over to Nusrat" in ended.output
    held = await session.execute(
        text("SELECT c.owner_id, f.staff_id FROM customers c JOIN follow_ups f ON f.customer_id = c.id")
    )
    assert held.all() == [(nusrat, nusrat)]
    again = await cdm("staff", "revoke", str(tanvir))
    assert (again.exit_code, "handed over" in again.output) == (0, False)
