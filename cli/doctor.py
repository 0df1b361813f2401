"""``cdm doctor``: what is set up, what is not, and what to do about it."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core import backlog, inbox, outbox, summary, thresholds
from cdm_core import staff as people
from cdm_core.clock import Clock
from cdm_core.db import migrate
from cdm_core.db.engine import sessions
from cdm_core.errors import CdmError
from cdm_core.words import InboxState, OutboxState
from cli.config import Config
from cli.console import config, out, run
from cli.database import engine_of
from templates import charts

NO_BENGALI_FONT = "No Bengali font: charts carry English labels; apt install fonts-noto-core"

_SKEW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend`` says what to do; without it all is well."""

    what: str
    mend: str | None = None


def doctor() -> None:
    """Check settings, database, token, time and queue; say what to do. Ends with status 1 if anything is wrong."""

    async def work() -> bool:
        well = True
        async for finding in _examine(config()):
            mark = "[green]✓[/green]" if finding.mend is None else "[red]✗[/red]"
            out.print(f"{mark} {finding.what}" + (f"\n  → {finding.mend}" if finding.mend else ""))
            well = well and finding.mend is None
        return well

    if not run(work()):
        raise typer.Exit(1)


async def _examine(config: Config) -> AsyncIterator[Finding]:
    where = "CDM_DATABASE_URL" if config.database_url else f"embedded, in {config.data_dir}"
    yield Finding(f"settings read; business time {config.timezone}, country {config.country}")
    if config.database_url is None:
        free = shutil.disk_usage(config.data_dir.parent if not config.data_dir.exists() else config.data_dir).free
        low = free < 1 << 30
        yield Finding(
            f"{free >> 30} GiB free for data", "free some disk: the database needs at least 1 GiB" if low else None
        )
    font = charts.bengali_font()
    yield Finding(f"charts are lettered in {font}" if font else NO_BENGALI_FONT)
    async with engine_of(config, purpose="doctor") as engine:
        async for finding in _database(engine, where, config):
            yield finding
    async for finding in _telegram(config):
        yield finding


async def _database(engine: AsyncEngine, where: str, config: Config) -> AsyncIterator[Finding]:
    async with engine.connect() as connection:
        version = (await connection.execute(text("SHOW server_version_num"))).scalar_one()
    old = int(version) < 150000
    yield Finding(
        f"PostgreSQL {int(version) // 10000} answers ({where})", "PostgreSQL 15 or newer is needed" if old else None
    )
    schema = await migrate.status(engine)
    if schema.pending:
        told = f"the schema is at {schema.current}" if schema.current else "the database has no schema yet"
        yield Finding(told, "run `cdm db upgrade`")
        return
    yield Finding(f"the schema is of this version ({schema.head})")
    async with sessions(engine)() as session:
        try:
            limits = await thresholds.load(session)
        except CdmError as error:
            yield Finding(f"the setting {error.facts['key']} cannot be read", "change it in the table `settings`")
            return
        agree = limits.zone.key == config.timezone
        yield Finding(
            f"the database's business zone is {limits.zone.key}",
            None
            if agree
            else "it differs from CDM_TIMEZONE: run `cdm db upgrade` to take that over, or change the setting",
        )
        everybody = len(await people.active(session))
        coming, going = await inbox.counts(session), await outbox.counts(session)
        stale = await summary.stale(session)
    yield Finding(
        f"{everybody} {'person' if everybody == 1 else 'people'}",
        None if everybody else "invite the first: `cdm staff invite --role admin`",
    )
    queued = backlog.number(going, OutboxState.QUEUED)
    yield Finding(f"{queued} messages queued, {stale} customers waiting for a refresh")
    quarantined = backlog.number(coming, InboxState.QUARANTINED)
    trouble = backlog.number(going, OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.EXPIRED)
    if quarantined or trouble:
        yield Finding(
            f"{quarantined} updates quarantined, {trouble} messages failed, unknown or expired",
            "see the `error` columns of inbox and outbox, and the log of `cdm bot`",
        )


async def _telegram(config: Config) -> AsyncIterator[Finding]:
    if config.telegram_token is None:
        yield Finding("no CDM_TELEGRAM_TOKEN", "get one from @BotFather and set it; `make demo` works without")
        return
    url = f"{config.telegram_api_url.rstrip('/')}/bot{config.telegram_token.get_secret_value()}/getMe"
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.get(url)
    except httpx.HTTPError as error:
        yield Finding(
            f"Telegram cannot be reached ({type(error).__name__})", f"check the way to {config.telegram_api_url}"
        )
        return
    if answer.status_code != httpx.codes.OK:
        yield Finding(f"Telegram refuses the token ({answer.status_code})", "check CDM_TELEGRAM_TOKEN with @BotFather")
        return
    me = answer.json()["result"]
    yield Finding(f"the bot is @{me['username']}")
    if not me.get("supports_inline_queries"):
        yield Finding(f"@{me['username']} rahim finds nobody", "switch inline mode on: /setinline with @BotFather")
    if "date" in answer.headers:
        skew = abs((Clock.real_now() - _moment(answer.headers["date"])).total_seconds())
        yield Finding(
            f"this machine's clock is {skew:.0f} s off Telegram's",
            None if skew < _SKEW_SECONDS else "set the clock (NTP): follow-ups and digests depend on it",
        )


def _moment(header: str) -> datetime:
    return parsedate_to_datetime(header).astimezone(UTC)
