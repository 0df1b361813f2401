"""A digest to many chats keeps to the limits and delays no answer; how long it takes is measured elsewhere."""

from benchmarks.guarantees import crowd
from benchmarks.guarantees.proof import missed
from benchmarks.stage import Stage


async def test_no_limit_is_exceeded_and_answers_overtake(on: Stage) -> None:
    figures = await crowd.prove(on, chats=200, rate=20)
    assert [figure for figure in missed(figures) if not figure.measured.endswith(" s")] == []
