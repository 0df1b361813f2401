"""A PostgreSQL server of our own, in a folder, for those who have none.

It listens on a Unix socket only, in a folder that nobody but its owner may enter. Processes that use it hold a
shared file lock, which the kernel drops however they die: the last one to leave stops the server, and one that
outlived its users is found running and used again.
"""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from cdm_core.db import cluster as clusters
from cdm_core.db.cluster import PORT, Cluster
from cdm_core.db.programs import ServerError, said

if sys.platform != "win32":
    import fcntl

__all__ = ["SETTINGS", "Server", "ServerError", "Status", "remove", "start", "status"]

STARTING_SECONDS = 600.0  # a crash recovery may replay much before it answers
STOPPING_SECONDS = 60

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    # Logs are kept a week and hold no personal data: neither failed statements nor the rows in their way.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(slots=True)
class Server:
    """A running server and this process's share in it; leaving the ``with`` block, or ``close``, returns it.

    ``url`` is SQLAlchemy's, for asyncpg, of the database ``cdm``; ``started`` says that this call started it.
    """

    url: str
    data_dir: Path
    started: bool
    _share: int | None = field(repr=False)

    def close(self) -> bool:
        """Return the share, and stop the server if it was the last one. True when it was stopped."""
        if self._share is None:
            return False
        share, self._share = self._share, None
        try:
            with _turn(self.data_dir):
                cluster = clusters.find(self.data_dir)
                if cluster is None or not _locked(share, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    return False
                _stop(cluster, "fast")
                return True
        finally:
            os.close(share)

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Status:
    """``running`` as found by connecting; ``url`` and the data's ``version`` are None where there is no data."""

    running: bool
    url: str | None
    version: str | None


def start(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> Server:
    """The server over ``data_dir/postgres``: made if it is not there, started if it does not answer.

    Blocks until it accepts connections; a recovery may take minutes. ``settings`` go over the defaults and count
    only when this call starts it. Raises ServerError.
    """
    if sys.platform == "win32":
        raise ServerError("There is no embedded PostgreSQL for Windows: set CDM_DATABASE_URL to a server of yours.")
    data_dir = data_dir.resolve()
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)  # root's service account passes through
    with _turn(data_dir):
        share = _open(data_dir / "postgres.users")
        try:
            _locked(share, fcntl.LOCK_SH)
            cluster = clusters.find(data_dir) or clusters.create(data_dir)
            clusters.check(cluster)
            started = _ensure_running(cluster, {**SETTINGS, **(settings or {})})
            _ensure_database(cluster)
        except BaseException:
            os.close(share)
            raise
    return Server(cluster.url, data_dir, started, share)


def status(data_dir: Path) -> Status:
    """How the server of ``data_dir`` stands; changes nothing."""
    cluster = clusters.find(data_dir.resolve())
    if cluster is None:
        return Status(running=False, url=None, version=None)
    return Status(running=_answers(cluster), url=cluster.url, version=cluster.data_version)


def remove(data_dir: Path) -> None:
    """Delete the server's data for good. Raises ServerError while any process uses it."""
    data_dir = data_dir.resolve()
    if clusters.find(data_dir) is None:
        return
    with _turn(data_dir):
        share = _open(data_dir / "postgres.users")
        try:
            if not _locked(share, fcntl.LOCK_EX | fcntl.LOCK_NB):
                raise ServerError(f"The database in {data_dir} is in use: stop what uses it first.")
            if cluster := clusters.find(data_dir):
                _stop(cluster, "immediate")
                clusters.remove(data_dir, cluster)
        finally:
            os.close(share)


@contextmanager
def _turn(data_dir: Path) -> Iterator[None]:
    """One process at a time makes, starts or stops the server of ``data_dir``."""
    turn = _open(data_dir / "postgres.lock")
    try:
        _locked(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation)
    except BlockingIOError:
        return False
    return True


def _answers(cluster: Cluster) -> bool:
    """Whether the server accepts connections, found out by making one."""
    asked = cluster.run("pg_isready", "-q", "-t", "5", "-h", str(cluster.sockets), "-p", str(PORT))
    return asked.returncode == 0


def _ensure_running(cluster: Cluster, settings: Mapping[str, str]) -> bool:
    """True when this call started the server."""
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        if _answers(cluster):
            return False
        if not _postmaster_lives(cluster):
            clusters.make_socket_folder(cluster)
            ran = _pg_ctl_start(cluster, settings)
            if ran.returncode == 0:
                return True
            # After a kill -9 a child of the old server may finish its statement before it notices.
            if "shared memory block" not in _log_end(cluster):
                raise ServerError(f"PostgreSQL does not start in {cluster.path}: {said(ran)}\n{_log_end(cluster)}")
        time.sleep(0.1)
    raise ServerError(f"PostgreSQL in {cluster.path} was not ready in {STARTING_SECONDS:.0f} s.")


def _pg_ctl_start(cluster: Cluster, settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    log = cluster.path / "start.log"
    log.unlink(missing_ok=True)
    options = {**settings, "unix_socket_directories": str(cluster.sockets)}
    return cluster.run(
        "pg_ctl",
        "start",
        "--silent",
        "--wait",
        f"--timeout={STARTING_SECONDS:.0f}",
        f"--pgdata={cluster.path}",
        f"--log={log}",
        f"--options={' '.join(shlex.quote(f'--{name}={value}') for name, value in options.items())}",
    )


def _postmaster_lives(cluster: Cluster) -> bool:
    """Whether the process that ``postmaster.pid`` names is this cluster's server.

    The file outlives a kill -9 or a container, and its number may by now be any process of ours, or a zombie,
    which would keep PostgreSQL from starting for ever; such a file is removed. PostgreSQL itself still refuses
    to start while a child of the old server is attached to its shared memory.
    """
    file = cluster.path / "postmaster.pid"
    try:
        pid = int(file.read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        lives = False
    else:
        lives = _serves(pid, cluster.path)
    if not lives:
        file.unlink(missing_ok=True)
    return lives


def _serves(pid: int, path: Path) -> bool:
    if Path("/proc/self/cwd").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == path
        except OSError:  # a zombie, or gone meanwhile
            return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in shown.stdout and str(path) in shown.stdout


def _stop(cluster: Cluster, mode: str) -> None:
    if not _postmaster_lives(cluster):
        return
    ran = cluster.run(
        "pg_ctl",
        "stop",
        "--silent",
        "--wait",
        f"--timeout={STOPPING_SECONDS}",
        f"--mode={mode}",
        f"--pgdata={cluster.path}",
    )
    if ran.returncode != 0 and _postmaster_lives(cluster):
        raise ServerError(f"PostgreSQL in {cluster.path} does not stop: {said(ran)}")
    with suppress(OSError):  # after a kill -9 its socket is still in there
        cluster.sockets.rmdir()


def _ensure_database(cluster: Cluster) -> None:
    where = ("-h", str(cluster.sockets), "-p", str(PORT), "-U", "postgres")
    asked = cluster.run("psql", *where, "-XAtc", "SELECT 1 FROM pg_database WHERE datname = 'cdm'", "postgres")
    if asked.returncode == 0 and not asked.stdout:
        asked = cluster.run("createdb", *where, "cdm")
    if asked.returncode != 0:
        raise ServerError(f"The database cdm could not be made: {said(asked)}")


def _log_end(cluster: Cluster) -> str:
    try:
        return (cluster.path / "start.log").read_text(errors="replace")[-1500:].strip()
    except FileNotFoundError:
        return ""
