"""The bot dies (SIGKILL) at random moments: what was said to it is done and answered, what it had to say arrives.

A message may arrive twice only where the fate of an attempt to send it was unknown; with the policy to hold, never.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks import processes
from benchmarks.guarantees.proof import Figure, at_most, exactly, told
from benchmarks.processes import Running
from benchmarks.stage import FIRST_USER, Stage, hire
from bot.sender import ON_WIRE
from cdm_core import outbox, troubles
from cdm_core.clock import Clock
from cdm_core.outbox import OutMessage
from cdm_core.words import MessageKind, OutboxState, TroubleKind

COMMAND = "/help"
MOST_ALIVE_SECONDS = 1.0
EARLY, ON_THE_WIRE = 0.2, 0.5
"""The shares of deaths that come at any time, also while the bot starts, and that come with a message on the wire; the
others come while it sends."""
NETWORK_MS = 50
"""How long Telegram takes, so that there is something on the wire when the bot dies."""

_SETTLED = "SELECT count(*) FROM inbox WHERE state IN ('done', 'quarantined')"
_WAITING = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'leased', 'sending')"
_MESSAGES = text(
    """
    SELECT dedup_key, chat_id, state, telegram_message_id,
           (SELECT count(*) FROM delivery_attempts a WHERE a.outbox_id = o.id AND a.result = 'unknown') AS unknown
    FROM outbox o WHERE dedup_key LIKE :prefix || ':%'
    """
)


@dataclass(frozen=True, slots=True)
class Message:
    """``unknown`` counts its attempts of unknown fate."""

    key: str
    chat_id: int
    state: str
    telegram_id: int | None
    unknown: int


class Victim:
    """A bot that is killed and started again."""

    def __init__(self, on: Stage, dice: random.Random) -> None:
        self._on = on
        self._dice = dice
        self._running: Running | None = None
        self._seen = 0
        self.kills = 0

    def start(self) -> None:
        self._running = Running(processes.bot, self._on.database_url, self._on.sandbox.url, self._on.sandbox.token)

    async def kill(self) -> None:
        """Let it live for a moment, mostly until it has begun to send, then kill it."""
        assert self._running is not None
        calls = await self._on.sandbox.ledger(since=self._seen)
        self._seen = max([self._seen, *(call["seq"] for call in calls)])
        chance = self._dice.random()
        if chance > EARLY:
            await self._on.sandbox.ledger(method="sendMessage", since=self._seen, count=1, wait=10)
        await asyncio.sleep(self._dice.uniform(0, MOST_ALIVE_SECONDS))
        if chance > 1 - ON_THE_WIRE:
            await self._on.sandbox.ledger(method="sendMessage", running=True, count=1, wait=1)
        await self._running.kill()
        self.kills += 1

    async def end(self) -> None:
        assert self._running is not None
        await self._running.end()


async def commands(on: Stage, *, kills: int, people: int, rate: float = 40, seed: int = 1) -> Sequence[Figure]:
    """Commands typed, ``rate`` a second, while the bot dies: each has its one effect (an audit row) and its answer."""
    keys = await hire(on, people)
    await on.sandbox.fault("slow", "sendMessage", ms=NETWORK_MS)
    victim = Victim(on, random.Random(seed))
    said = 0

    async def talk() -> None:
        nonlocal said
        while victim.kills < kills:
            await on.sandbox.say(keys[said % people], COMMAND)
            said += 1
            await asyncio.sleep(1 / rate)

    talking = asyncio.create_task(talk())
    for _ in range(kills):
        victim.start()
        await victim.kill()
    await talking
    victim.start()
    await on.until(_SETTLED, said)
    await _sent(on)
    await victim.end()

    messages = await _messages(on, "reply")
    effects = await on.number("SELECT count(*) FROM audit_log WHERE action = :what", what=COMMAND)
    calls = await on.sandbox.ledger(method="sendMessage")
    arrived = {(call["chat_id"], call["message_id"]) for call in calls if call["done"]}
    counted = {(one.chat_id, one.telegram_id) for one in messages if one.state == OutboxState.SENT}
    unsettled = sum(one.state not in (OutboxState.SENT, OutboxState.UNKNOWN) for one in messages)
    unknown = sum(one.unknown for one in messages)
    return [
        told("kills", kills),
        told("commands", said),
        exactly("commands without effect", max(0, said - effects), 0),
        exactly("effects twice", max(0, effects - said), 0),
        exactly("answers lost", said - len(messages) + len(counted - arrived) + unsettled, 0),
        at_most("answers twice (each with an unknown)", len(arrived - counted), unknown),
        *await _held(on, messages),
    ]


async def digests(on: Stage, *, kills: int, chats: int, hold: bool = False, seed: int = 2) -> Sequence[Figure]:
    """A digest to each of ``chats`` while the bot dies; more digests as long as kills are left."""
    await hire(on, chats)
    await on.sandbox.fault("slow", "sendMessage", ms=NETWORK_MS)
    if hold:
        async with on.engine.begin() as connection:
            policy = "UPDATE settings SET value = 'reply,alert,reminder' WHERE key = 'resend_unknown'"
            await connection.execute(text(policy))
    victim, rounds = Victim(on, random.Random(seed)), 0
    for _ in range(kills):
        if await on.number(_WAITING) < chats / 10:
            await put_digests(on, chats, rounds)
            rounds += 1
        victim.start()
        await victim.kill()
    victim.start()
    await _sent(on)
    await victim.end()

    messages = await _messages(on, "digest")
    calls = await on.sandbox.ledger(method="sendMessage")
    arrivals = Counter(f"{call['chat_id']}:{call['text'].split()[1]}" for call in calls if call["done"])
    of = {one.key: arrivals[f"{one.chat_id}:{one.key.rpartition(':')[2]}"] for one in messages}
    held = [one for one in messages if one.state == OutboxState.UNKNOWN]
    lost = sum(of[one.key] == 0 for one in messages if one.state == OutboxState.SENT)
    unsettled = sum(one.state not in (OutboxState.SENT, OutboxState.UNKNOWN) for one in messages)
    twice = sum(max(0, of[one.key] - 1) for one in messages)
    unknown = sum(one.unknown for one in messages)
    figures = [
        told("kills", kills),
        told("messages", rounds * chats),
        exactly("lost", rounds * chats - len(messages) + lost + unsettled, 0),
        at_most("unknowns (kills × in flight)", unknown, kills * ON_WIRE),
    ]
    if not hold:
        unexplained = sum(max(0, of[one.key] - 1 - one.unknown) for one in messages)
        figures += [told("duplicates", twice), exactly("duplicates without an unknown", unexplained, 0)]
    else:
        figures += [exactly("duplicates", twice, 0), exactly("unknowns not held", unknown - len(held), 0)]
    return [
        *figures,
        *await _held(on, messages),
        told("held, and never arrived", sum(of[one.key] == 0 for one in held)),
    ]


async def _held(on: Stage, messages: Sequence[Message]) -> list[Figure]:
    """Those that wait for a person because they may have arrived, unmarked or marked: all must be seen."""
    held = sum(one.state == OutboxState.UNKNOWN for one in messages)
    async with AsyncSession(on.engine) as session:
        shown = await troubles.find(session, now=Clock.real_now())
    visible = sum(one.number for one in shown if one.kind is TroubleKind.UNKNOWN)
    return [told("held for a person", held), exactly("of them visible in /queue", visible, held)]


async def put_digests(on: Stage, chats: int, number: int) -> None:
    """Queue the message "digest NUMBER" of kind digest for each of the chats hired."""
    messages = [
        OutMessage(
            dedup_key=f"digest:{n}:{number}",
            chat_id=FIRST_USER + n,
            kind=MessageKind.DIGEST,
            method="sendMessage",
            payload={"text": f"digest {number}", "disable_notification": True},
            again="(sent again)",
        )
        for n in range(chats)
    ]
    async with AsyncSession(on.engine) as session, session.begin():
        await outbox.put_all(session, messages)


async def _sent(on: Stage) -> None:
    """Wait until nothing is on its way."""
    while await on.number(_WAITING):  # noqa: ASYNC110 - the database offers no event
        await asyncio.sleep(0.1)


async def _messages(on: Stage, prefix: str) -> list[Message]:
    async with on.engine.connect() as connection:
        rows = await connection.execute(_MESSAGES, {"prefix": prefix})
        return [Message(row.dedup_key, row.chat_id, row.state, row.telegram_message_id, row.unknown) for row in rows]
