"""The customers of the style sheet as rows: a hot VIP, a one-time buyer gone cold, a lead, one not to be called."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import staff as staff_module
from cdm_core.staff import Staff
from tests import factories
from tests.factories import NOW


@dataclass(frozen=True, slots=True)
class People:
    tanvir: Staff
    nusrat: Staff
    rahim: int
    sumaiya: int
    jahid: int
    karim: int


def at(text: str) -> datetime:
    """A moment in Dhaka."""
    return datetime.fromisoformat(text).replace(tzinfo=NOW.tzinfo)


async def people(session: AsyncSession) -> People:
    """Tanvir looks after Rahim and Sumaiya; Jahid is nobody's, Karim wants no calls."""
    tanvir = await factories.staff(session, name="Tanvir")
    nusrat = await factories.staff(session, name="Nusrat")
    found = People(
        tanvir=await staff_module.get(session, tanvir),
        nusrat=await staff_module.get(session, nusrat),
        rahim=await _rahim(session, tanvir, nusrat),
        sumaiya=await _sumaiya(session, tanvir),
        jahid=await factories.customer(
            session,
            id=902,
            first_name="Jahid",
            last_name="Hasan",
            phone="01912345678",
            city="Sylhet",
            source="facebook",
            created_at=NOW - timedelta(days=1),
        ),
        karim=await factories.customer(
            session, id=77, first_name="Karim", last_name="Mia", owner_id=tanvir, do_not_call_at=at("2026-11-03T12:00")
        ),
    )
    await factories.settle(session, found.rahim, found.sumaiya, found.jahid, found.karim)
    return found


async def _rahim(session: AsyncSession, tanvir: int, nusrat: int) -> int:
    rahim = await factories.customer(
        session,
        id=123,
        first_name="রহিম",
        last_name="উদ্দিন",
        phone="01712345678",
        owner_id=tanvir,
        available_time="18:00-20:00",
    )
    last = at("2026-11-17T12:00")
    newest = await factories.order(session, rahim, amount=Decimal(15_625), ordered_at=last, lines=False)
    await factories.order_line(session, rahim, newest, quantity=2, amount=Decimal(13_000))
    await factories.order_line(session, rahim, newest, line_no=2, product_name="Ghee 500 g", amount=Decimal(2_625))
    for back in range(1, 8):
        await factories.order(session, rahim, amount=Decimal(15_625), ordered_at=last - timedelta(days=24 * back))
    await factories.order(session, rahim, status="returned", ordered_at=at("2026-06-01T12:00"))
    for when, outcome in (("06T18:20", "connected"), ("12T19:10", "connected"), ("20T18:40", "no_answer")):
        await factories.interaction(
            session, rahim, staff_id=tanvir, outcome_code=outcome, occurred_at=at(f"2026-10-{when}")
        )
    await factories.interaction(
        session,
        rahim,
        staff_id=nusrat,
        outcome_code="callback_requested",
        reason="price",
        description="দাম বেশি",
        duration_seconds=180,
        occurred_at=at("2026-11-20T18:42"),
    )
    await factories.dropoff(session, rahim, stage="checkout_initiated", reason="High shipping cost")
    await factories.follow_up(session, rahim, tanvir)
    return rahim


async def _sumaiya(session: AsyncSession, tanvir: int) -> int:
    sumaiya = await factories.customer(
        session,
        id=480,
        first_name="Sumaiya",
        last_name="Akter",
        phone="01812345678",
        city="Chattogram",
        owner_id=tanvir,
    )
    bought = await factories.order(session, sumaiya, amount=1450, ordered_at=at("2026-09-09T12:00"), lines=False)
    await factories.order_line(session, sumaiya, bought, product_name="Ghee 500 g", amount=1450)
    return sumaiya
