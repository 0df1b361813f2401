"""The answers to a note in both languages, as the style sheet draws them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from cdm_core import question_copies
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.follow_ups import FollowUp
from cdm_core.interactions import Logged
from cdm_core.my_day import MyDay
from cdm_core.notes.note import Occasion
from cdm_core.order_lines import Unclear
from cdm_core.order_writes import ConfirmedOrder, WaitingOrder
from cdm_core.product_names import Product
from cdm_core.results import Result
from cdm_core.undo import Undone
from cdm_core.words import (
    Direction,
    EventType,
    InteractionType,
    Outcome,
    PaymentMethod,
    QuestionEnd,
    Reason,
    Relationship,
)
from templates.actions import FixField
from templates.keyboards import card, fixes, lists, notes, start
from templates.render import render
from templates.speech import Speech
from tests.golden import Golden
from tests.templates.speeches import BN, EN, NOW, at

RAHIM = CustomerRef(123, "রহিম উদ্দিন", 1)
KARIM = CustomerRef(77, "Karim Mia", 1)
TALKED = Contact(
    at=NOW,
    outcome_code=Outcome.CALLBACK_REQUESTED,
    reason=Reason.PRICE,
    duration_seconds=180,
    follow_up_at=at("2026-11-23T18:00"),
)
ORDERED = Contact(at=NOW, outcome_code=Outcome.ORDER_CONFIRMED)
ORDER = ConfirmedOrder(9, True, Decimal(2450), PaymentMethod.COD, (("Honey 1 kg", Decimal(2)),))
MISSED = Contact(at=NOW, outcome_code=Outcome.NO_ANSWER)
PLAIN: dict[str, Any] = {
    "changed": False,
    "was": None,
    "unparsed": (),
    "new_phone": None,
    "occasion": None,
    "kept": None,
    "files": (),
    "unpromised": False,
    "long": False,
    "colleague": None,
    "claimer": None,
}


def logged(contact: Contact, *, customer: CustomerRef = RAHIM, **facts: Any) -> Logged:
    values = {"follow_up": None, "replaced": None, "closed": None, "order": None, "running": 0, **facts}
    return Logged(interaction_id=5, customer=customer, contact=contact, **values)


def echo(speech: Speech, contact: Contact, **facts: Any) -> str:
    return render("notes/logged", speech, **{**PLAIN, "logged": logged(contact), **facts})


def keys(speech: Speech, **facts: Any) -> Any:
    return notes.echo(speech, customer_id=123, interaction_id=5, **facts)


def test_a_talk(golden: Golden) -> None:
    golden("note_saved", EN, lambda s: (echo(s, TALKED), keys(s)))
    golden("note_changed", EN, lambda s: (echo(s, TALKED, changed=True), keys(s)))
    short = Contact(at=NOW, outcome_code=Outcome.CONNECTED, duration_seconds=60)
    golden("note_reworded", EN, lambda s: (echo(s, TALKED, changed=True, was=short), keys(s)))
    golden("note_former", EN, lambda s: render("notes/former", s, customer=RAHIM, to=None))
    golden("note_moved", EN, lambda s: render("notes/former", s, customer=RAHIM, to=KARIM))


def test_an_order(golden: Golden) -> None:
    new = logged(ORDERED, customer=KARIM, order=ORDER)
    waiting = logged(ORDERED, customer=KARIM, order=replace(ORDER, created=False))
    nothing = logged(ORDERED, customer=KARIM)
    golden("note_order", EN, lambda s: (echo(s, ORDERED, logged=new), keys(s)))
    golden("note_order_waiting", EN, lambda s: (echo(s, ORDERED, logged=waiting), keys(s)))
    golden("note_order_unsaid", EN, lambda s: (echo(s, ORDERED, logged=nothing), keys(s)))
    golden("note_order_content", EN, lambda s: render("notes/ask_order", s, customer=KARIM))


def test_what_is_asked_of_an_order(golden: Golden) -> None:
    listed = replace(ORDER, by_price_list=True)
    packs = (Product(1, "Ghee 500 g", Decimal(1450)), Product(2, "Ghee 1 kg", None))
    unclear = replace(ORDER, amount=Decimal(0), lines=(("ghee", Decimal(2)),), unclear=(Unclear(1, "ghee", packs),))
    other = replace(ORDER, created=False, said=Decimal(2300))
    waiting = (WaitingOrder(7, Decimal(2650), at("2026-11-18T10:00")), WaitingOrder(8, Decimal(1890), NOW))
    questions = {
        "listed": ({"order": listed}, None),
        "unclear": ({"order": unclear}, notes.OrderQuestion(line_no=1, products=[1, 2])),
        "other_amount": (
            {"order": other},
            notes.OrderQuestion(order_id=9, amount=Decimal(2450), said=Decimal(2300)),
        ),
        "several": ({"waiting": waiting}, notes.OrderQuestion(waiting=[7, 8])),
    }
    for name, (facts, asked) in questions.items():
        what = logged(ORDERED, customer=KARIM, **facts)
        golden(
            f"note_order_{name}",
            EN,
            lambda s, what=what, asked=asked: (echo(s, ORDERED, logged=what), keys(s, order=asked)),
        )


def test_what_is_to_be_confirmed(golden: Golden) -> None:
    wrong = Contact(at=NOW, outcome_code=Outcome.WRONG_NUMBER)
    wife = Occasion(Relationship.SPOUSE, EventType.BIRTHDAY, 5, 15, None)
    remark = Contact(at=NOW, type=InteractionType.OTHER, description="bou er jonmodin 15 may")
    golden(
        "note_new_phone",
        EN,
        lambda s: (echo(s, wrong, new_phone="+8801812345678"), keys(s, phone=True)),
    )
    golden("note_phone_kept", EN, lambda s: (echo(s, wrong, kept="phone"), keys(s)))
    golden("note_occasion", EN, lambda s: (echo(s, remark, occasion=wife), keys(s, occasion=EventType.BIRTHDAY)))
    golden(
        "note_own_anniversary",
        EN,
        lambda s: echo(s, remark, occasion=Occasion(None, EventType.ANNIVERSARY, 12, 20, 2015)),
    )


def test_not_interested(golden: Golden) -> None:
    golden(
        "note_why_not",
        EN,
        lambda s: (echo(s, Contact(at=NOW, outcome_code=Outcome.NOT_INTERESTED)), keys(s, reasons=True)),
    )


def test_a_remark(golden: Golden) -> None:
    remark = Contact(at=NOW, type=InteractionType.OTHER, description="likes <b>small</b> jars")
    golden("note_remark", EN, lambda s: (echo(s, remark, unparsed=("jars",)), keys(s)))


def test_what_is_told_besides(golden: Golden) -> None:
    earlier = replace(TALKED, at=at("2026-11-20T11:10"), direction=Direction.INBOUND, follow_up_at=None)
    golden(
        "note_told_late",
        EN,
        lambda s: echo(
            s,
            replace(earlier, duration_seconds=3 * 3600),
            long=True,
            unparsed=("bhaloi", "<b>"),
            colleague=("Nusrat", at("2026-11-22T11:05"), Outcome.ORDER_CONFIRMED),
            claimer="Nusrat",
        ),
    )


def test_nobody_answered(golden: Golden) -> None:
    facts = {"again_at": at("2026-11-22T13:10"), "was": None, "unparsed": (), "colleague": None, "claimer": None}

    def said(speech: Speech, running: int, code: Outcome = Outcome.NO_ANSWER) -> str:
        what = logged(replace(MISSED, outcome_code=code), running=running)
        return render("notes/unreached", speech, logged=what, **facts)

    golden(
        "note_no_answer",
        EN,
        lambda s: (
            said(s, 2),
            notes.no_answer(s, customer_id=123, interaction_id=5, again_at=at("2026-11-22T13:10")),
        ),
    )
    assert said(EN, 1).startswith("📵 <b>রহিম উদ্দিন</b> #123: no answer\n")
    assert said(EN, 1, Outcome.SWITCHED_OFF).startswith("📵 <b>রহিম উদ্দিন</b> #123: phone off\n")


def test_the_time_is_unsure(golden: Golden) -> None:
    friday = date(2026, 11, 27)
    options = [at("2026-11-27T11:00"), at("2026-11-27T16:00"), at("2026-11-29T11:00")]
    golden(
        "note_what_time",
        EN,
        lambda s: (
            render("notes/ask_time", s, customer=RAHIM, day=friday, past=False, day_off=True, kept=True),
            notes.ask_time(s, customer_id=123, interaction_id=5, options=options),
        ),
    )
    for name, past in (("note_when", False), ("note_when_past", True)):
        golden(
            name,
            EN,
            lambda s, past=past: render(
                "notes/ask_time", s, customer=RAHIM, day=None, past=past, day_off=False, kept=True
            ),
        )


@pytest.mark.parametrize("state", ["asked", "past", "unread"])
def test_a_time_is_typed(golden: Golden, state: str) -> None:
    golden(
        f"note_pick_{state}",
        EN,
        lambda s: render("notes/pick", s, customer=RAHIM, past=state == "past", unread=state == "unread"),
    )


def test_undone(golden: Golden) -> None:
    before = FollowUp(3, 123, 1, at("2026-11-22T18:00"), asked=True)

    def said(speech: Speech, contact: Contact, **facts: Any) -> str:
        values = {"follow_up": before, "order_removed": False, **facts}
        return render("notes/undone", speech, undone=Undone(5, RAHIM, contact, **values))

    golden("note_undone", EN, lambda s: (said(s, TALKED), notes.undone(s, customer_id=123)))
    golden("note_undone_held", EN, lambda s: said(s, TALKED, held=True))
    golden("note_order_undone", EN, lambda s: said(s, ORDERED, order_removed=True, follow_up=None))
    golden(
        "note_remark_undone",
        EN,
        lambda s: said(s, Contact(at=NOW, type=InteractionType.OTHER, description="likes <b>small</b> jars")),
    )


def test_a_call_moved(golden: Golden) -> None:
    facts = {"customer": RAHIM, "due_at": at("2026-11-23T10:00")}
    golden(
        "note_call_moved",
        EN,
        lambda s: (
            render("notes/follow_up", s, **facts, rings_at=facts["due_at"], undone=False),
            card.moved(s, customer_id=123, change_id=9),
        ),
    )
    night = {**facts, "due_at": at("2026-11-22T21:30"), "rings_at": at("2026-11-23T09:00")}
    golden("note_call_moved_into_the_night", EN, lambda s: render("notes/follow_up", s, **night, undone=False))
    golden("note_call_moved_back", EN, lambda s: render("notes/follow_up", s, **facts, undone=True))


def test_fix(golden: Golden) -> None:
    what = logged(TALKED)
    ids = {"customer_id": 123, "interaction_id": 5}
    menus = {
        FixField.MENU: fixes.fix,
        FixField.OUTCOME: fixes.fix_outcome,
        FixField.REASON: fixes.fix_reason,
        FixField.MINUTES: fixes.fix_minutes,
        FixField.FOLLOW_UP: fixes.fix_follow_up,
    }
    for field, menu in menus.items():
        golden(
            f"note_fix_{field}",
            EN,
            lambda s, field=field, menu=menu: (render("notes/fix", s, logged=what, field=field), menu(s, **ids)),
        )
    golden(
        "note_fix_order",
        EN,
        lambda s: (render("notes/fix", s, logged=what, field="menu"), fixes.fix(s, **ids, order=True)),
    )
    golden("note_fix_customer", EN, lambda s: render("notes/ask_customer", s, customer=RAHIM))


def test_questions(golden: Golden) -> None:
    golden(
        "note_do_not_call",
        EN,
        lambda s: (
            render("notes/ask_do_not_call", s, customer=RAHIM, kept=True),
            notes.ask_do_not_call(s, customer_id=123, interaction_id=5),
        ),
    )
    for name, end, below, by in (
        ("note_asked_below", QuestionEnd.ANEW, True, "Farhana"),
        ("note_asked_elsewhere", QuestionEnd.ANEW, False, "Farhana"),
        ("note_answered_here", QuestionEnd.ANSWERED, True, "Farhana"),
        ("note_answered_elsewhere", QuestionEnd.ANSWERED, False, "Farhana"),
        ("note_answered_by_a_program", QuestionEnd.ANSWERED, False, None),
        ("note_asked_before_a_talk", QuestionEnd.TALKED, False, None),
        ("note_asked_of_undone", QuestionEnd.UNDONE, True, "Farhana"),
        ("note_asked_of_erased", QuestionEnd.ERASED, False, None),
    ):
        copy = question_copies.Copy(RAHIM.customer_id, RAHIM.name, end, below, by)
        golden(name, EN, partial(render, "notes/asked", copy=copy))
    promised = FollowUp(5, 123, 1, at("2026-11-24T17:00"), True)
    golden(
        "note_calls_go_on",
        EN,
        lambda s: (
            render("notes/calls_go_on", s, customer=RAHIM, promised=promised, note="do not call"),
            notes.calls_go_on(s, customer_id=123, interaction_id=5),
        ),
    )
    golden(
        "note_calls_go_on_of_another",
        EN,
        lambda s: (
            render("notes/calls_go_on", s, customer=RAHIM, promised=None, note="আর কল দিতে মানা করেছে"),
            notes.calls_go_on(s, customer_id=123, interaction_id=None),
        ),
    )
    golden(
        "note_or_search",
        EN,
        lambda s: (
            render("notes/note_or_search", s, text="rahim 2450", customer=KARIM, wordless=False),
            notes.note_or_search(s, customer_id=77),
        ),
    )
    golden(
        "note_or_search_no_card",
        EN,
        lambda s: (
            render("notes/note_or_search", s, text="ami kal nibo", customer=None, wordless=False),
            notes.note_or_search(s, customer_id=None, note_id=8),
        ),
    )
    golden(
        "note_wordless",
        EN,
        lambda s: (
            render("notes/note_or_search", s, text="😀😀", customer=KARIM, wordless=True),
            notes.keep_as_note(s, customer_id=77),
        ),
    )
    words = "kotha hoise 3 min, <dam> beshi"
    golden("note_whose", EN, lambda s: render("notes/whose", s, text=words, lost=False))
    golden("note_lost_card", EN, lambda s: render("notes/whose", s, text=words, lost=True))
    golden(
        "note_kept",
        EN,
        lambda s: (render("notes/kept", s, text=words), notes.kept(s, note_id=8, customer_id=123)),
    )
    golden(
        "note_waiting",
        EN,
        lambda s: (render("notes/usage", s, waiting=[words, "dhore nai"], first=1), notes.waiting(s, note_ids=[8, 7])),
    )
    golden(
        "note_several_customers",
        EN,
        lambda s: (
            render("notes/several", s, text=words, customer=None, another=False),
            notes.kept(s, note_id=8, customer_id=123),
        ),
    )
    golden("note_several_stays", EN, lambda s: render("notes/several", s, text=words, customer=RAHIM, another=False))
    golden("note_of_another", EN, lambda s: render("notes/several", s, text=words, customer=RAHIM, another=True))
    golden(
        "note_named",
        EN,
        lambda s: (
            render("notes/named", s, text="karim dhore nai", others=[KARIM], present=RAHIM),
            notes.named(s, entries={"1": 77, "2": 123}, note_id=8),
        ),
    )
    golden("note_unpromised", EN, lambda s: echo(s, MISSED, unpromised=True))
    golden("note_too_late", EN, lambda s: render("notes/too_late", s))
    golden("note_usage", EN, lambda s: render("notes/usage", s, waiting=(), first=1))
    golden("note_write", EN, lambda s: render("notes/write", s, customer=RAHIM))
    golden(
        "note_which_line",
        EN,
        lambda s: (
            render("notes/which_line", s, text="kotha hoise"),
            notes.choose(s, entries={str(n): n for n in range(1, 7)}),
        ),
    )
    golden(
        "note_relatives_name",
        EN,
        lambda s: render("notes/ask_name", s, customer=RAHIM, relationship=Relationship.SPOUSE),
    )
    wedding = Occasion(None, EventType.ANNIVERSARY, 12, 20, None)
    for name, again in {"note_year": False, "note_year_again": True}.items():
        asked = {"customer": RAHIM, "occasion": wedding, "again": again}
        golden(name, EN, lambda s, asked=asked: render("notes/ask_year", s, **asked))


def test_my_day(golden: Golden) -> None:
    today = Result(date(2026, 11, 22), 46, 21, 6, Decimal(14_200))
    yesterday = Result(date(2026, 11, 21), 38, 15, 4, Decimal(9_100))
    idle = Result(date(2026, 11, 20), 0, 0, 0, Decimal(0))
    golden(
        "me",
        EN,
        lambda s: (
            render("me", s, name="Tanvir", day=MyDay(today, yesterday, promised=5, overdue=1, due=4)),
            lists.me(s, due=4),
        ),
    )
    idle_day = MyDay(idle, yesterday, promised=0, overdue=0, due=0)
    golden("me_idle", EN, lambda s: render("me", s, name="Tanvir", day=idle_day))
    golden("me_week", EN, lambda s: render("me_week", s, name="Tanvir", results=[today, yesterday, idle]))


def test_welcome_back(golden: Golden) -> None:
    for name, demo in (("welcome_back", False), ("welcome_back_demo", True)):
        golden(
            name,
            EN,
            lambda s, demo=demo: (render("welcome_back", s, name="Tanvir", demo=demo), start.persistent(s.language)),
        )
    golden("sign_in_private", EN, lambda s: render("errors/sign_in_private", s))


@pytest.mark.parametrize(
    ("speech", "shown"),
    [(EN, ["Sat 11:00", "29 Nov 11:00", "29 Nov 16:00"]), (BN, ["শনি সকাল ১১টা", "২৯ নভে ১১টা", "২৯ নভে ৪টা"])],
)
def test_times_a_week_away_have_their_date(speech: Speech, shown: list[str]) -> None:
    times = [at("2026-11-28T11:00"), at("2026-11-29T11:00"), at("2026-11-29T16:00")]
    asked = notes.ask_time(speech, customer_id=123, interaction_id=5, options=times)
    assert [button["text"] for row in asked.to_markup()["inline_keyboard"] for button in row][:3] == shown


@pytest.mark.parametrize(("speech", "shown"), [(EN, "WhatsApp sent"), (BN, "WhatsApp দেওয়া হয়েছে")])
def test_a_channel_is_named_once(speech: Speech, shown: str) -> None:
    sent = Contact(at=NOW, type=InteractionType.WHATSAPP, outcome_code=Outcome.WHATSAPP_MESSAGE_SENT)
    assert echo(speech, sent).splitlines()[1] == shown
