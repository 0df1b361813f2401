"""The settings rows, typed: thresholds, hours, limits and the business zone."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError
from cdm_core.tables import settings
from cdm_core.words import MessageKind

T = TypeVar("T")

KEPT = frozenset(
    {"call_score_cuts", "clock_offset_seconds", "country", "decay_days", "decay_epoch", "demo", "timezone"}
)
"""Settings that follow from others, or from the environment: nobody sets them by hand."""

_DRAWN = frozenset({"hold_out_days", "uplift_window_days"})
"""Settings of which the first must be the greater."""

_AT = text(
    "SELECT set_config('cdm.as_of', :now, true),"
    " (SELECT json_object_agg(key, value ORDER BY key) FROM settings)::text AS settings"
)
_WEEKDAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One field a settings row, named as its key where the unit is the key's own."""

    zone: ZoneInfo
    country: str
    clock_offset: timedelta
    demo: bool
    vip_lifetime_value: Decimal
    inactive_after_days: int
    loyal_orders: int
    hot_order_days: int
    hot_intent_hours: int
    hot_contact_days: int
    warm_days: int
    cooldown_days: int
    attempt_cap: int
    attempt_cap_days: int
    dropoff_fresh_days: int
    workday_start: time
    workday_end: time
    weekend: frozenset[int]
    leap_day: tuple[int, int]
    current_card_minutes: int
    claim_queue_minutes: int
    claim_alert_minutes: int
    placeholder_phone_customers: int
    customers_open_to_all: bool
    rate_per_second: float
    rate_per_chat_second: float
    rate_per_group_minute: float
    resend_unknown: frozenset[MessageKind]
    keep_delivered_days: int
    alert_cart_value: Decimal
    alert_fresh_minutes: int
    alert_vip_away_days: int
    alert_lead_minutes: int
    alert_manager_minutes: int
    alert_repeat_hours: int
    alert_cooldown_hours: int
    alert_budget_per_hour: int
    jumuah_start: time
    jumuah_end: time
    holidays_off: frozenset[date]
    holidays_extra: tuple[tuple[date, str], ...]
    evening_summary_at: time
    weekly_report_at: time
    weekly_report_weekday: int
    winback_at: time
    winback_tasks_per_day: int
    recovery_window_days: int
    call_margin: float
    call_cost: float
    ranking_horizon_days: int
    hold_out_share: float
    hold_out_days: int
    uplift_window_days: int


BY_NIGHT = frozenset({"call_margin", "call_cost", "ranking_horizon_days"})
"""What counts from the next ranking of all customers on: it is kept with the models (``cdm_core.recommend.refit``)."""


async def load(session: AsyncSession) -> Thresholds:
    """Read all settings. Raises ``CdmError("bad_setting", key=…, value=…)`` where a value cannot be read."""
    return typed(await _rows(session))


async def at(session: AsyncSession, now: datetime) -> Thresholds:
    """Set the transaction's ``cdm_now()``, and read all settings in the same statement. Raises as ``load`` does."""
    row = (await session.execute(_AT, {"now": now.isoformat()})).one()
    return from_json(row.settings)


@lru_cache(maxsize=8)
def from_json(settings: str) -> Thresholds:
    """The settings rows as one JSON object; they seldom change, and are read once for each text of them."""
    return typed(json.loads(settings))


async def change(session: AsyncSession, key: str, value: str, *, now: datetime, staff_id: int | None) -> None:
    """Set one existing setting, having read all of them with it: a value nobody could read is refused.

    Raises ``CdmError("unknown_setting", key=…)``, ``bad_setting`` as ``load`` does, and
    ``CdmError("draw_too_short", draw=…, window=…)`` where a draw of the hold-out (days) would not outlast the window
    in which orders count: whoever was left out would then be called within it.
    """
    rows = await _rows(session)
    if key not in rows:
        raise CdmError("unknown_setting", key=key)
    wanted = typed({**rows, key: value})
    if key in _DRAWN and wanted.hold_out_days <= wanted.uplift_window_days:
        raise CdmError("draw_too_short", draw=wanted.hold_out_days, window=wanted.uplift_window_days)
    await session.execute(
        update(settings).where(settings.c.key == key).values(value=value, updated_at=now, updated_by=staff_id)
    )


async def by_hand(session: AsyncSession) -> dict[str, str]:
    """The settings that people change, by key."""
    return {key: value for key, value in sorted((await _rows(session)).items()) if key not in KEPT}


async def _rows(session: AsyncSession) -> dict[str, str]:
    return {row.key: row.value for row in await session.execute(select(settings.c.key, settings.c.value))}


