"""People with a chat app, a clock that stands still, and the bot they talk to."""

import asyncio
import contextlib
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bot.app import BotConfig, run_bot
from bot.commands import ROUTES
from bot.registry import Routes
from bot.sandbox.client import Sandbox
from bot.sandbox.state import State
from cdm_core.clock import Clock
from cdm_core.tables import chats, staff, teams
from cdm_core.words import ChatType, Language, Role, RunState
from jobs.job import Job
from jobs.runner import run_pass
from tests.databases import ZONE

ROLES = {"tanvir": Role.AGENT, "nusrat": Role.AGENT, "farhana": Role.MANAGER, "rafiq": Role.ADMIN}
_UNFINISHED = text(
    "SELECT (SELECT count(*) FROM inbox WHERE state IN ('received', 'leased'))"
    " + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'leased', 'sending'))"
)


class FrozenClock(Clock):
    """Stands at ``moment`` (plus the demo's offset) until moved."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(ZONE)
        self.moment = moment

    def now(self) -> datetime:
        return self.moment + self.offset


class Person:
    """What one can do and see in the private chat with the bot, or in ``chat``."""

    def __init__(self, sandbox: Sandbox, key: str, user_id: int, name: str) -> None:
        self.sandbox = sandbox
        self.key = key
        self.user_id = user_id
        self.name = name
        self.staff_id = 0
        self._begun = 0
        self._sessions: async_sessionmaker[AsyncSession] | None = None

    async def begins(self) -> None:
        """A new test: what was said before is not looked at."""
        self._begun = await self.sandbox.mark(self.key)

    def joins(self, sessions: async_sessionmaker[AsyncSession], staff_id: int) -> None:
        self._sessions, self.staff_id = sessions, staff_id

    async def say(
        self, words: str, *, reply_to: dict[str, Any] | None = None, chat: str | None = None
    ) -> dict[str, Any]:
        """Type and send; ``reply_to`` a message as ``sees`` gives it."""
        return await self.sandbox.say(self.key, words, chat=chat, reply_to=None if reply_to is None else reply_to["id"])

    async def sees(self, *parts: str, chat: str | None = None, seconds: float = 10) -> dict[str, Any]:
        """Wait for a message of the bot, new or edited, that contains all ``parts``; the message.

        ``message["text"]`` is what is read, ``message["buttons"]`` rows of ``{"text", …}``. Whether a line may end at a
        space of ``parts`` does not matter.
        """
        wanted = (re.escape(part).replace(r"\ ", "[ \N{NO-BREAK SPACE}]") for part in parts)
        pattern = "(?s)" + "".join(f"(?=.*{part})" for part in wanted)
        return await self.sandbox.wait_for(chat or self.key, pattern=pattern, timeout=seconds)

    async def press(self, label: str, *, message: dict[str, Any] | None = None, chat: str | None = None) -> str:
        """Press the button whose label contains ``label``, in the newest message that has it; the toast, or ""."""
        toast = await self.sandbox.press(self.key, label, message=None if message is None else message["id"], chat=chat)
        assert toast["answered"], f"the press of {label!r} was never answered"
        return toast.get("text") or ""

    async def press_data(self, data: str, *, message: dict[str, Any], chat: str | None = None) -> str:
        """Press a button that this message may not show any more."""
        toast = await self.sandbox.press(self.key, data=data, message=message["id"], raw=True, chat=chat)
        return toast.get("text") or ""

    async def edits(self, message: dict[str, Any], words: str) -> None:
        await self.sandbox.edit(self.key, message["id"], words)

    async def shares(self, phone: str, first_name: str = "", last_name: str | None = None, **more: Any) -> None:
        """``more``: ``vcard``, ``user_id``."""
        await self.sandbox.send_contact(self.key, phone=phone, first_name=first_name, last_name=last_name, **more)

    async def forwards(self, words: str, *, of: str = "stranger") -> dict[str, Any]:
        """Send on what ``of`` wrote elsewhere."""
        return await self.sandbox.forward(self.key, text=words, of=of)

    async def sends(
        self, data: bytes, kind: str, *, reply_to: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Send a file; ``kind`` is voice, photo, document, audio or video, ``more`` as the sandbox's ``send_file``."""
        return await self.sandbox.send_file(
            self.key, data, kind=kind, reply_to=None if reply_to is None else reply_to["id"], **more
        )

    async def looks_for(self, words: str, *, chat: str | None = None, offset: str = "") -> dict[str, Any]:
        """Type ``@bot words``: what the bot answers, with its ``results``."""
        found = await self.sandbox.inline(self.key, words, chat=chat, offset=offset)
        assert found["answered"], f"{words!r} was never answered"
        return found

    async def chooses(self, result: dict[str, Any], *, chat: str | None = None) -> dict[str, Any]:
        """Pick one of the results: the message it makes."""
        return await self.sandbox.choose(self.key, result, chat=chat)

    async def screen(self) -> list[str]:
        """The texts of the private chat since the test began, oldest first."""
        return [one["text"] for one in await self.sandbox.messages(self.key) if one["seq"] > self._begun]

    async def speaks(self, language: Language) -> None:
        """Change the person's language."""
        assert self._sessions is not None
        async with self._sessions.begin() as session:
            await session.execute(update(staff).where(staff.c.id == self.staff_id).values(language=language))


