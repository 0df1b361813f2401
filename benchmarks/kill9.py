"""Killing the bot (SIGKILL) at random moments, and counting what was lost and what came twice.

    python -m benchmarks.kill9 [--kills 50] [--people 60] [--chats 500] [--hold]

Inbound: people type commands while the bot is killed again and again; each command must have had its effect (its row
in the audit log) and its answer exactly once. Outbound: a message of kind digest to each of 500 chats, with kills
meanwhile. An answer or digest may arrive twice only where the fate of an attempt was unknown (the ledger of the
sandbox against ``delivery_attempts``); ``--hold`` sets the policy under which nothing is sent twice.
"""

import argparse
import asyncio
import contextlib
import random
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.stage import FIRST_USER, MODULE, Stage, hire, stage
from bot.sandbox.client import SandboxError
from cdm_core import outbox
from cdm_core.outbox import OutMessage
from cdm_core.words import MessageKind

COMMAND = "/help"
MOST_ALIVE_SECONDS = 1.0
NETWORK_MS = 50
"""How long Telegram takes, so that there is something on the wire when the bot dies."""


@dataclass(frozen=True, slots=True)
class Count:
    """``twice`` are arrivals beyond those of messages sent or held, ``unknown`` attempts of unknown fate, ``held``
    messages left to a person, who may or may not have got them."""

    messages: int
    lost: int
    double_effects: int
    twice: int
    unknown: int
    held: int
    kills: int

    @property
    def sound(self) -> bool:
        """Nothing lost, no effect twice, and for each repetition an unknown."""
        return self.lost == 0 and self.double_effects == 0 and self.twice <= self.unknown

    def __str__(self) -> str:
        return (
            f"{self.messages} messages, {self.kills} kills: {self.lost} lost, {self.double_effects} double effects, "
            f"{self.twice} arrived twice, {self.unknown} attempts of unknown fate, {self.held} held"
        )


class Victim:
    """The bot as a process of its own that is killed and started again."""

    def __init__(self, on: Stage, dice: random.Random) -> None:
        self._on = on
        self._dice = dice
        self._process: Process | None = None
        self.kills = 0

    async def start(self) -> None:
        arguments = ("bot", self._on.database_url, self._on.sandbox.url, self._on.sandbox.token)
        self._process = await asyncio.create_subprocess_exec(*MODULE, *arguments)

    async def kill(self) -> None:
        """Once it has begun to send, let it live for a moment more, then kill it."""
        assert self._process is not None
        seen = len(await self._on.sandbox.ledger())
        with contextlib.suppress(SandboxError):
            await self._on.sandbox.ledger(method="sendMessage", since=seen, count=1, wait=5)
        await asyncio.sleep(self._dice.uniform(0, MOST_ALIVE_SECONDS))
        self._process.kill()
        await self._process.wait()
        self.kills += 1

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


async def inbound(on: Stage, *, kills: int, people: int, rate: float = 40, seed: int = 1) -> Count:
    """Commands typed, ``rate`` a second, while the bot dies ``kills`` times."""
    keys = await hire(on, people)
    said = 0
    victim = Victim(on, random.Random(seed))

    async def talk() -> None:
        nonlocal said
        while victim.kills < kills:
            await on.sandbox.say(keys[said % people], COMMAND)
            said += 1
            await asyncio.sleep(1 / rate)

    talking = asyncio.create_task(talk())
    for _ in range(kills):
        await victim.start()
        await victim.kill()
    await talking
    await victim.start()
    await _quiet(on, said)
    await victim.stop()
    async with on.engine.connect() as connection:
        effects = (await connection.execute(text("SELECT count(*) FROM audit_log WHERE action = '/help'"))).scalar_one()
    return await _count(on, said, victim.kills, missing=max(0, said - effects), double=max(0, effects - said))


async def outbound(on: Stage, *, kills: int, chats: int, seed: int = 2) -> Count:
    """A digest to each of ``chats`` while the bot dies ``kills`` times; more digests as long as kills are left."""
    await hire(on, chats)
    victim = Victim(on, random.Random(seed))
    rounds = 0
    await _digest(on, chats, rounds)
    for _ in range(kills):
        if await _waiting(on) < chats / 10:
            rounds += 1
            await _digest(on, chats, rounds)
        await victim.start()
        await victim.kill()
    await victim.start()
    await _quiet(on, 0)
    await victim.stop()
    return await _count(on, (rounds + 1) * chats, victim.kills, missing=0, double=0)


async def _digest(on: Stage, chats: int, number: int) -> None:
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


async def _waiting(on: Stage) -> int:
    async with on.engine.connect() as connection:
        query = text("SELECT count(*) FROM outbox WHERE state IN ('queued', 'leased', 'sending')")
        return int((await connection.execute(query)).scalar_one())


async def _quiet(on: Stage, updates: int) -> None:
    """Until all that was said is done and nothing is on its way."""
    query = text("SELECT count(*) FROM inbox WHERE state IN ('done', 'quarantined')")
    while True:
        async with on.engine.connect() as connection:
            done = (await connection.execute(query)).scalar_one()
        if done >= updates and not await _waiting(on):
            return
        await asyncio.sleep(0.2)


async def _count(on: Stage, expected: int, kills: int, *, missing: int, double: int) -> Count:
    calls = await on.sandbox.ledger(method="sendMessage")
    arrived = {(call["chat_id"], call["message_id"]) for call in calls if call["done"]}
    async with on.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT chat_id, telegram_message_id, state FROM outbox"))).all()
        query = text("SELECT count(*) FROM delivery_attempts WHERE result = 'unknown'")
        unknown = (await connection.execute(query)).scalar_one()
    sent = {(row.chat_id, row.telegram_message_id) for row in rows if row.state == "sent"}
    held = sum(1 for row in rows if row.state == "unknown")
    unsent = len(rows) - len(sent) - held
    return Count(
        messages=expected,
        lost=missing + max(0, expected - len(rows)) + unsent + len(sent - arrived),
        double_effects=double,
        twice=max(0, len(arrived - sent) - held),
        unknown=unknown,
        held=held,
        kills=kills,
    )


async def main(arguments: argparse.Namespace) -> int:
    sound = True
    for name in ("inbound", "outbound"):
        async with stage() as on:
            await on.sandbox.fault("slow", "sendMessage", ms=NETWORK_MS)
            if arguments.hold:
                async with on.engine.begin() as connection:
                    await connection.execute(text("UPDATE settings SET value = '' WHERE key = 'resend_unknown'"))
            if name == "inbound":
                count = await inbound(on, kills=arguments.kills, people=arguments.people)
            else:
                count = await outbound(on, kills=arguments.kills, chats=arguments.chats)
        print(f"{name}: {count}", flush=True)
        sound = sound and count.sound and (not arguments.hold or count.twice == 0)
    return 0 if sound else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--chats", type=int, default=500)
    parser.add_argument("--hold", action="store_true")
    sys.exit(asyncio.run(main(parser.parse_args())))
