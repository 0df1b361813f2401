"""The limits of sending, in simulated time: no window is ever exceeded where the messages arrive."""

import random

import pytest

from bot.limits import CHAT_BURST, Limits


def simulate(
    chats: list[int], *, bulk: bool, latency: float = 0.05, rate: float = 28, look: float = 0.004
) -> list[tuple[float, int]]:
    """Send one message to each of ``chats`` in turn, looking each ``look`` seconds; when each arrived, and where."""
    dice = random.Random(7)
    limits = Limits(per_second=rate, per_chat_second=1, per_group_minute=18)
    waiting, flying, arrived, now = list(chats), [], [], 1000.0
    while waiting or flying:
        for one in [one for one in flying if one[0] <= now]:
            flying.remove(one)
            limits.end(one[1], now)
        silent, calm = limits.resting(now)
        busy = {chat for _, chat in flying}
        room = min(limits.free(now), limits.free_bulk(now)) if bulk else limits.free(now)
        for chat in waiting[:60]:
            if room <= 0:
                break
            if chat in busy or chat in silent or (bulk and chat in calm):
                continue
            waiting.remove(chat)
            busy.add(chat)
            room -= 1
            limits.start(chat, bulk=bulk)
            took = dice.uniform(0.2, 1) * latency
            arrived.append((now + dice.random() * took, chat))
            flying.append((now + took, chat))
        now += look
    return sorted(arrived)


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(1 for other in times[n:] if other < start + seconds) for n, start in enumerate(times))


@pytest.mark.parametrize("bulk", [True, False])
def test_never_more_than_the_rate_within_any_second(bulk: bool) -> None:
    arrived = simulate(list(range(1, 301)), bulk=bulk)
    times = [when for when, _ in arrived]
    assert most_within(times, 1.0) <= 28


def test_five_hundred_digests_keep_to_the_configured_time() -> None:
    arrived = simulate(list(range(1, 501)), bulk=True, latency=0.02)
    assert arrived[-1][0] - arrived[0][0] <= 1.05 * 500 / 28


def test_nor_does_a_busy_machine_that_looks_late_slow_them_down() -> None:
    arrived = simulate(list(range(1, 501)), bulk=True, latency=0.02, look=0.02)
    times = [when for when, _ in arrived]
    assert times[-1] - times[0] <= 1.05 * 500 / 28
    assert most_within(times, 1.0) <= 28


def test_what_nobody_waits_for_comes_once_a_second_to_a_chat() -> None:
    times = [when for when, _ in simulate([1] * 8, bulk=True)]
    assert most_within(times, 1.0) == 1


def test_answers_may_come_in_a_small_burst() -> None:
    times = [when for when, _ in simulate([1] * 12, bulk=False)]
    assert most_within(times, 1.0) > 1
    assert most_within(times, CHAT_BURST) <= CHAT_BURST


def test_a_group_gets_no_more_than_its_minute_allows() -> None:
    times = [when for when, _ in simulate([-1] * 40, bulk=False)]
    assert most_within(times, 60.0) <= 18


def test_bulk_leaves_room_for_an_answer_at_once() -> None:
    limits = Limits(per_second=28, per_chat_second=1, per_group_minute=18)
    now = 1000.0
    for chat in range(limits.free_bulk(now)):
        limits.start(chat, bulk=True)
    assert limits.free_bulk(now) == 0
    assert limits.free(now) > 20


def test_the_wait_is_no_longer_than_needed() -> None:
    limits = Limits(per_second=2, per_chat_second=1, per_group_minute=18)
    for chat in (1, 2):
        limits.start(chat, bulk=False)
        limits.end(chat, 10.0)
    assert limits.free(10.4) == 0
    assert limits.wait(10.4) == pytest.approx(0.6)
    assert limits.free(11.0) == 2


def test_switched_off_they_let_everything_through() -> None:
    limits = Limits(per_second=1, per_chat_second=1, per_group_minute=1, enabled=False)
    for _ in range(50):
        limits.start(1, bulk=True)
        limits.end(1, 10.0)
    assert limits.free(10.0) > 1000
    assert limits.resting(10.0) == ([], [])
