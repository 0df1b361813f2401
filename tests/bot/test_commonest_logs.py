"""The five commonest logs, in the fewest taps and letters: what docs/logging.md promises, from an open card."""

import pytest

from tests.bot.people import Person
from tests.bot.shop import Shop

Facts = tuple[str | None, str | None, list[str]]
LOGS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Facts]] = {
    "no answer": (("📵",), ("dhoreni", "ধরেনি"), ("no_answer", None, [])),
    "talked, call again": ((), ("kotha hoise kal 6tay", "কথা হইছে, কাল ৬টায়"), ("connected", None, ["23 18:00"])),
    "order confirmed": (("✅",), ("confirm", "কনফার্ম"), ("order_confirmed", None, [])),
    "not interested, price": (
        ("🙅", "Price"),
        ("nibe na dam beshi", "নেবে না, দাম বেশি"),
        ("not_interested", "price", []),
    ),
    "later": (("⏰", "+2 h"), ("2 ghonta por call", "২ ঘণ্টা পর কল"), (None, None, ["22 13:10"])),
}
"""By what happened: the taps, the words, and outcome (None: whichever), reason and promise."""


async def facts(shop: Shop) -> Facts:
    [(outcome, reason, _, _)] = await shop.logged(shop.rahim)
    return outcome, reason, await shop.promised(shop.rahim)


@pytest.mark.parametrize("what", [what for what, (taps, _, _) in LOGS.items() if taps])
async def test_by_taps(shop: Shop, nusrat: Person, what: str) -> None:
    taps, _, expected = LOGS[what]
    await shop.pending_order(shop.rahim, 2450)
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    for label in taps:
        await nusrat.press(label)
        await shop.team.settled()
    outcome, *rest = await facts(shop)
    assert expected[0] in (None, outcome)
    assert rest == [*expected[1:]]


@pytest.mark.parametrize(("what", "words"), [(what, words) for what, (_, texts, _) in LOGS.items() for words in texts])
async def test_by_words(shop: Shop, nusrat: Person, what: str, words: str) -> None:
    await shop.pending_order(shop.rahim, 2450)
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say(words)
    await nusrat.sees("Rahim Uddin", "📵" if what == "no answer" else "saved")
    expected = LOGS[what][2]
    outcome, *rest = await facts(shop)
    assert expected[0] in (None, outcome)
    assert rest == [*expected[1:]]
