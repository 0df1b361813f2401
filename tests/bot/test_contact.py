"""Shared contacts, and the name that stands beside a new number."""

import pytest

from tests.bot.people import Person, Team
from tests.bot.shop import Shop


def vcard(*phones: str) -> str:
    return "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Rahim\r\n" + "".join(f"{phone}\r\n" for phone in phones) + "END:VCARD\r\n"


@pytest.mark.parametrize(
    "phone", ["8801712345678", "+880 1712-345678", "01712345678", "০১৭১২৩৪৫৬৭৮", "+88 (017) 12 345678"]
)
async def test_a_phone_is_found_however_it_is_written(shop: Shop, nusrat: Person, phone: str) -> None:
    await nusrat.shares(phone, "Somebody")
    await nusrat.sees("Rahim Uddin", "+880 1712-345678")


@pytest.mark.parametrize(
    "line",
    [
        "TEL:01712345678",
        "TEL;TYPE=CELL:+880 1712-345678",
        "item1.TEL;type=pref:tel:+8801712345678",
        "tel:8801712345678",
    ],
)
async def test_the_second_phone_of_a_card(shop: Shop, nusrat: Person, line: str) -> None:
    await nusrat.shares("01911111111", "Somebody", vcard=vcard("TEL;TYPE=HOME:01911111111", line))
    await nusrat.sees("Rahim Uddin", "+880 1712-345678")


async def test_a_card_with_the_phones_of_two_customers(shop: Shop, nusrat: Person) -> None:
    await nusrat.shares("01712345678", "Couple", vcard=vcard("TEL:01712345678", "TEL:01512344412"))
    await nusrat.sees("2 customers", "Rahim Uddin", "Karim Mia")


async def test_a_card_that_nobody_has_makes_a_lead_of_its_first_phone(shop: Shop, nusrat: Person) -> None:
    await nusrat.shares("01611111111", "শিরিন", "আক্তার", vcard=vcard("TEL:01611111111", "TEL:01622222222"))
    await nusrat.sees("+880 1611-111111: nobody yet", "One tap makes the lead শিরিন আক্তার.")
    await nusrat.press("New lead")
    await nusrat.sees("শিরিন আক্তার #", "+880 1611-111111")


async def test_a_colleague_is_no_lead(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.shares("01799999999", "Tanvir", user_id=chat.tanvir.user_id)
    message = await nusrat.sees("Tanvir is on the team", "No customer has this number")
    assert message["buttons"] == []
    await nusrat.sandbox.send_contact(nusrat.key)
    await nusrat.sees("Nusrat: that is you")


@pytest.mark.parametrize("phone", ["12345", "", "abc", "0" * 32])
async def test_a_contact_without_a_real_phone_is_answered(shop: Shop, nusrat: Person, phone: str) -> None:
    await nusrat.shares(phone, "Somebody")
    await nusrat.sees("")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Karim Mia 01611111111", "Karim Mia"),
        ("01611111111 করিম মিয়া", "করিম মিয়া"),
        ("+880 1611-111111, Karim O'Neil", "Karim O'Neil"),
        ("/customer Jahid 01611111111", "Jahid"),
    ],
)
async def test_a_name_typed_with_the_number(shop: Shop, nusrat: Person, words: str, name: str) -> None:
    await nusrat.say(words)
    await nusrat.sees("+880 1611-111111: nobody yet", f"One tap makes the lead {name}.")
    await nusrat.press("New lead")
    await nusrat.sees(f"{name} #", "Lead · yours", "+880 1611-111111")


@pytest.mark.parametrize("words", ["call him 01611111111", "amar number 01611111111", "01611111111 2 kg <b>honey</b>"])
async def test_other_words_beside_the_number_are_no_name(shop: Shop, nusrat: Person, words: str) -> None:
    await nusrat.say(words)
    await nusrat.sees("+880 1611-111111: nobody yet", "One tap makes a lead, then the name.")
