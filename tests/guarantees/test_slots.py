"""Two bots and three clocks at once, any of which is killed."""

from benchmarks.guarantees import slots
from benchmarks.guarantees.proof import missed
from benchmarks.stage import Stage


async def test_each_slot_happens_once(on: Stage) -> None:
    assert missed(await slots.prove(on, slots=40)) == []
