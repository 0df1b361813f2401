"""Every command an operator types: what it says, what it does, how it ends."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox
from cdm_core import at_work, thresholds
from cdm_core.db.engine import connect_arguments
from cdm_core.schedule import JobName, Slot
from cli.jobs_commands import COMMANDS as JOBS_COMMANDS
from cli.main import COMMANDS
from tests import factories
from tests.cli.conftest import Cdm, Process
from tests.databases import ZONE

DIGEST = ("jobs", "run", "morning-digest", "--at", "2026-11-22T09:00:00+06:00")
CUSTOMERS = "Ref,Name,Mobile\nc1,Rahim Uddin,01712345678\nc2,Karim Mia,nonsense\nc3,Sumaiya Akter,01812349077\n"


@pytest.fixture
async def empty(
    server_url: URL, migrated_url: URL, environment: pytest.MonkeyPatch
) -> AsyncIterator[asyncpg.Connection]:
    """The settings name a database that holds nothing; a connection to it."""
    url = server_url.set(database=f"{migrated_url.database}_empty")
    admin = await asyncpg.connect(**connect_arguments(server_url))
    await admin.execute(f'CREATE DATABASE "{url.database}"')
    environment.setenv("CDM_DATABASE_URL", url.render_as_string(hide_password=False))
    connection = await asyncpg.connect(**connect_arguments(url))
    yield connection
    await connection.close()
    await admin.execute(f'DROP DATABASE "{url.database}" WITH (FORCE)')
    await admin.close()


@pytest.fixture
async def telegram(environment: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """The settings name a bot that exists."""
    async with running_sandbox() as sandbox:
        environment.setenv("CDM_TELEGRAM_API_URL", sandbox.url)
        environment.setenv("CDM_TELEGRAM_TOKEN", sandbox.token)
        yield sandbox


async def count(session: AsyncSession, what: str) -> Any:
    await session.rollback()
    return (await session.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one()


def words(told: str) -> str:
    """The words of a help page, without its frames and line ends."""
    return re.sub(r"[\s│]+", " ", told)


async def test_help_names_every_command_as_it_names_itself(cdm: Cdm) -> None:
    told = await cdm("--help")
    for name, command in COMMANDS.items():
        assert re.search(rf"^\W+{name} ", told, re.MULTILINE), name
        assert command.help in words(told)
        assert f" cdm {name} " in words(own := await cdm(name, "--help"))
        assert command.help in words(own), name


async def test_help_names_every_jobs_command_as_it_names_itself(cdm: Cdm) -> None:
    told = words(await cdm("jobs", "--help"))
    assert " list The jobs, when they are due next" in told
    for name, command in JOBS_COMMANDS.items():
        assert f" {name} {command.help}" in told
        assert command.help in words(await cdm("jobs", name, "--help"))


async def test_a_mistyped_command_is_told_of_the_like(cdm: Cdm) -> None:
    assert "No such command 'nite'. Did you mean 'note'?" in await cdm("nite", status=2)


async def test_version(cdm: Cdm) -> None:
    assert re.fullmatch(r"cdm \d+\.\d+\.\d+\n", await cdm("--version"))


HEAVY = {"alembic", "apscheduler", "fastapi", "holidays", "matplotlib", "numpy", "openpyxl", "starlette", "telegram"}
DATABASE = {"asyncpg", "sqlalchemy"}


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], HEAVY | DATABASE),
        (["--version"], HEAVY | DATABASE),
        (["note", "no answer"], HEAVY | DATABASE),
        (["jobs", "list"], HEAVY - {"holidays"}),
    ],
    ids=["help", "version", "note", "jobs list"],
)
async def test_commands_import_what_they_need_alone(
    environment: pytest.MonkeyPatch, arguments: list[str], spared: set[str]
) -> None:
    program = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from cli.main import app; app()"
    ended = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, wrong = await ended.communicate()
    assert ended.returncode == 0, wrong.decode()
    assert not spared & set(told.decode().splitlines()[-1].split())


async def test_upgrade_fills_an_empty_database_once(cdm: Cdm, empty: asyncpg.Connection) -> None:
    behind = await cdm("db", "status", status=1)
    assert "current (empty)" in behind
    assert "run `cdm db upgrade`" in behind
    assert "from empty to" in await cdm("db", "upgrade")
    assert "already at" in await cdm("db", "upgrade")
    assert "pending" not in await cdm("db", "status")
    assert await empty.fetchval("SELECT count(*) FROM customers") == 0


async def test_upgrade_keeps_off_tables_of_other_software(cdm: Cdm, empty: asyncpg.Connection) -> None:
    await empty.execute("CREATE TABLE customers (id int)")
    told = await cdm("db", "upgrade", status=1)
    assert "tables named customers, made by other software" in told
    assert await empty.fetchval("SELECT count(*) FROM pg_class WHERE relname = 'staff'") == 0


@pytest.mark.parametrize("command", ["refresh", "staff list", "jobs list", "import customers {file}"])
async def test_a_database_that_is_behind_is_told(
    cdm: Cdm, empty: asyncpg.Connection, command: str, tmp_path: Path
) -> None:
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    told = await cdm(*command.format(file="customers.csv").split(), status=1)
    assert "run `cdm db upgrade` first" in told


async def test_the_schema_is_printed_for_psql(cdm: Cdm) -> None:
    assert "CREATE TABLE customers" in await cdm("db", "sql")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CDM_DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x", "cannot be reached"),
        ("CDM_DATABASE_URL", "nonsense", "CDM_DATABASE_URL is no address"),
        ("CDM_TIMEZONE", "Mars", "CDM_TIMEZONE: 'Mars' is no time zone; try Asia/Dhaka"),
        ("CDM_COUNTRY", "bangladesh", "CDM_COUNTRY: "),
    ],
)
async def test_a_wrong_setting_is_told_in_words(
    cdm: Cdm, environment: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    environment.setenv(name, value)
    assert told in await cdm("staff", "list", status=1)


async def test_staff_are_invited_listed_and_revoked(cdm: Cdm, session: AsyncSession) -> None:
    invited = await cdm("staff", "invite", "--role", "manager", "--name", "Farhana", "--team", "Mirpur")
    assert re.search(r"^/start \S{8,}$", invited, re.MULTILINE)
    await factories.staff(session, name="Nusrat", role="agent")
    await session.commit()
    assert "Nusrat" in await cdm("staff", "list")
    assert "Nusrat has no access any more" in await cdm("staff", "revoke", "Nusrat")
    assert "Nusrat" not in await cdm("staff", "list")
    assert "Nobody of that name or id works here" in await cdm("staff", "revoke", "Nusrat", status=1)
    assert await count(session, "audit_log WHERE action IN ('invite', 'revoke')") == 2


async def test_an_invitation_is_a_link_where_the_bot_is_known(cdm: Cdm, telegram: Sandbox) -> None:
    told = await cdm("staff", "invite", "--role", "agent", "--valid", "7d")
    assert re.fullmatch(r"https://t\.me/cdm_demo_bot\?start=\S{8,}", told.strip())


async def test_an_invitation_of_a_wrong_span_is_refused(cdm: Cdm, session: AsyncSession) -> None:
    assert "between 1 minute and 30 days" in await cdm("staff", "invite", "--role", "agent", "--valid", "90d", status=1)
    assert "30m, 24h or 7d" in await cdm("staff", "invite", "--role", "agent", "--valid", "soon", status=2)
    assert "boss" in await cdm("staff", "invite", "--role", "boss", status=2)
    assert await count(session, "invites") == 0


async def test_the_morning_digest_run_twice_sends_once(cdm: Cdm, session: AsyncSession, now: datetime) -> None:
    nusrat = await factories.staff(session, name="Nusrat")
    customer = await factories.customer(session, owner_id=nusrat, birth_month=now.month, birth_day=now.day)
    await factories.settle(session, customer)
    assert "never" in await cdm("jobs", "list")
    assert "2026-11-22: done" in await cdm(*DIGEST)
    again = await cdm(*DIGEST)
    assert "was run before" in again
    assert "not again" in again
    assert await count(session, "outbox WHERE kind = 'digest'") == 1
    assert "done" in await cdm("jobs", "list")


async def test_the_jobs_are_listed_in_a_line_each(cdm: Cdm, session: AsyncSession) -> None:
    await cdm("jobs", "run", "stale-refresh")
    told = await cdm("jobs", "list")
    lines = [line.rstrip() for line in told.strip().splitlines()]
    assert len(lines) == 1 + len(JobName)
    assert max(map(len, lines)) <= 80
    assert re.search(r"^stale-refresh +each minute +\S.* +done in \d+\.\d\d s$", told, re.MULTILINE)


async def test_what_is_being_done_is_listed_as_running(cdm: Cdm, session: AsyncSession, now: datetime) -> None:
    await cdm("jobs", "run", "nightly")
    await session.rollback()
    assert await at_work.slot(session, Slot(JobName.NIGHTLY, "models", now.date(), now, now))
    told = await cdm("jobs", "list")
    assert re.search(r"^nightly .* running since then$", told, re.MULTILINE)
    assert max(len(line.rstrip()) for line in told.splitlines()) <= 80
    await session.rollback()
    assert "running" not in await cdm("jobs", "list")


async def test_a_job_run_as_of_a_day_to_come_leaves_that_day_alone(cdm: Cdm, session: AsyncSession) -> None:
    person = await factories.staff(session, name="Nusrat")
    await session.commit()
    ahead = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=5)
    said = await cdm("jobs", "run", "morning-digest", "--staff", str(person), "--at", ahead.isoformat())
    assert f"morning-digest {person} beside the plan, {ahead.date()}: done" in said
    assert await count(session, f"schedule_runs WHERE key = '{person}'") == 0


async def test_jobs_that_cannot_be_run_are_told(cdm: Cdm, session: AsyncSession) -> None:
    assert "Nobody works on that day" in await cdm(*DIGEST)
    assert "Nobody of that name or id" in await cdm(*DIGEST, "--staff", "99", status=1)
    assert "write it like 2026-11-22T09:00:00+06:00" in await cdm(*DIGEST[:-1], "yesterday", status=2)
    assert "tea" in await cdm("jobs", "run", "tea", status=2)
    assert await count(session, "outbox") == 0


async def test_a_file_is_looked_at_imported_and_found_unchanged(
    cdm: Cdm, session: AsyncSession, tmp_path: Path
) -> None:
    (tmp_path / "shop.csv").write_text(CUSTOMERS)
    assert "customers: customer_id*, customer_since, name," in await cdm("import", "--help")
    lacking = await cdm("import", "customers", "shop.csv", status=1)
    assert "lacks a column for: customer_id" in lacking
    assert "--map" in lacking
    command = ("import", "customers", "shop.csv", "--map", "Ref=customer_id")
    looked = await cdm(*command, "--dry-run")
    assert "2 would be created" in looked
    assert "line 3, column Mobile: 'nonsense': no phone number" in looked
    assert await count(session, "customers") == 0
    brought = await cdm(*command, "--errors", "left.csv")
    assert "3 rows in" in brought
    assert "2 created" in brought
    assert "All of them are in left.csv" in brought
    assert "Karim Mia" in (tmp_path / "left.csv").read_text()
    assert "0 created, 0 changed, 2 as before" in await cdm(*command)
    assert await count(session, "customers") == 2
    assert "2 customers summed up" in await cdm("refresh")


async def test_days_that_nobody_can_read_are_told(cdm: Cdm, session: AsyncSession, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("Customer ID,Created [at],Name\n1,1716123456,Rahim\n2,-,Karim\n")
    for dry in ([], ["--dry-run"]):
        told = await cdm("import", "customers", "shop.csv", *dry)
        assert "2 accepted" in told
        assert "left out:" not in told
        seen = " ".join(told.split())
        assert "! Created [at]: 2 cannot be read and stay unknown, the first in line 2: '1716123456'" in seen
    assert await count(session, "customers WHERE came_unknown") == 2


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("customers", "gone.csv"), 2, "does not exist"),
        (("weather", "shop.csv"), 2, "weather"),
        (("customers", "shop.csv", "--map", "Ref"), 2, "COLUMN=FIELD"),
        (("customers", "shop.csv", "--map", "Ref=shoe_size"), 1, "'shoe_size' is no field of this kind of file"),
        (("customers", "shop.csv", "--map", "Number=customer_id"), 1, "no column 'Number'"),
        (("customers", "broken.xlsx"), 1, "broken.xlsx cannot be read"),
    ],
)
async def test_an_import_that_cannot_be_is_refused_in_words(
    cdm: Cdm, tmp_path: Path, arguments: tuple[str, ...], status: int, told: str
) -> None:
    (tmp_path / "shop.csv").write_text(CUSTOMERS)
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    assert told in await cdm("import", *arguments, status=status)


async def test_a_note_is_read_outside_the_chat(cdm: Cdm) -> None:
    told = await cdm("note", "kal 5 tay call dite bolse", "--now", "2026-11-22T11:10:00+06:00", "--json")
    assert "2026-11-23T17:00" in json.dumps(json.loads(told))
    assert "--now wants an ISO time" in await cdm("note", "kotha hoise", "--now", "noon", status=1)


async def test_the_doctor_tells_what_to_do(cdm: Cdm) -> None:
    told = await cdm("doctor", status=1)
    assert "the schema is of this version" in told
    assert "invite the first: `cdm staff invite --role admin`" in told
    assert "no CDM_TELEGRAM_TOKEN" in told


async def test_the_doctor_finds_a_database_that_is_behind(cdm: Cdm, empty: asyncpg.Connection) -> None:
    assert "→ run `cdm db upgrade`" in await cdm("doctor", status=1)


async def test_the_doctor_is_content_where_all_is_well(cdm: Cdm, session: AsyncSession, telegram: Sandbox) -> None:
    await factories.staff(session)
    await session.commit()
    told = await cdm("doctor")
    assert "the bot is @cdm_demo_bot" in told
    assert "charts are lettered in" in told or "charts carry English labels" in told
    assert "✗" not in told


async def test_the_doctor_tells_of_a_token_that_is_refused(
    cdm: Cdm, telegram: Sandbox, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("CDM_TELEGRAM_TOKEN", "1:wrong")
    assert "Telegram refuses the token" in await cdm("doctor", status=1)


async def test_processes_refuse_the_demos_database(process: Process, session: AsyncSession, now: datetime) -> None:
    await thresholds.change(session, "demo", "true", now=now, staff_id=None)
    await session.commit()
    async with process("jobs", "start") as started:
        told = (await started.communicate())[0].decode()
    assert started.returncode == 1
    assert "This database is the demo's" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", ["run", "bot"])
async def test_the_bot_does_not_start_without_a_token(process: Process, command: str) -> None:
    async with process(command) as started:
        told = (await started.communicate())[0].decode()
    assert started.returncode == 1
    assert "CDM_TELEGRAM_TOKEN is not set" in told
    assert "cdm demo" in told


async def test_the_stand_in_runs_until_it_is_told_to_end(process: Process) -> None:
    async with process("sandbox", "--port", "0") as started:
        assert started.stdout is not None
        told = (await started.stdout.readuntil(b"CDM_TELEGRAM_TOKEN=")).decode()
        assert re.search(r"chat page +http://127\.0\.0\.1:\d+", told)
        started.send_signal(signal.SIGTERM)
        await started.communicate()
    assert started.returncode == 0
