"""A few customers to log calls with, and what a test may look up about them."""

from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import text, update

from cdm_core.tables import customers
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW


@dataclass(frozen=True, slots=True)
class Shop:
    """Customers of the test: Rahim is Nusrat's, Karim nobody's, Sumaiya Tanvir's."""

    team: Team
    rahim: int
    karim: int
    sumaiya: int

    @classmethod
    async def open(cls, team: Team) -> Self:
        async with team.sessions() as session:
            rahim = await factories.customer(
                session, first_name="Rahim", last_name="Uddin", phone="01712345678", owner_id=team.nusrat.staff_id
            )
            karim = await factories.customer(session, first_name="Karim", last_name="Mia", phone="01512344412")
            sumaiya = await factories.customer(
                session, first_name="Sumaiya", last_name="Akter", phone="01812349077", owner_id=team.tanvir.staff_id
            )
            await factories.settle(session, rahim, karim, sumaiya)
        return cls(team, rahim, karim, sumaiya)

    async def pending_order(self, customer_id: int, amount: int) -> None:
        async with self.team.sessions() as session:
            await factories.order(session, customer_id, amount=amount, status="pending")
            await factories.settle(session, customer_id)

    async def give(self, customer_id: int, person: Person) -> None:
        async with self.team.sessions.begin() as session:
            await session.execute(
                update(customers).where(customers.c.id == customer_id).values(owner_id=person.staff_id)
            )

    async def forget_messages(self) -> None:
        """As after the days that delivered messages are kept."""
        await self.team.settled()
        async with self.team.sessions.begin() as session:
            await session.execute(text("DELETE FROM delivery_attempts"))
            await session.execute(text("DELETE FROM outbox"))

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        await self.team.settled()
        async with self.team.sessions() as session:
            return [tuple(row) for row in await session.execute(text(query), values)]

    async def logged(self, customer_id: int) -> list[tuple[Any, ...]]:
        """Outcome, reason, length and text of what stands, in the order it was logged."""
        return await self.rows(
            "SELECT outcome_code, reason, duration_seconds, description FROM customer_interactions"
            " WHERE customer_id = :id AND undone_at IS NULL ORDER BY id",
            id=customer_id,
        )

    async def promised(self, customer_id: int) -> list[Any]:
        rows = await self.rows(
            "SELECT due_at FROM follow_ups WHERE customer_id = :id AND status = 'open'", id=customer_id
        )
        return [row[0].astimezone(NOW.tzinfo).strftime("%d %H:%M") for row in rows]
