"""What colleagues say to each other about a customer, and whether two customers are one, in both languages."""

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

from cdm_core.access import CustomerRef
from cdm_core.colleagues import ColleaguesCustomer
from cdm_core.duplicates import Pair, Side
from cdm_core.merges import Merged
from cdm_core.staff import Staff
from cdm_core.words import Language, ProfileField, Role
from templates.keyboards import colleagues, duplicates
from templates.keyboards.refusals import refused
from templates.render import render, render_plain
from templates.speech import Speech
from tests.golden import Golden
from tests.templates.speeches import EN, at

RAHIM = CustomerRef(123, "রহিম উদ্দিন", 7)
NUSRAT = Staff(
    id=8,
    name="Nusrat",
    role=Role.AGENT,
    team_id=1,
    team="Mirpur",
    telegram_user_id=1,
    language=Language.EN,
    digest_time=time(9),
    working_days=frozenset({1, 2, 3, 4, 7}),
    alerts=True,
    active=True,
)
HERS = ColleaguesCustomer(123, "রহিম উদ্দিন", NUSRAT)
FIRST = Side(
    customer_id=123,
    name="রহিম উদ্দিন",
    phone="+8801712345678",
    email="r@example.com",
    place="Dhaka",
    owner_id=7,
    owner="Tanvir",
    total_orders=8,
    lifetime_value=Decimal(125_000),
    last_order_at=at("2026-11-17T12:00"),
    last_contact_at=at("2026-11-20T18:42"),
    created_at=at("2025-01-01T12:00"),
)
SECOND = replace(
    FIRST,
    customer_id=388,
    name="Rahim",
    email=None,
    place=None,
    owner_id=None,
    owner=None,
    total_orders=0,
    lifetime_value=Decimal(0),
    last_order_at=None,
    last_contact_at=None,
)
MERGED = Merged(
    merge_id=5,
    customer=RAHIM,
    gone_id=388,
    gone_name="Rahim",
    orders=3,
    contacts=5,
    relatives=1,
    filled=(ProfileField.EMAIL, ProfileField.DATE_OF_BIRTH, ProfileField.CITY, ProfileField.TAGS, ProfileField.SOURCE),
    other_owner_id=None,
)


def test_asking_for_a_customer(golden: Golden) -> None:
    golden(
        "hand_over_asked",
        EN,
        lambda s: (
            render("colleagues/asked", s, customer=HERS, readers=["Nusrat", "Farhana"]),
            colleagues.write_to_owner(s, customer_id=123),
        ),
    )
    golden("hand_over_nobody", EN, lambda s: render("colleagues/asked", s, customer=HERS, readers=[]))
    for name, owner in (("hand_over_asked_for", None), ("hand_over_asked_for_away", "Nusrat")):
        golden(
            name,
            EN,
            lambda s, owner=owner: (  # type: ignore[misc]
                render("colleagues/asked_for", s, asker="Tanvir", customer=HERS, owner=owner),
                colleagues.asked_for(s, customer_id=123, hand_over_id=5),
            ),
        )


def test_the_answer(golden: Golden) -> None:
    for granted in (True, False):
        golden(
            f"hand_over_{'granted' if granted else 'kept'}",
            EN,
            lambda s, granted=granted: (  # type: ignore[misc]
                render("colleagues/answered", s, customer=RAHIM, asker="Tanvir", granted=granted),
                colleagues.given(s, customer_id=123, change_id=5 if granted else None),
            ),
        )
    golden(
        "hand_over_received",
        EN,
        lambda s: (
            render("colleagues/received", s, customer=RAHIM, by="Nusrat"),
            colleagues.received(s, customer_id=123),
        ),
    )
    golden(
        "hand_over_stays",
        EN,
        lambda s: (
            render("colleagues/stays", s, customer=RAHIM, owner="Nusrat"),
            colleagues.write_to_owner(s, customer_id=123),
        ),
    )
    golden("hand_over_nobodys", EN, lambda s: render("colleagues/stays", s, customer=RAHIM, owner=None))


