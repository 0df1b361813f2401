"""What a search finds, several, none or a colleague's, as the style sheet draws it in both languages."""

from dataclasses import replace

import pytest

from cdm_core.hits import Hit
from cdm_core.words import CustomerType, LifecycleStage, Temperature
from templates.keyboards import colleagues, lists, start
from templates.render import render, render_plain
from templates.speech import Speech
from tests.golden import Golden, Said
from tests.templates.speeches import EN, at

RAHIM = Hit(
    customer_id=123,
    name="রহিম উদ্দিন",
    phone_e164="+8801712345678",
    city="Dhaka",
    customer_type=CustomerType.VIP,
    lifecycle_stage=LifecycleStage.LOYAL,
    temperature=Temperature.HOT,
    last_order_at=at("2026-11-17T12:00"),
    owner_id=7,
    owner="Tanvir",
    relative=None,
    masked=False,
)
SHEIKH = replace(
    RAHIM,
    customer_id=388,
    name="Rahim Sheikh",
    phone_e164="+8801812344412",
    city="Cumilla",
    customer_type=CustomerType.REPEAT,
    lifecycle_stage=LifecycleStage.REPEAT_BUYER,
    temperature=Temperature.WARM,
    last_order_at=at("2026-10-30T12:00"),
)
KHATUN = replace(
    RAHIM,
    customer_id=640,
    name="রহিমা খাতুন",
    phone_e164="+8801912349077",
    city="Bogura",
    customer_type=CustomerType.NEW,
    lifecycle_stage=LifecycleStage.LEAD,
    temperature=Temperature.COLD,
    last_order_at=None,
    owner_id=None,
    owner=None,
)
MASKED = replace(RAHIM, phone_e164=None, city=None, last_order_at=None, owner_id=8, owner="Nusrat", masked=True)


def _said(speech: Speech, *hits: Hit, phone: str | None = None, more: bool = False, total: int = 0) -> Said:
    total = total or len(hits)
    text = render("hits", speech, hits=hits, first=1, total=total, more=more, query="rahim", phone=phone, reader_id=7)
    found = [hit.customer_id for hit in hits]
    return text, lists.hits(speech, customer_ids=found, search="rahim", remaining=total - len(hits))


def test_several_hits(golden: Golden) -> None:
    golden("hits", EN, lambda speech: _said(speech, RAHIM, SHEIKH, KHATUN))
    golden("hits_more", EN, lambda speech: _said(speech, RAHIM, SHEIKH, total=50, more=True))


def test_one_phone_of_several_people(golden: Golden) -> None:
    by_relative = replace(KHATUN, relative="Sarah")
    golden("hits_phone", EN, lambda speech: _said(speech, MASKED, by_relative, phone="+8801712345678"))


def test_somebody_without_name_phone_and_place() -> None:
    text, _ = _said(EN, replace(KHATUN, name="", phone_e164=None, city=None), SHEIKH)
    assert text.split("\n")[1:3] == ["1 ❄️ No name", "Lead · unassigned"]


def test_a_managers_hits_say_whose_they_are() -> None:
    text, _ = _said(EN, replace(SHEIKH, owner_id=8, owner="Nusrat"))
    assert text.split("\n")[2] == "Repeat buyer · last 23 d ago · owner: Nusrat"


def _nobody(speech: Speech, **facts: object) -> str:
    none = {"phone": None, "erased_at": None, "name": "", "query": "", "digits": False, "by_id": False, "waiting": None}
    return render("nobody", speech, **{**none, **facts})


def test_nobody(golden: Golden) -> None:
    phone = "+8801612345678"
    golden(
        "nobody_phone",
        EN,
        lambda s: (_nobody(s, phone=phone), start.new_lead(s, phone=phone)),
    )
    golden(
        "nobody_named",
        EN,
        lambda s: (_nobody(s, phone=phone, name="Karim Mia"), start.new_lead(s, phone=phone)),
    )
    golden("nobody_name", EN, lambda s: _nobody(s, query="rohim miya"))
    golden("nobody_digits", EN, lambda s: _nobody(s, query="5678", digits=True))
    golden("nobody_id", EN, lambda s: _nobody(s, query="#1983", by_id=True))
    golden("nobody_waiting", EN, lambda s: _nobody(s, query="rohim miya", waiting="kotha hoise 3 min"))
    golden("no_such_customer", EN, lambda s: render("errors/no_such_customer", s, customer_id=902))


def test_known_with_a_colleague(golden: Golden) -> None:
    golden(
        "known_with_colleague",
        EN,
        lambda s: (
            render("errors/colleagues_customer", s, name="রহিম উদ্দিন", owner="Nusrat", customer_id=123, searched=True),
            colleagues.known(s, customer_id=123),
        ),
    )


def test_nothing_of_it_is_saved(golden: Golden) -> None:
    facts = {"name": "রহিম উদ্দিন", "owner": "Nusrat", "customer_id": 123, "lost": True}
    golden("refused_unsaved", EN, lambda s: render("errors/colleagues_customer", s, **facts))


def test_inline_results(golden: Golden) -> None:
    for name, hit in {"": RAHIM, "_relative": replace(KHATUN, relative="Sarah"), "_masked": MASKED}.items():
        golden(f"inline_hit{name}", EN, lambda s, hit=hit: render_plain("inline_hit", s, hit=hit))
    golden(
        "inline_chosen",
        EN,
        lambda s: (
            render("inline_chosen", s, chosen=123),
            start.open_card_in_private(s, bot_username="cdm_bot", customer_id=123),
        ),
    )


def test_a_colleagues_contact(golden: Golden) -> None:
    golden("colleague_contact", EN, lambda s: render("colleague_contact", s, name="Nusrat", mine=False))
    golden("own_contact", EN, lambda s: render("colleague_contact", s, name="Tanvir", mine=True))


def test_a_new_lead(golden: Golden) -> None:
    golden("long_name", EN, lambda s: render("long_name", s, letters=140, limit=100))
    golden("new_lead", EN, lambda s: render("new_lead", s, lead_id=903, phone="+8801612345678"))


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", "100% %(n)s"])
def test_what_was_searched_is_text(query: str) -> None:
    said = _nobody(EN, query=query)
    assert "<script>" not in said
    assert "nobody" in said
