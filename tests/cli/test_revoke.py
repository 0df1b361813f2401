"""``cdm staff revoke``: one command takes the access and hands the customers over."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.cli.conftest import Cdm


async def test_to_a_colleague(session: AsyncSession, cdm: Cdm) -> None:
    tanvir, nusrat = [await factories.staff(session, name=name) for name in ("Tanvir", "Nusrat")]
    customer = await factories.customer(session, owner_id=tanvir)
    await factories.follow_up(session, customer, tanvir)
    await factories.settle(session, customer)
    for refused in (("Nobody",), ("Tanvir", "--to", "Nobody"), ("Tanvir", "--to", "Tanvir")):
        assert "Nobody of that name or id works here" in await cdm("staff", "revoke", *refused, status=1)
    told = await cdm("staff", "revoke", "Tanvir", "--to", "Nusrat")
    assert "Tanvir has no access any more" in told
    assert "1 customers handed over to Nusrat" in told
    held = await session.execute(
        text("SELECT c.owner_id, f.staff_id FROM customers c JOIN follow_ups f ON f.customer_id = c.id")
    )
    assert held.all() == [(nusrat, nusrat)]
    assert "handed over" not in await cdm("staff", "revoke", str(tanvir))