def test_assigning(golden: Golden) -> None:
    for name, owner in (("assigned", "Tanvir"), ("assigned_nobody", None)):
        golden(
            name,
            EN,
            lambda s, owner=owner: (  # type: ignore[misc]
                render("colleagues/assigned", s, customer=RAHIM, owner=owner),
                colleagues.given(s, customer_id=123, change_id=5),
            ),
        )
    golden("assign_usage", EN, lambda s: render("colleagues/assign_usage", s))
    golden("person_left", EN, lambda s: render("errors/person_left", s, name="Tanvir"))


def test_a_message_about_a_customer(golden: Golden) -> None:
    golden("letter_write", EN, lambda s: render("colleagues/write", s, to=["Nusrat"], customer=HERS, masked=True))
    golden(
        "letter_write_back", EN, lambda s: render("colleagues/write", s, to=["Tanvir"], customer=RAHIM, masked=False)
    )
    text = "কাল ফোন দিসিলাম, <b>দাম</b> নিয়ে কথা হইছে\nআপনি দেখবেন?"
    for name, masked in (("letter", False), ("letter_masked", True)):
        golden(
            name,
            EN,
            lambda s, masked=masked: (  # type: ignore[misc]
                render("colleagues/letter", s, by="Tanvir", customer=RAHIM, masked=masked, text=text),
                colleagues.letter(s, customer_id=None if masked else 123),
            ),
        )
    golden("letter_sent", EN, lambda s: render("colleagues/sent", s, to=["Nusrat", "Farhana"]))
    golden("letter_sent_nobody", EN, lambda s: render("colleagues/sent", s, to=[]))
    golden("letter_too_long", EN, lambda s: render("colleagues/too_long", s, letters=1_234, limit=1_000))


def test_two_side_by_side(golden: Golden) -> None:
    golden(
        "same_person",
        EN,
        lambda s: (
            render("duplicates/same", s, stays=FIRST, goes=SECOND, reader_id=7),
            duplicates.same(s, stays=123, goes=388),
        ),
    )


def test_one_customer_of_two(golden: Golden) -> None:
    def said(s: Speech, merged: Merged, told: str | None = None) -> Any:
        return (
            render("duplicates/merged", s, merged=merged, told=told),
            duplicates.merged(s, customer_id=123, merge_id=5),
        )

    golden("merged", EN, lambda s: said(s, MERGED, "Nusrat"))
    golden("merged_nothing", EN, lambda s: said(s, replace(MERGED, orders=0, contacts=0, relatives=0, filled=())))
    golden(
        "merged_told", EN, lambda s: render("duplicates/merged_told", s, by="Farhana", merged=MERGED, owner="Nusrat")
    )
    golden("one_customer", EN, lambda s: render_plain("toasts/one_customer", s))


def test_two_customers_again(golden: Golden) -> None:
    back = CustomerRef(388, "Rahim", None)
    golden(
        "unmerged",
        EN,
        lambda s: (
            render("duplicates/unmerged", s, kept=RAHIM, back=back),
            duplicates.unmerged(s, kept_id=123, back_id=388),
        ),
    )
    golden("two_people", EN, lambda s: render("duplicates/apart", s, one=RAHIM, other=back))
    facts = {"customer_id": 123, "merge_id": 6, "gone_name": "Rohim Mia"}
    golden(
        "merged_since",
        EN,
        lambda s: (render("errors/merged_since", s, **facts), refused(s, "merged_since", facts)),
    )


def test_the_list_of_doubles(golden: Golden) -> None:
    pair = Pair("+8801712345678", 123, "রহিম উদ্দিন", 388, "Rahim")
    pairs = [pair, replace(pair, phone="+8801812344412", first_name="", second_name="Sumaiya Akter Begum Chowdhury")]
    golden(
        "duplicates",
        EN,
        lambda s: (
            render("duplicates/found", s, pairs=pairs, first=6, total=50, more=True),
            duplicates.found(s, pairs=[(123, 388), (124, 389)], page=1, remaining=43),
        ),
    )
    golden("duplicates_none", EN, lambda s: render("duplicates/found", s, pairs=[], first=1, total=0, more=False))


def test_merging_a_colleagues_customer_is_refused(golden: Golden) -> None:
    golden("colleagues_merge", EN, lambda speech: render("errors/colleagues_merge", speech, owner="Nusrat"))
