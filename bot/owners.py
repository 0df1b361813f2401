"""Telling the leases of the living from those of the dead: who holds leases holds a lock of that name, too.

A process that was killed loses its locks at once, so what it had in hand need not wait for the lease to run out.
"""

from collections.abc import Iterable

from cdm_core.db.notify import Bells, LeaderLock


class Owners:
    """``me`` is this process's name on leases."""

    def __init__(self, bells: Bells, me: str) -> None:
        self._bells = bells
        self.me = me

    async def live(self) -> bool:
        """Hold our own lock, or take it again after the connection was lost; False while the database is away."""
        return await self._lock(self.me).try_acquire()

    async def leave(self) -> None:
        await self._lock(self.me).release()

    async def dead(self, owners: Iterable[str]) -> list[str]:
        """Those of ``owners`` whose process is gone."""
        return [owner for owner in owners if owner != self.me and await self._is_dead(owner)]

    async def _is_dead(self, owner: str) -> bool:
        lock = self._lock(owner)
        free = await lock.try_acquire()
        await lock.release()
        return free

    def _lock(self, owner: str) -> LeaderLock:
        return self._bells.leader(f"owner:{owner}")
