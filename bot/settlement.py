"""What became of messages on the wire, back into the outbox."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import notices
from bot.fates import Fate, Verdict
from cdm_core import chats, delivery
from cdm_core.delivery import Attempt
from cdm_core.outbox_leases import Parcel
from cdm_core.words import MessageKind

UNKNOWN_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """``verdict`` is None where Telegram took it."""

    parcel: Parcel
    attempt: Attempt
    verdict: Verdict | None


async def record(
    session: AsyncSession, results: Sequence[Result], *, resend: Collection[MessageKind], now: datetime, zone: ZoneInfo
) -> None:
    """Those that arrived as sent, and of each of the others what its verdict asks for.

    ``resend`` are the kinds of which what may have arrived is sent once more.
    """
    arrived = [one.attempt for one in results if one.verdict is None or one.verdict.fate is Fate.SAME]
    await delivery.sent(session, arrived)
    for one in results:
        if one.verdict is not None and one.verdict.fate is not Fate.SAME:
            await _record_trouble(session, one, one.verdict, resend=resend, now=now, zone=zone)


async def _record_trouble(
    session: AsyncSession,
    one: Result,
    verdict: Verdict,
    *,
    resend: Collection[MessageKind],
    now: datetime,
    zone: ZoneInfo,
) -> None:
    attempt, why = one.attempt, verdict.why
    match verdict.fate:
        case Fate.FLOOD | Fate.TOKEN | Fate.NOT_SENT:
            await delivery.retry(session, attempt, seconds=verdict.seconds, why=why)
        case Fate.MIGRATED:
            await chats.migrate(session, one.parcel.chat_id, verdict.chat_id)
            await delivery.retry(session, attempt, seconds=0, why=why)
        case Fate.GONE:
            await delivery.send_anew(session, attempt, why=why)
        case Fate.BLOCKED:
            await delivery.refused(session, attempt, why=why)
            await notices.chat_blocked(session, one.parcel.chat_id, now=now, zone=zone)
        case Fate.UNKNOWN:
            await delivery.uncertain(session, attempt, resend=resend, seconds=UNKNOWN_SECONDS, why=why)
        case _:
            await delivery.refused(session, attempt, why=why)
    if verdict.fate not in (Fate.FLOOD, Fate.TOKEN, Fate.NOT_SENT):
        log.warning("not_sent", outbox_id=attempt.outbox_id, fate=verdict.fate, why=why)
