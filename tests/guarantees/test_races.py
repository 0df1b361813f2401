"""Two agents at one alert at once."""

from benchmarks.guarantees import races
from benchmarks.guarantees.proof import missed


async def test_one_wins_and_both_are_told_who(database_url: str) -> None:
    assert missed(await races.prove(database_url, races=60)) == []
