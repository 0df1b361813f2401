"""Win-back campaigns: whom each is for, what it says to them, how often it tries. Managers make and change them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import campaigns
from cdm_core.words import CampaignCause, DropoffStage, Language

LONGEST_NAME = 40
LONGEST_GREETING = 300
MOST = 20
"""Campaigns there can be."""

MOST_TRIES, MOST_DAYS_APART, MOST_DAYS_QUIET = 5, 30, 3650
MOST_VALUE = Decimal(10_000_000)

PLACES = frozenset({"name", "product"})
"""What a greeting may have filled in, in curly brackets."""

_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Campaign:
    """Of drop-offs: those at ``stage`` (None: at any that shows intent), worth ``min_value`` at least.

    Of buyers who went quiet: ``days_quiet`` after their last order; None: as soon as they count as inactive.
    """

    campaign_id: int
    name: str
    cause: CampaignCause
    stage: DropoffStage | None
    min_value: Decimal | None
    days_quiet: int | None
    greeting_en: str
    greeting_bn: str
    tries: int
    days_apart: int
    active: bool

    def greeting(self, language: Language) -> str:
        return self.greeting_bn if language is Language.BN else self.greeting_en


async def all_of_them(session: AsyncSession) -> tuple[Campaign, ...]:
    """The running ones first, each group as they were made."""
    rows = await session.execute(select(campaigns).order_by(campaigns.c.active.desc(), campaigns.c.id))
    return tuple(_campaign(row) for row in rows)


async def get(session: AsyncSession, campaign_id: int) -> Campaign | None:
    row = (await session.execute(select(campaigns).where(campaigns.c.id == campaign_id))).one_or_none()
    return None if row is None else _campaign(row)


async def make(
    session: AsyncSession,
    person: Staff,
    name: str,
    cause: CampaignCause,
    *,
    stage: DropoffStage | None = None,
    days_quiet: int | None = None,
    now: datetime,
) -> Campaign:
    """A new campaign, running, that says and tries what the first one of its cause does.

    Raises ``CdmError("bad_campaign", fault=…, limit=…)``: fault ``name`` (empty or too long), ``taken``, ``many``.
    """
    await session.execute(text("LOCK TABLE campaigns IN SHARE ROW EXCLUSIVE MODE"))
    there = await all_of_them(session)
    if len(there) >= MOST:
        raise CdmError("bad_campaign", fault="many", limit=MOST)
    called = _named(name, there)
    model = min((one for one in there if one.cause is cause), key=lambda one: one.campaign_id)
    made = await session.execute(
        insert(campaigns)
        .values(
            slug=text("'campaign-' || currval(pg_get_serial_sequence('campaigns', 'id'))"),
            name=called,
            cause=cause,
            stage=stage,
            days_quiet=days_quiet,
            greeting_en=model.greeting_en,
            greeting_bn=model.greeting_bn,
            tries=model.tries,
            days_apart=model.days_apart,
            created_by=person.id,
            created_at=now,
        )
        .returning(campaigns)
    )
    campaign = _campaign(made.one())
    await audit.record(session, now, person, "campaign_made", campaign=campaign.campaign_id, cause=cause)
    return campaign


async def change(session: AsyncSession, person: Staff, campaign: Campaign, *, now: datetime, **fields: Any) -> Campaign:
    """Set fields of the campaign, named as ``Campaign`` names them.

    Raises ``CdmError("bad_campaign", fault=…, limit=…)``: faults as of ``make``, ``long`` or ``empty`` for a greeting,
    ``place`` (with ``place=…``) for brackets nobody fills, ``number`` out of its range.
    """
    if "name" in fields:
        others = [one for one in await all_of_them(session) if one.campaign_id != campaign.campaign_id]
        fields["name"] = _named(str(fields["name"]), others)
    for field in ("greeting_en", "greeting_bn"):
        if field in fields:
            fields[field] = greeting_text(str(fields[field]))
    for field, most in (
        ("tries", MOST_TRIES),
        ("days_apart", MOST_DAYS_APART),
        ("days_quiet", MOST_DAYS_QUIET),
        ("min_value", MOST_VALUE),
    ):
        value = fields.get(field)
        if value is not None and not 1 <= value <= most:
            raise CdmError("bad_campaign", fault="number", limit=most)
    changed = await session.execute(
        update(campaigns).where(campaigns.c.id == campaign.campaign_id).values(fields).returning(campaigns)
    )
    await audit.record(session, now, person, "campaign_changed", campaign=campaign.campaign_id, fields=sorted(fields))
    return _campaign(changed.one())


def greeting_text(said: str) -> str:
    """A greeting as it is kept. Raises as ``change`` does."""
    kept = unicodedata.normalize("NFC", said).strip()
    if not kept:
        raise CdmError("bad_campaign", fault="empty", limit=LONGEST_GREETING)
    if len(kept) > LONGEST_GREETING:
        raise CdmError("bad_campaign", fault="long", limit=LONGEST_GREETING)
    for place in _PLACE.findall(kept):
        if place not in PLACES:
            raise CdmError("bad_campaign", fault="place", limit=LONGEST_GREETING, place=place)
    return kept


def _named(name: str, others: Any) -> str:
    called = " ".join(unicodedata.normalize("NFC", name).split())
    if not called or len(called) > LONGEST_NAME:
        raise CdmError("bad_campaign", fault="name", limit=LONGEST_NAME)
    if _alike(called) in {_alike(other.name) for other in others}:
        raise CdmError("bad_campaign", fault="taken", limit=LONGEST_NAME)
    return called


def _alike(name: str) -> str:
    """Ours are stored as codes (``BuiltInCampaign``) and read as words."""
    return name.casefold().replace("-", " ")


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        campaign_id=row.id,
        name=row.name,
        cause=CampaignCause(row.cause),
        stage=DropoffStage(row.stage) if row.stage else None,
        min_value=row.min_value,
        days_quiet=row.days_quiet,
        greeting_en=row.greeting_en,
        greeting_bn=row.greeting_bn,
        tries=row.tries,
        days_apart=row.days_apart,
        active=row.active,
    )
