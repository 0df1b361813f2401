"""Forgetting a customer for good, in both languages: the question, what came of it, whom it is told, the refusal."""

from dataclasses import replace

from cdm_core.access import CustomerRef
from cdm_core.erasure import Erased, Extent
from templates.keyboards import erasure, start
from templates.render import render
from tests.golden import Golden
from tests.templates.speeches import EN, NOW

RAHIM = CustomerRef(123, "রহিম উদ্দিন", 7)
EXTENT = Extent(RAHIM, relatives=3, texts=12, files=2, contacts=14, orders=8, pending=1)


def test_the_question(golden: Golden) -> None:
    bare = replace(EXTENT, relatives=0, texts=0, files=0, contacts=0, orders=0, pending=0)
    for name, extent in (("erase", EXTENT), ("erase_lead", replace(bare, customer=replace(RAHIM, name="")))):
        golden(
            name,
            EN,
            lambda s, extent=extent: (  # type: ignore[misc]
                render("erasure/ask", s, extent=extent),
                erasure.ask(s, customer_id=123),
            ),
        )


def test_what_came_of_it(golden: Golden) -> None:
    erased = Erased(123, 7, withdrawn=2, at=NOW)
    golden("erased", EN, lambda s: render("erasure/done", s, erased=erased, told="Nusrat"))
    golden(
        "erased_nothing_unsent", EN, lambda s: render("erasure/done", s, erased=replace(erased, withdrawn=0), told=None)
    )
    golden("erased_told", EN, lambda s: render("erasure/told", s, erased=erased, by="Rafiq"))


def test_asked_for_later(golden: Golden) -> None:
    golden("erased_customer", EN, lambda s: render("errors/erased_customer", s, customer_id=123, at=NOW))
    facts = {"phone": "+8801712345678", "erased_at": NOW, "name": "", "query": "", "digits": False, "waiting": None}
    golden(
        "nobody_erased",
        EN,
        lambda s: (render("nobody", s, **facts), start.new_lead(s, phone="+8801712345678")),
    )