class Team:
    def __init__(self, sandbox: Sandbox, state: State, clock: FrozenClock, files: Path) -> None:
        self.sandbox = sandbox
        self.files = files
        self.state = state
        self.clock = clock
        self.team_id = 0
        self.people = {user.key: Person(sandbox, user.key, user.id, user.first_name) for user in state.users.values()}
        self.tanvir, self.nusrat = self.people["tanvir"], self.people["nusrat"]
        self.farhana, self.rafiq = self.people["farhana"], self.people["rafiq"]
        self.stranger = self.people["stranger"]
        self.sessions: async_sessionmaker[AsyncSession]

    async def begin(self, sessions: async_sessionmaker[AsyncSession], now: datetime) -> None:
        """A new test: the four are the team, at ``now``."""
        self.sessions = sessions
        self.at(now)
        await self.sandbox.clear_faults()
        await self.sandbox.clear_ledger()
        shutil.rmtree(self.files, ignore_errors=True)
        async with sessions.begin() as session:
            added = insert(teams).values(name="Mirpur").returning(teams.c.id)
            self.team_id = (await session.execute(added)).scalar_one()
            for key, role in ROLES.items():
                await self._join(session, self.people[key], role)
            lead = update(teams).where(teams.c.id == self.team_id).values(lead_id=self.farhana.staff_id)
            await session.execute(lead)
        for person in self.people.values():
            self.state.chat(person.key).blocked = False
            await person.begins()

    async def _join(self, session: AsyncSession, person: Person, role: Role) -> None:
        values = {
            "name": person.name,
            "role": role,
            "team_id": self.team_id,
            "telegram_user_id": person.user_id,
            "language": Language.BN if person.key == "tanvir" else Language.EN,
            "created_at": self.clock.moment - timedelta(days=30),
        }
        staff_id = (await session.execute(insert(staff).values(values).returning(staff.c.id))).scalar_one()
        person.joins(self.sessions, staff_id)
        await session.execute(insert(chats).values(chat_id=person.user_id, type=ChatType.PRIVATE, staff_id=staff_id))

    def at(self, moment: datetime) -> None:
        """Move the business clock, and the dates of messages, to ``moment``."""
        self.clock.moment = moment
        self.state.clock.set(moment + timedelta(seconds=1))

    async def ring(self, job: Job, now: datetime) -> None:
        """The clock rings for a job of each minute at ``now``, and what it says is sent."""
        self.at(now)
        outcomes = await run_pass(self.sessions, job, now)
        assert [(outcome.slot.job, outcome.state) for outcome in outcomes] == [(job.name, RunState.DONE)]
        await self.settled()

    async def polled(self) -> None:
        """Until the bot has stored all that happened so far."""
        queue = self.state.updates.queue(self.state.first_bot.id)
        async with asyncio.timeout(15):
            while queue.pending:  # noqa: ASYNC110 - the stand-in offers no event
                await asyncio.sleep(0.005)

    async def settled(self) -> None:
        """Until everything received is worked off and everything said is sent."""
        async with asyncio.timeout(15), self.sessions() as session:
            while (await session.execute(_UNFINISHED)).scalar_one():
                await session.rollback()
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def running_bot(
    sandbox: Sandbox, database_url: URL | str, clock: Clock, *, routes: Routes = ROUTES, **settings: Any
) -> AsyncIterator[asyncio.Task[None]]:
    """The bot as a task of this process; stops cleanly when left. ``settings`` are ``BotConfig``'s."""
    stop = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        given = {"files": Path(folder), **settings}
        config = BotConfig(token=sandbox.token, database_url=database_url, clock=clock, api_url=sandbox.url, **given)
        running = asyncio.create_task(run_bot(config, stop, routes=routes))
        try:
            yield running
        finally:
            stop.set()
            await running
