"""What win-back brought, by whatever it is counted."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import campaigns, recovery
from cdm_core import staff as people
from cdm_core.db.as_of import set_as_of
from cdm_core.errors import CdmError
from cdm_core.recovery import Figures
from cdm_core.staff import Staff
from cdm_core.tables import campaign_tasks
from cdm_core.words import CampaignCause, DropoffStage, RecoveryBy
from tests import factories
from tests.factories import NOW

TODAY = NOW.date()
WEEK = (TODAY - timedelta(days=6), TODAY)


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    team = await factories.team(session, name="Mirpur")
    return await people.get(session, await factories.staff(session, name="Tanvir", team_id=team))


@pytest.fixture
async def nusrat(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Nusrat"))


async def task(session: AsyncSession, person: Staff, state: str, **columns: Any) -> int:
    """A call planned for today, to a customer of its own; what came of it came now."""
    one = columns.pop("customer_id", None) or await factories.customer(session)
    values = {
        "customer_id": one,
        "campaign_id": 1,
        "staff_id": person.id,
        "local_date": TODAY,
        "stage": "add_to_cart",
        "cause_id": one,
        "caused_at": NOW - timedelta(days=1),
        "state": state,
        "created_at": NOW,
        "settled_at": None if state == "open" else NOW,
        **columns,
    }
    await session.execute(insert(campaign_tasks).values(values))
    return one


async def test_chases_by_agent_stage_reason_and_campaign(session: AsyncSession, tanvir: Staff, nusrat: Staff) -> None:
    await set_as_of(session, NOW)
    await task(session, tanvir, "recovered", amount=2450, contacted_by=nusrat.id, reason="price")
    await task(session, tanvir, "contacted", interaction_id=1, reason=" ")
    await task(session, tanvir, "dropped", interaction_id=2, stage="payment_failed", reason="price")
    await task(session, tanvir, "open")
    await task(session, nusrat, "bought", amount=900, campaign_id=2, stage="loyal")
    await task(session, nusrat, "dropped")
    assert await recovery.total(session, *WEEK) == Figures(None, 6, 3, 1, 1, Decimal(2450))
    assert await recovery.figures(session, RecoveryBy.AGENT, *WEEK) == (
        Figures("Nusrat", 3, 1, 1, 1, Decimal(2450)),
        Figures("Tanvir", 3, 2, 0, 0, Decimal(0)),
    )
    assert await recovery.figures(session, RecoveryBy.STAGE, *WEEK) == (
        Figures("add_to_cart", 4, 2, 1, 0, Decimal(2450)),
        Figures("loyal", 1, 0, 0, 1, Decimal(0)),
        Figures("payment_failed", 1, 1, 0, 0, Decimal(0)),
    )
    assert await recovery.figures(session, RecoveryBy.REASON, *WEEK) == (
        Figures("price", 2, 2, 1, 0, Decimal(2450)),
        Figures(None, 4, 1, 0, 1, Decimal(0)),
    )
    assert [(one.key, one.chased) for one in await recovery.figures(session, RecoveryBy.CAMPAIGN, *WEEK)] == [
        ("carts", 5),
        ("long-quiet", 1),
    ]


async def test_all_tries_for_one_cause_are_one_chase(session: AsyncSession, tanvir: Staff) -> None:
    await set_as_of(session, NOW)
    one = await task(session, tanvir, "contacted", interaction_id=1, local_date=TODAY - timedelta(days=4))
    await task(session, tanvir, "recovered", customer_id=one, try_no=2, interaction_id=2, amount=700)
    assert await recovery.total(session, *WEEK) == Figures(None, 1, 1, 1, 0, Decimal(700))
    assert (await recovery.total(session, *WEEK)).rate == 1.0


async def test_the_days_and_the_team_asked_for_alone(session: AsyncSession, tanvir: Staff, nusrat: Staff) -> None:
    await set_as_of(session, NOW)
    midnight = NOW.replace(hour=0, minute=0) - timedelta(days=6)
    await task(session, tanvir, "tried", interaction_id=1, settled_at=midnight)
    await task(session, tanvir, "tried", interaction_id=2, settled_at=midnight - timedelta(seconds=1))
    await task(session, tanvir, "dropped", local_date=WEEK[0] - timedelta(days=1))
    await task(session, nusrat, "open")
    await task(session, nusrat, "open", local_date=TODAY + timedelta(days=1))
    assert (await recovery.total(session, WEEK[0], TODAY + timedelta(days=5))).chased == 2
    assert (await recovery.total(session, *WEEK, team_id=tanvir.team_id)).chased == 1


async def test_nothing_is_no_rate(session: AsyncSession) -> None:
    empty = await recovery.total(session, *WEEK)
    assert (empty, empty.rate) == (Figures(None, 0, 0, 0, 0, Decimal(0)), None)
    assert await recovery.figures(session, RecoveryBy.AGENT, *WEEK) == ()


# Campaigns


async def test_a_new_campaign_says_what_the_first_of_its_cause_does(session: AsyncSession, tanvir: Staff) -> None:
    made = await campaigns.make(
        session, tanvir, "  Failed   payments ", CampaignCause.DROPOFF, stage=DropoffStage.PAYMENT_FAILED, now=NOW
    )
    model = await campaigns.get(session, 1)
    assert model is not None
    assert (made.name, made.stage, made.active) == ("Failed payments", DropoffStage.PAYMENT_FAILED, True)
    assert (made.greeting_bn, made.tries, made.days_apart) == (model.greeting_bn, model.tries, model.days_apart)
    again = await campaigns.make(session, tanvir, "Half a year", CampaignCause.INACTIVE, days_quiet=180, now=NOW)
    assert [one.campaign_id for one in await campaigns.all_of_them(session)] == [
        1,
        2,
        made.campaign_id,
        again.campaign_id,
    ]
    assert (await campaigns.change(session, tanvir, model, active=False, now=NOW)).active is False
    assert (await campaigns.all_of_them(session))[-1].campaign_id == 1


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "LONG quiet"}, "taken"),
        ({"greeting_en": " \n "}, "empty"),
        ({"greeting_bn": "ক" * 301}, "long"),
        ({"greeting_en": "Dear {nmae}"}, "place"),
        ({"tries": 0}, "number"),
        ({"tries": 6}, "number"),
        ({"days_apart": 31}, "number"),
        ({"min_value": Decimal(-5)}, "number"),
    ],
)
async def test_what_a_campaign_cannot_be(
    session: AsyncSession, tanvir: Staff, fields: dict[str, Any], fault: str
) -> None:
    model = await campaigns.get(session, 1)
    assert model is not None
    with pytest.raises(CdmError) as refused:
        await campaigns.change(session, tanvir, model, now=NOW, **fields)
    assert (refused.value.code, refused.value.facts["fault"]) == ("bad_campaign", fault)
    assert await campaigns.get(session, 1) == model


async def test_there_are_only_so_many(session: AsyncSession, tanvir: Staff) -> None:
    for number in range(campaigns.MOST - 2):
        await campaigns.make(session, tanvir, f"No. {number}", CampaignCause.DROPOFF, now=NOW)
    with pytest.raises(CdmError) as refused:
        await campaigns.make(session, tanvir, "One more", CampaignCause.DROPOFF, now=NOW)
    assert refused.value.facts["fault"] == "many"
    assert (await session.execute(text("SELECT count(*) FROM campaigns"))).scalar_one() == campaigns.MOST
