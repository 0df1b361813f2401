"""The bot dies again and again: nothing is lost, and nothing comes twice without a reason that is written down."""

from benchmarks.guarantees import kills
from benchmarks.guarantees.proof import missed
from benchmarks.stage import Stage


async def test_what_was_said_is_done_once_and_answered(on: Stage) -> None:
    assert missed(await kills.commands(on, kills=2, people=20, rate=10)) == []


async def test_a_digest_gets_to_everybody(on: Stage) -> None:
    assert missed(await kills.digests(on, kills=5, chats=60)) == []


async def test_with_the_policy_to_hold_nothing_comes_twice_and_each_unknown_is_seen(on: Stage) -> None:
    assert missed(await kills.digests(on, kills=5, chats=60, hold=True)) == []
