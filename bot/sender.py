"""The sender: leased messages onto the wire, within the limits, and what became of them back into the outbox.

Sending needs the token's leadership, settling does not: what is on the wire when leadership is lost still ends well,
since every finish is fenced by its attempt number.
"""

import asyncio
import base64
import time
from dataclasses import replace
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bot.api import BotApi
from bot.fates import Fate, Verdict, judge
from bot.limits import Limits
from bot.owners import Owners
from bot.settlement import Result, record
from bot.supervise import happens
from cdm_core import delivery, outbox, outbox_leases, thresholds
from cdm_core.clock import Clock
from cdm_core.db.away import is_away, is_collision
from cdm_core.db.notify import SWEEP_SECONDS, Bells
from cdm_core.delivery import Attempt
from cdm_core.outbox_leases import Parcel
from cdm_core.thresholds import Thresholds
from cdm_core.words import MessageKind

ON_WIRE = 12
GATHER_SECONDS = 0.005
"""Under load, what comes within this time is leased, and written down, together."""
TOTAL_SECONDS = 10.0
"""For one message, shorter than its lease."""
BACKOFF_SECONDS = (0.5, 15.0)
TOKEN_SECONDS = 60.0
STOP_LOOK_SECONDS = 0.2

_AWAY = (Fate.UNKNOWN, Fate.NOT_SENT)

log = structlog.get_logger(__name__)