def typed(rows: dict[str, str]) -> Thresholds:
    """The settings rows as ``key: value``, read otherwise. Raises as ``load`` does."""

    def read(key: str, convert: Callable[[str], T]) -> T:
        try:
            return convert(rows[key])
        except (KeyError, ValueError, ArithmeticError) as error:
            raise CdmError("bad_setting", key=key, value=rows.get(key)) from error

    return Thresholds(
        zone=read("timezone", ZoneInfo),
        country=read("country", str),
        clock_offset=read("clock_offset_seconds", lambda v: timedelta(seconds=float(v))),
        demo=read("demo", _flag),
        vip_lifetime_value=read("vip_lifetime_value", Decimal),
        inactive_after_days=read("inactive_after_days", int),
        loyal_orders=read("loyal_orders", int),
        hot_order_days=read("hot_order_days", int),
        hot_intent_hours=read("hot_intent_hours", int),
        hot_contact_days=read("hot_contact_days", int),
        warm_days=read("warm_days", int),
        cooldown_days=read("cooldown_days", int),
        attempt_cap=read("attempt_cap", int),
        attempt_cap_days=read("attempt_cap_days", int),
        dropoff_fresh_days=read("dropoff_fresh_days", int),
        workday_start=read("workday_start", time.fromisoformat),
        workday_end=read("workday_end", time.fromisoformat),
        weekend=read("weekend", lambda v: frozenset(_WEEKDAYS[day] for day in _items(v))),
        leap_day=read("leap_day", lambda v: (int(v[:2]), int(v[3:]))),
        current_card_minutes=read("current_card_minutes", int),
        claim_queue_minutes=read("claim_queue_minutes", int),
        claim_alert_minutes=read("claim_alert_minutes", int),
        placeholder_phone_customers=read("placeholder_phone_customers", int),
        customers_open_to_all=read("customers_open_to_all", _flag),
        rate_per_second=read("rate_per_second", float),
        rate_per_chat_second=read("rate_per_chat_second", float),
        rate_per_group_minute=read("rate_per_group_minute", float),
        resend_unknown=read("resend_unknown", lambda v: frozenset(MessageKind(kind) for kind in v.split(",") if kind)),
        keep_delivered_days=read("keep_delivered_days", int),
        alert_cart_value=read("alert_cart_value", Decimal),
        alert_fresh_minutes=read("alert_fresh_minutes", int),
        alert_vip_away_days=read("alert_vip_away_days", int),
        alert_lead_minutes=read("alert_lead_minutes", int),
        alert_manager_minutes=read("alert_manager_minutes", int),
        alert_repeat_hours=read("alert_repeat_hours", int),
        alert_cooldown_hours=read("alert_cooldown_hours", int),
        alert_budget_per_hour=read("alert_budget_per_hour", int),
        jumuah_start=read("jumuah_start", time.fromisoformat),
        jumuah_end=read("jumuah_end", time.fromisoformat),
        holidays_off=read("holidays_off", lambda v: frozenset(date.fromisoformat(day) for day in _items(v))),
        holidays_extra=read("holidays_extra", lambda v: tuple(_named_day(item) for item in _items(v))),
        evening_summary_at=read("evening_summary_at", time.fromisoformat),
        weekly_report_at=read("weekly_report_at", time.fromisoformat),
        weekly_report_weekday=read("weekly_report_weekday", lambda v: _WEEKDAYS[v]),
        winback_at=read("winback_at", time.fromisoformat),
        winback_tasks_per_day=read("winback_tasks_per_day", int),
        recovery_window_days=read("recovery_window_days", int),
        call_margin=read("call_margin", _margin),
        call_cost=read("call_cost", _cost),
        ranking_horizon_days=read("ranking_horizon_days", _days),
        hold_out_share=read("hold_out_share", _share),
        hold_out_days=read("hold_out_days", _days),
        uplift_window_days=read("uplift_window_days", _days),
    )


def _flag(value: str) -> bool:
    return {"true": True, "false": False}[value]


def _share(value: str) -> float:
    share = float(value)
    if not 0 <= share < 1:
        raise ValueError(value)
    return share


def _margin(value: str) -> float:
    margin = float(value)
    if not 0 < margin <= 1:
        raise ValueError(value)
    return margin


def _cost(value: str) -> float:
    cost = float(value)
    if not (math.isfinite(cost) and cost >= 0):
        raise ValueError(value)
    return cost


def _days(value: str) -> int:
    days = int(value)
    if not 1 <= days <= 3650:
        raise ValueError(value)
    return days


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _named_day(item: str) -> tuple[date, str]:
    """``2026-10-20 Durga Puja``."""
    day, _, name = item.partition(" ")
    return date.fromisoformat(day), name.strip()
