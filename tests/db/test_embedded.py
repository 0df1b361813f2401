"""The embedded server: its life, and what it survives."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from cdm_core.db import embedded, programs
from cdm_core.db.engine import connect_arguments
from tests.databases import FAST

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no embedded server for Windows")

STARTER = """
import sys
from pathlib import Path
from cdm_core.db import embedded
from tests.databases import FAST
server = embedded.start(Path(sys.argv[1]), settings=FAST)
print(server.started, flush=True)
sys.stdin.readline()
print(server.close(), flush=True)
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder that has a cluster, under a path that is long and has spaces."""
    base = Path(tempfile.mkdtemp(prefix="cdm test ")).resolve()
    base.chmod(0o711)
    folder = base / ("a data folder " + "of a long name " * 8).strip() / "সংরক্ষণ"
    folder.mkdir(parents=True, mode=0o711)
    embedded.start(folder, settings=FAST).close()
    yield folder
    embedded.remove(folder)
    shutil.rmtree(base)


@pytest.fixture
def data_dir(made: Path) -> Iterator[Path]:
    yield made
    embedded.start(made, settings=FAST).close()
    assert not embedded.status(made).running


async def _ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def _postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


@contextmanager
def _starter(data_dir: Path) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-c", STARTER, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def _says(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def test_last_user_stops_the_server_and_the_data_stays(data_dir: Path) -> None:
    first = embedded.start(data_dir, settings=FAST)
    second = embedded.start(data_dir)
    assert (first.started, second.started, first.url) == (True, False, second.url)
    await _ask(first.url, "CREATE TABLE kept AS SELECT 'রহিম' AS name")

    assert not first.close()
    assert embedded.status(data_dir).running
    assert second.close()
    assert not second.close(), "a second close does nothing"
    assert not embedded.status(data_dir).running

    with embedded.start(data_dir, settings=FAST) as again:
        assert again.url == first.url, "connections of others find it again"
        assert await _ask(again.url, "SELECT name FROM kept") == "রহিম"
        await _ask(again.url, "DROP TABLE kept")


async def test_server_speaks_utf8_and_no_network(data_dir: Path) -> None:
    with embedded.start(data_dir, settings=FAST) as server:
        assert await _ask(server.url, "SHOW server_encoding") == "UTF8"
        assert await _ask(server.url, "SHOW listen_addresses") == ""
        assert await _ask(server.url, "SELECT upper('é') || 'রহিম'") == "Éরহিম"


def test_the_socket_is_private_and_its_path_short(data_dir: Path) -> None:
    with embedded.start(data_dir, settings=FAST) as server:
        sockets = Path(str(make_url(server.url).query["host"]))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert len(os.fsencode(sockets / ".s.PGSQL.5432")) < 100


async def test_killed_postmaster_is_started_again(data_dir: Path) -> None:
    with embedded.start(data_dir, settings={**FAST, "synchronous_commit": "on"}) as server:
        await _ask(server.url, "CREATE TABLE survivor AS SELECT 42 AS answer")
        busy = asyncio.create_task(_ask(server.url, "SELECT pg_sleep(30)"))
        os.kill(_postmaster(data_dir), signal.SIGKILL)
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await busy
        with embedded.start(data_dir, settings=FAST) as again:
            assert (again.started, again.url) == (True, server.url)
            assert await _ask(again.url, "SELECT answer FROM survivor") == 42


def test_server_that_outlived_its_user_is_used_again_and_then_stopped(data_dir: Path) -> None:
    with _starter(data_dir) as user:
        assert _says(user) == "True"
    pid = _postmaster(data_dir)

    with embedded.start(data_dir) as server:
        assert not server.started
        assert _postmaster(data_dir) == pid
    assert not embedded.status(data_dir).running


@pytest.mark.parametrize("pid", ["living", "zombie", "none"])
def test_stale_pid_files_do_not_keep_it_from_starting(data_dir: Path, pid: str) -> None:
    zombie = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    number = {"living": os.getppid(), "zombie": zombie.pid, "none": 2**22 + 1}[pid]
    data = data_dir / "postgres"
    owner = data.stat()
    sockets = Path(str(make_url(str(embedded.status(data_dir).url)).query["host"]))
    sockets.mkdir(mode=0o700)
    os.chown(sockets, owner.st_uid, owner.st_gid)
    for file in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        file.write_text(f"{number}\n{data}\n1763800000\n5432\n{sockets}\n\n  0  0\nready\n")
        os.chown(file, owner.st_uid, owner.st_gid)
    try:
        with embedded.start(data_dir, settings=FAST) as server:
            assert server.started
            assert embedded.status(data_dir).running
    finally:
        zombie.wait()


def test_of_two_who_start_at_once_one_makes_it_and_both_use_it() -> None:
    base = Path(tempfile.mkdtemp(prefix="cdm two "))
    base.chmod(0o711)
    folder = base / "data"
    try:
        with _starter(folder) as one, _starter(folder) as two:
            assert sorted([_says(one), _says(two)]) == ["False", "True"]
            assert [starter.communicate("\n")[0] for starter in (one, two)] == ["False\n", "True\n"]
        assert not embedded.status(folder).running
        embedded.remove(folder)
    finally:
        shutil.rmtree(base)


def test_data_in_use_is_not_removed(data_dir: Path) -> None:
    with embedded.start(data_dir, settings=FAST):
        with pytest.raises(embedded.ServerError, match="in use"):
            embedded.remove(data_dir)
        assert embedded.status(data_dir).running


def test_data_of_another_version_is_left_alone_with_advice(data_dir: Path) -> None:
    file = data_dir / "postgres" / "PG_VERSION"
    before, times = file.read_bytes(), file.stat()
    file.write_text("17\n")
    try:
        with pytest.raises(embedded.ServerError, match="made by PostgreSQL 17"):
            embedded.start(data_dir)
    finally:
        file.write_bytes(before)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_setting_that_postgresql_refuses_is_told(data_dir: Path) -> None:
    with pytest.raises(embedded.ServerError, match="max_connections"):
        embedded.start(data_dir, settings={"max_connections": "many"})


def test_where_there_is_no_data_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert embedded.status(tmp_path) == embedded.Status(running=False, url=None, version=None)
    embedded.remove(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="others serve their own data")
def test_root_may_keep_data_where_the_service_account_cannot_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with embedded.start(tmp_path / "data", settings=FAST):
        assert embedded.status(tmp_path / "data").running
        kept = (tmp_path / "data" / "postgres").resolve()
        assert kept.stat().st_uid == programs.account()[0] != 0
    embedded.remove(tmp_path / "data")
    assert not kept.exists()
    assert not (tmp_path / "data" / "postgres").is_symlink()
