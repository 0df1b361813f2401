"""The data of one embedded server: made by ``initdb``, owned by the account that serves it."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cdm_core.db import programs
from cdm_core.db.programs import ServerError

PORT = 5432  # names the socket's file; nothing listens on the network
SOCKETS = Path("/tmp")  # short, because a socket's path ends at 103 bytes, and the same for every process
SHARED_DATA = Path("/var/lib/cdm-bot")  # for root, where the service account cannot enter the data folder


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the data lies, whose it is, and the private folder of its socket."""

    path: Path
    owner: int
    group: int
    sockets: Path

    @property
    def url(self) -> str:
        """SQLAlchemy's address, for asyncpg, of the database ``cdm``."""
        return f"postgresql+asyncpg://postgres@/cdm?host={quote(str(self.sockets))}&port={PORT}"

    @property
    def data_version(self) -> str:
        """The major version of PostgreSQL that made the data."""
        return (self.path / "PG_VERSION").read_text().strip()

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the data's owner."""
        return programs.run(self.owner, self.group, program, *arguments)


def find(data_dir: Path) -> Cluster | None:
    """The cluster of ``data_dir`` (resolved), or None where there is none yet."""
    try:
        path = (data_dir / "postgres").resolve(strict=True)
        made = (path / "PG_VERSION").stat()
    except FileNotFoundError:
        return None
    # When the data was made is part of the name: a server whose folder was deleted under it lives on for a
    # minute, and must not be taken for the server of the folder made anew.
    identity = f"{path}:{made.st_ino}:{made.st_mtime_ns}"
    name = f"cdm-pg-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
    return Cluster(path, made.st_uid, made.st_gid, SOCKETS / name)


def create(data_dir: Path) -> Cluster:
    """Make the cluster of ``data_dir`` beside its final place, which it takes only when whole.

    Where the service account cannot enter ``data_dir``, the data lies in ``/var/lib/cdm-bot`` and a link leads
    there. Raises ServerError.
    """
    for left in data_dir.glob("postgres-new-*"):
        shutil.rmtree(left)
    owner, group = programs.account()
    here = owner == os.geteuid() or programs.may_enter(owner, group, data_dir)
    if not here:
        SHARED_DATA.mkdir(parents=True, exist_ok=True, mode=0o711)
    fresh = Path(tempfile.mkdtemp(prefix="postgres-new-", dir=data_dir if here else SHARED_DATA))
    os.chown(fresh, owner, group)
    ran = programs.run(
        owner,
        group,
        "initdb",
        f"--pgdata={fresh}",
        "--username=postgres",
        "--auth-local=trust",  # whoever may enter the socket's folder
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",  # one order and case on every machine, whatever locales it has
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
    )
    if ran.returncode != 0:
        shutil.rmtree(fresh)
        raise ServerError(f"The database could not be made in {data_dir}: {programs.said(ran)}")
    if here:
        fresh.rename(data_dir / "postgres")
    else:
        (data_dir / "postgres").symlink_to(fresh)
    made = find(data_dir)
    assert made is not None
    return made


def check(cluster: Cluster) -> None:
    """Raises ServerError when we cannot serve this data: another user's, or another version's."""
    if os.geteuid() not in (0, cluster.owner):
        raise ServerError(
            f"The database in {cluster.path} belongs to another user (id {cluster.owner}): run CDM as that user."
        )
    theirs, ours = cluster.data_version, programs.major_version()
    if theirs != ours:
        raise ServerError(
            f"The database in {cluster.path} was made by PostgreSQL {theirs}, and {programs.WHEEL} here brings "
            f"{ours}: take a backup with version {theirs} installed and restore it into an empty data folder."
        )


def make_socket_folder(cluster: Cluster) -> None:
    """The folder that only the data's owner may enter, empty; the cluster's server must not be alive.

    A killed server leaves its socket's lock file, which names a pid as ``postmaster.pid`` does and is trusted as
    much. Raises ServerError where somebody else took the folder's name.
    """
    with suppress(FileExistsError):
        cluster.sockets.mkdir(mode=0o700)
        os.chown(cluster.sockets, cluster.owner, cluster.group)
    there = cluster.sockets.lstat()
    if not stat.S_ISDIR(there.st_mode) or there.st_uid != cluster.owner or stat.S_IMODE(there.st_mode) != 0o700:
        raise ServerError(f"{cluster.sockets} is not the private folder of the database: remove it.")
    for left in cluster.sockets.iterdir():
        left.unlink()


def remove(data_dir: Path, cluster: Cluster) -> None:
    """Delete the data, and the link to it where there is one; its server must have stopped."""
    shutil.rmtree(cluster.path)
    (data_dir / "postgres").unlink(missing_ok=True)
    shutil.rmtree(cluster.sockets, ignore_errors=True)