class Sender:
    """``files`` is the folder of our copies; ``limited=False`` switches the limits off."""

    def __init__(
        self,
        api: BotApi,
        sessions: async_sessionmaker[AsyncSession],
        bells: Bells,
        clock: Clock,
        stop: asyncio.Event,
        *,
        owners: Owners,
        files: Path,
        limited: bool = True,
        lease_seconds: float = outbox_leases.LEASE_SECONDS,
    ) -> None:
        self._api = api
        self._sessions = sessions
        self._bells = bells
        self._clock = clock
        self._stop = stop
        self._owners = owners
        self._owner = owners.me
        self._files = files
        self._limited = limited
        self._lease_seconds = lease_seconds
        self._flying: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._landed = asyncio.Event()
        self._leading = False
        self._halted_until = 0.0
        self._doubtful = True
        self._delay = BACKOFF_SECONDS[0]
        self._settings: Thresholds | None = None
        self._limits: Limits | None = None
        self._swept_at = 0.0

    async def send(self) -> None:
        """Under the token's leader lock: send until stopped."""
        self._leading = True
        try:
            await self._send()
        finally:
            self._leading = False

    async def _send(self) -> None:
        while not await self._owners.live():
            await happens(self._stop, BACKOFF_SECONDS[0])
        async with self._sessions.begin() as session:
            await outbox_leases.succeed(session, self._owner)
        while not self._stop.is_set():
            try:
                await self._sweep()
                found = await self._round()
            except Exception as error:
                if not is_away(error):
                    raise
                await happens(self._stop, BACKOFF_SECONDS[0])
                continue
            if found:
                await asyncio.sleep(GATHER_SECONDS)
            else:
                await self._bells.wait(outbox.BELL, self._pause())

    async def settle(self) -> None:
        """Write down what became of the sent ones, until stopped and all have landed."""
        while self._leading or self._flying or self._results or not self._stop.is_set():
            if not await happens(self._landed, STOP_LOOK_SECONDS):
                continue
            await asyncio.sleep(GATHER_SECONDS)
            self._landed.clear()
            results = list(self._results)
            try:
                assert self._settings is not None
                async with self._sessions.begin() as session:
                    await record(
                        session,
                        results,
                        resend=self._settings.resend_unknown,
                        now=self._clock.now(),
                        zone=self._clock.zone,
                    )
            except Exception as error:
                self._landed.set()
                if not (is_away(error) or is_collision(error)):
                    raise
                if await happens(self._stop, BACKOFF_SECONDS[0]):
                    break
                continue
            del self._results[: len(results)]
            self._bells.ring(outbox.BELL)
        async with self._sessions.begin() as session:
            await outbox_leases.release(session, self._owner)

    async def _sweep(self) -> None:
        """Every now and then: the settings may have changed, and leases may have run out."""
        if time.monotonic() - self._swept_at < SWEEP_SECONDS:
            return
        async with self._sessions() as session:
            holders = await outbox_leases.owners(session)
        dead = await self._owners.dead(holders)
        async with self._sessions.begin() as session:
            settings = await thresholds.load(session)
            lost = await delivery.take_back(session, dead, resend=settings.resend_unknown)
            await outbox_leases.release(session, "")
        if lost:
            log.warning("fate_unknown", number=lost)
            self._doubtful = True
        self._clock.offset = settings.clock_offset
        if self._limits is None or self._settings is None or _rates(settings) != _rates(self._settings):
            second, chat, group = _rates(settings)
            self._limits = Limits(
                per_second=second, per_chat_second=chat, per_group_minute=group, enabled=self._limited
            )
        self._settings = settings
        self._swept_at = time.monotonic()

    async def _round(self) -> bool:
        """Put on the wire what may go now; whether anything went."""
        now = time.monotonic()
        assert self._limits is not None
        room = min(ON_WIRE - len(self._flying), self._limits.free(now))
        if room <= 0 or now < self._halted_until or (self._doubtful and not await self._answers()):
            return False
        bulk = self._limits.free_bulk(now)
        silent, calm = self._limits.resting(now)
        async with self._sessions.begin() as session:
            parcels = await outbox_leases.lease(
                session,
                self._owner,
                now=self._clock.now(),
                most=min(bulk, room) or room,
                answers_only=bulk <= 0,
                resting=silent,
                calm=calm,
                seconds=self._lease_seconds,
            )
        if not parcels:
            return False
        async with self._sessions.begin() as session:
            ids = [parcel.id for parcel in parcels]
            begun = await delivery.begin(session, self._owner, ids, seconds=self._lease_seconds)
        waiting = {parcel.id: parcel for parcel in parcels}
        for attempt in begun:
            parcel = waiting[attempt.outbox_id]
            self._limits.start(parcel.chat_id, bulk=parcel.kind is not MessageKind.REPLY)
            task = asyncio.create_task(self._fly(parcel, attempt, self._limits))
            self._flying.add(task)
            task.add_done_callback(self._flying.discard)
        return bool(begun)

    def _pause(self) -> float:
        now = time.monotonic()
        if now < self._halted_until:
            return min(SWEEP_SECONDS, self._halted_until - now)
        assert self._limits is not None
        return min(SWEEP_SECONDS, self._limits.wait(now))

    async def _fly(self, parcel: Parcel, attempt: Attempt, limits: Limits) -> None:
        verdict: Verdict | None = None
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                answer = await self._api.call(parcel.method, _arguments(parcel), await self._uploads(parcel))
            if isinstance(answer, dict):
                attempt = replace(attempt, message_id=answer.get("message_id"))
            self._delay = BACKOFF_SECONDS[0]
        except Exception as error:
            verdict = judge(error)
            self._heed(verdict)
            if verdict.fate is Fate.SAME:
                attempt = replace(attempt, message_id=parcel.edits or parcel.payload.get("message_id"))
        finally:
            limits.end(parcel.chat_id, time.monotonic())
        self._results.append(Result(parcel, attempt, verdict))
        self._landed.set()

    async def _answers(self) -> bool:
        """Ask what can do no harm: at the start, and after what left open what happened.

        Each message is repeated once at most, so not before Telegram is there again.
        """
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                await self._api.call("getMe", {})
        except Exception as error:
            verdict = judge(error)
            if verdict.fate in _AWAY:
                self._heed(replace(verdict, fate=Fate.NOT_SENT))
                return False
            self._heed(verdict)
        self._doubtful = False
        return time.monotonic() >= self._halted_until

    async def _uploads(self, parcel: Parcel) -> dict[str, dict[str, str]]:
        """The files that go with it: those in the message, and our copies that it names. FileNotFoundError."""
        uploads = dict(parcel.payload.get("$files") or {})
        for argument, file in (parcel.payload.get("$stored") or {}).items():
            data = await asyncio.to_thread((self._files / file["stored"]).read_bytes)
            uploads[argument] = {"name": file["name"], "base64": base64.b64encode(data).decode()}
        return uploads

    def _heed(self, verdict: Verdict) -> None:
        """Stop sending for a while where the answer concerns all messages."""
        seconds = 0.0
        self._doubtful = self._doubtful or verdict.fate is Fate.UNKNOWN
        if verdict.fate is Fate.FLOOD:
            seconds = verdict.seconds
        elif verdict.fate is Fate.TOKEN:
            seconds = TOKEN_SECONDS
        elif verdict.fate is Fate.NOT_SENT:
            seconds = self._delay
            if time.monotonic() >= self._halted_until:
                self._delay = min(self._delay * 2, BACKOFF_SECONDS[1])
        if seconds:
            log.warning("sending_halted", why=verdict.why, seconds=seconds)
            self._halted_until = max(self._halted_until, time.monotonic() + seconds)


def _arguments(parcel: Parcel) -> dict[str, object]:
    own = {name: value for name, value in parcel.payload.items() if not name.startswith("$")}
    edited = {"message_id": parcel.edits} if parcel.edits is not None else {}
    return {"chat_id": parcel.chat_id, **own, **edited}


def _rates(settings: Thresholds) -> tuple[float, float, float]:
    return settings.rate_per_second, settings.rate_per_chat_second, settings.rate_per_group_minute
