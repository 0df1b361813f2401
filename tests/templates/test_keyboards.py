"""Every keyboard: the same grid in both languages, labels that fit a phone, data that can be carried."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cdm_core.words import (
    CampaignCause,
    ConsentChannel,
    EventType,
    FileKind,
    Language,
    Outcome,
    ProfileField,
    RecoveryBy,
    RelativeField,
)
from templates.actions import Action, CallFilter, CampaignStep, FamilyStep, GreetingFor, Later, StatsSpan, Tab, decode
from templates.buttons import Button, Keyboard, ReplyKeyboard, SwitchInline, Url
from templates.keyboards import (
    campaigns,
    card,
    colleagues,
    duplicates,
    erasure,
    family,
    files,
    fixes,
    labels,
    lists,
    notes,
    profile,
    reminders,
    reports,
    settings,
    start,
)
from templates.speech import Speech
from templates.text import letters
from tests.templates.speeches import BN, EN, NOW, at

BIG = 10**12
IDS = [BIG + n for n in range(5)]
LEAVE = [(BIG, NOW.date(), NOW.date()), (BIG, date(2026, 12, 24), date(2026, 12, 26))]
COUNTS = dict.fromkeys(CallFilter, 99)
MOST_LETTERS = {1: 30, 2: 14, 3: 9, 4: 5, 5: 5}
MEASURED = {"Interactions"}
"""Longer than the rule, and measured to fit: its letters are narrow."""

KEYBOARDS: dict[str, Callable[[Speech], Keyboard]] = {
    "card": lambda s: card.card(s, customer_id=BIG, phone="+8801712345678"),
    "card from the queue": lambda s: card.card(s, customer_id=BIG, phone="+8801712345678", from_queue=True),
    "card without phone": lambda s: card.card(s, customer_id=BIG, phone=None),
    "card of a win-back": lambda s: card.card(
        s, customer_id=BIG, phone=None, from_queue=True, greeting=(GreetingFor.WIN_BACK, Language.BN)
    ),
    "campaigns": lambda s: campaigns.campaigns(s, campaign_ids=IDS, page=2, remaining=7),
    **{
        f"campaign of {cause}, {active}": _campaign
        for cause, active, _campaign in (
            (c, a, lambda s, c=c, a=a: campaigns.campaign(s, campaign_id=BIG, cause=c, active=a))
            for c in CampaignCause
            for a in (True, False)
        )
    },
    **{
        f"campaign's {field}": _asked
        for field, _asked in ((f, lambda s, f=f: campaigns.ask(s, f, campaign_id=BIG)) for f in CampaignStep)
    },
    "new campaign": lambda s: campaigns.new(s, cause=None),
    "new campaign of drop-offs": lambda s: campaigns.new(s, cause=CampaignCause.DROPOFF),
    "new campaign of the quiet": lambda s: campaigns.new(s, cause=CampaignCause.INACTIVE),
    "new campaign to be named": lambda s: campaigns.new(s, cause=CampaignCause.INACTIVE, asked=True),
    **{
        f"won back by {by}": _by
        for by, _by in ((b, lambda s, b=b: campaigns.recovery(s, by=b, days=30)) for b in RecoveryBy)
    },
    "greeting": lambda s: campaigns.greeting(
        s,
        customer_id=BIG,
        from_queue=True,
        why=GreetingFor.OCCASION,
        language=Language.EN,
        link="https://wa.me/8801712345678?text=Hello",
    ),
    "greeting to reword": lambda s: campaigns.reword(
        s, customer_id=BIG, why=GreetingFor.WIN_BACK, language=Language.BN
    ),
    "card not to be called": lambda s: card.card(s, customer_id=BIG, phone=None, do_not_call=True),
    "later": lambda s: card.later(s, customer_id=BIG),
    "later, of a promised call": lambda s: card.later(s, customer_id=BIG, promised=True),
    "moving a promised call": lambda s: card.later(s, customer_id=BIG, promised=True, moving=True),
    "moved": lambda s: card.moved(s, customer_id=BIG, change_id=BIG),
    "skip": lambda s: card.skip_why(s, customer_id=BIG),
    **{f"tab {tab}": _tab for tab, _tab in ((t, lambda s, t=t: card.tab(s, t, customer_id=BIG)) for t in Tab)},
    "tab in the middle": lambda s: card.tab(s, Tab.INTERACTIONS, customer_id=BIG, page=2, has_older=True),
    "profile just changed": lambda s: card.tab(s, Tab.PROFILE, customer_id=BIG, change_id=BIG),
    "profile not to be called": lambda s: card.tab(s, Tab.PROFILE, customer_id=BIG, do_not_call=True, change_id=BIG),
    "profile fields": lambda s: profile.fields(s, customer_id=BIG),
    "more profile fields": lambda s: profile.fields(s, customer_id=BIG, page=1),
    **{
        f"ask for {field}": _ask
        for field, _ask in ((f, lambda s, f=f: profile.ask(s, f, customer_id=BIG)) for f in ProfileField)
    },
    "consents": lambda s: profile.consents(s, customer_id=BIG),
    **{
        f"consent to {channel}": _said
        for channel, _said in ((c, lambda s, c=c: profile.consent(s, c, customer_id=BIG)) for c in ConsentChannel)
    },
    "nobody in the family": lambda s: card.tab(s, Tab.FAMILY, customer_id=BIG, nobody=True),
    "family just changed": lambda s: card.tab(
        s, Tab.FAMILY, customer_id=BIG, page=1, has_older=True, change_id=BIG, beside=BIG
    ),
    "family not understood": lambda s: card.tab(
        s, Tab.FAMILY, customer_id=BIG, page=1, has_older=True, change_id=BIG, work_of=BIG
    ),
    "pick of the family": lambda s: family.pick(
        s, FamilyStep.REMOVE, customer_id=BIG, relative_ids=IDS, first=6, page=1, has_older=True
    ),
    "relationship of a new one": lambda s: family.relationship(s, customer_id=BIG),
    "relationship": lambda s: family.relationship(s, customer_id=BIG, relative_id=BIG),
    "fields of a relative": lambda s: family.fields(s, customer_id=BIG, relative_id=BIG),
    **{
        f"relative's {field}": _asked
        for field, _asked in (
            (f, lambda s, f=f: family.ask(s, f, customer_id=BIG, relative_id=BIG)) for f in RelativeField
        )
    },
    "removing a relative": lambda s: family.remove(s, customer_id=BIG, relative_id=BIG),
    "known relative": lambda s: family.known(s, customer_id=BIG, relative_id=BIG, news=True),
    "whose family": lambda s: family.choose(s, entries={str(n): BIG + n for n in range(1, 6)}),
    "hits": lambda s: lists.hits(s, customer_ids=IDS, search="rahim", page=1, remaining=9),
    "orders of": lambda s: lists.orders_of(s, customer_ids=IDS, page=1, remaining=9),
    "calls": lambda s: lists.calls(s, customer_ids=IDS, counts=COUNTS, remaining=995),
    "calls of a part": lambda s: lists.calls(s, customer_ids=IDS, counts=COUNTS, part=CallFilter.HOT, page=3),
    "events": lambda s: lists.events(s, customer_ids=IDS, days_ahead=7, remaining=99),
    "due": lambda s: lists.due(s, customer_ids=IDS, remaining=99),
    "digest": lambda s: lists.digest(s, customer_ids=IDS * 3, calls=12, week=99, due=99, carts=99),
    "digest of a team": lambda s: lists.digest(s, customer_ids=[], carts=99, team=True),
    "untold": lambda s: lists.numbered_rows(s, customer_ids=IDS, first=6),
    "reminder": lambda s: reminders.due(s, customer_id=BIG, follow_up_id=BIG),
    "reminder, done": lambda s: labels.outcomes(BIG, s),
    "me": lambda s: lists.me(s, due=99),
    "me week": lists.me_week,
    **{f"results, {span}": _span for span, _span in ((x, lambda s, x=x: reports.stats(s, x)) for x in StatsSpan)},
    "echo": lambda s: notes.echo(s, customer_id=BIG, interaction_id=BIG),
    "no answer": lambda s: notes.no_answer(s, customer_id=BIG, interaction_id=BIG, again_at=NOW + timedelta(hours=2)),
    "undone": lambda s: notes.undone(s, customer_id=BIG),
    "echo with questions": lambda s: notes.echo(
        s, customer_id=BIG, interaction_id=BIG, phone=True, occasion=EventType.BIRTHDAY
    ),
    "echo, why not": lambda s: notes.echo(s, customer_id=BIG, interaction_id=BIG, reasons=True),
    "echo, which order": lambda s: notes.echo(
        s, customer_id=BIG, interaction_id=BIG, order=notes.OrderQuestion(waiting=IDS)
    ),
    "echo, which amount": lambda s: notes.echo(
        s,
        customer_id=BIG,
        interaction_id=BIG,
        order=notes.OrderQuestion(order_id=BIG, amount=Decimal(12_650), said=Decimal(12_450)),
    ),
    "echo, which product": lambda s: notes.echo(
        s, customer_id=BIG, interaction_id=BIG, order=notes.OrderQuestion(line_no=12, products=[10**9] * 5)
    ),
    "ask time": lambda s: notes.ask_time(
        s,
        customer_id=BIG,
        interaction_id=BIG,
        options=[at("2026-11-27T11:00"), at("2026-11-27T16:00"), at("2026-11-29T11:00")],
    ),
    "ask do not call": lambda s: notes.ask_do_not_call(s, customer_id=BIG),
    "ask do not call of a note": lambda s: notes.ask_do_not_call(s, customer_id=BIG, interaction_id=BIG),
    "choose": lambda s: notes.choose(s, entries={str(n): BIG + n for n in range(1, 12)}),
    "choose, a page between": lambda s: notes.choose(
        s, entries={str(n): BIG for n in range(6, 11)}, page=1, remaining=9
    ),
    "move": lambda s: fixes.move(
        s, customer_id=BIG, interaction_id=BIG, entries={str(n): BIG for n in range(6, 11)}, page=1, remaining=9
    ),
    "kept": lambda s: notes.kept(s, note_id=BIG, customer_id=123_456),
    "waiting": lambda s: notes.waiting(s, note_ids=IDS),
    "fix follow-up": lambda s: fixes.fix_follow_up(s, customer_id=BIG, interaction_id=BIG),
    "note or search": lambda s: notes.note_or_search(s, customer_id=BIG),
    "keep as note": lambda s: notes.keep_as_note(s, customer_id=BIG),
    "fix": lambda s: fixes.fix(s, customer_id=BIG, interaction_id=BIG),
    "fix outcome": lambda s: fixes.fix_outcome(s, customer_id=BIG, interaction_id=BIG),
    "fix reason": lambda s: fixes.fix_reason(s, customer_id=BIG, interaction_id=BIG),
    "fix minutes": lambda s: fixes.fix_minutes(s, customer_id=BIG, interaction_id=BIG),
    "welcome": start.welcome,
    "settings": lambda s: settings.settings(s, staff_id=BIG, alerts=True),
    "settings while away": lambda s: settings.settings(s, staff_id=BIG, alerts=False, away_now=BIG),
    "working days": lambda s: settings.working_days(s, works_on={7, 1, 2, 3, 4}),
    "away": lambda s: settings.away(s, staff_id=BIG, own=True, absences=LEAVE),
    "a colleague away": lambda s: settings.away(s, staff_id=BIG, own=False, absences=LEAVE),
    "away until": lambda s: settings.away_until(s, staff_id=BIG),
    "new lead": lambda s: start.new_lead(s, phone="+8801712345678"),
    "colleague": lambda s: colleagues.known(s, customer_id=BIG),
    "write to the owner": lambda s: colleagues.write_to_owner(s, customer_id=BIG),
    "asked for": lambda s: colleagues.asked_for(s, customer_id=BIG, hand_over_id=BIG),
    "given": lambda s: colleagues.given(s, customer_id=BIG, change_id=BIG),
    "received": lambda s: colleagues.received(s, customer_id=BIG),
    "letter": lambda s: colleagues.letter(s, customer_id=BIG),
    "same person": lambda s: duplicates.same(s, stays=1_234_567, goes=1_234_568),
    "merged": lambda s: duplicates.merged(s, customer_id=BIG, merge_id=BIG),
    "undo later": lambda s: duplicates.undo_later(s, customer_id=BIG, merge_id=BIG),
    "unmerged": lambda s: duplicates.unmerged(s, kept_id=BIG, back_id=BIG),
    "duplicates": lambda s: duplicates.found(s, pairs=[(one, BIG) for one in IDS], page=1, remaining=45),
    "erase": lambda s: erasure.ask(s, customer_id=BIG),
    "card in private": lambda s: start.open_card_in_private(s, bot_username="cdm_bot", customer_id=BIG),
    "file with": lambda s: files.keep_with(s, customer_id=BIG, note_id=BIG),
    "file added": lambda s: files.undo_attached(s, customer_id=BIG, interaction_id=BIG, file_id=BIG),
    "tab with files": lambda s: card.tab(
        s, Tab.INTERACTIONS, customer_id=BIG, page=2, has_older=True, files=[(BIG, FileKind.VOICE)] * 5
    ),
    "private": lambda s: start.open_in_private(s, bot_username="cdm_bot"),
}


def words(label: str) -> str:
    """A label without its icon."""
    first, _, rest = label.partition(" ")
    return rest if rest and not any(character.isalnum() for character in first) and first != "‹" else label


def grid(keyboard: Keyboard) -> list[list[str]]:
    return [[button.label for button in row] for row in keyboard.rows]


def buttons(keyboard: Keyboard) -> Iterator[Button]:
    return (button for row in keyboard.rows for button in row)


@pytest.mark.parametrize("name", KEYBOARDS)
@pytest.mark.parametrize("speech", [EN, BN], ids=["en", "bn"])
def test_labels_fit_a_phone(name: str, speech: Speech) -> None:
    keyboard = KEYBOARDS[name](speech)
    assert 1 <= len(keyboard.rows) <= 4
    for row in keyboard.rows:
        for button in row:
            size = len(letters(words(button.label)))
            assert size <= MOST_LETTERS[len(row)] or button.label in MEASURED, button.label


@pytest.mark.parametrize("name", KEYBOARDS)
def test_both_languages_have_one_grid_and_one_meaning(name: str) -> None:
    english, bengali = KEYBOARDS[name](EN), KEYBOARDS[name](BN)
    assert [len(row) for row in english.rows] == [len(row) for row in bengali.rows]
    for one, other in zip(buttons(english), buttons(bengali), strict=True):
        if not (isinstance(one.action, Action) and one.action.name == "language"):
            assert one.action == other.action


@pytest.mark.parametrize("name", KEYBOARDS)
def test_what_is_pressed_is_understood(name: str) -> None:
    for row in KEYBOARDS[name](EN).to_markup()["inline_keyboard"]:
        for button in row:
            assert "url" in button or decode(button["callback_data"]) is not None


def test_the_card_as_drawn() -> None:
    assert grid(KEYBOARDS["card"](EN)) == [
        ["✅ Order", "📵 No answer", "⏰ Later"],
        ["🙅 No", "💬 WhatsApp", "👪 Family"],
        ["⋯ More"],
    ]
    assert grid(KEYBOARDS["card from the queue"](BN)) == [
        ["✅ অর্ডার", "📵 ধরেনি", "⏰ পরে"],
        ["🙅 নেবে না", "💬 WhatsApp", "👪 পরিবার"],
        ["⏭ স্কিপ", "⋯ আরও"],
    ]
    assert grid(KEYBOARDS["card not to be called"](EN)) == [["⋯ More"]]


def test_the_open_tab_leads_back_to_the_card() -> None:
    assert grid(KEYBOARDS["tab overview"](EN)) == [
        ["📦 Orders"],
        ["‹ Card", "Profile", "Family"],
        ["Interactions", "Behaviour", "Insights"],
    ]
    assert grid(KEYBOARDS["tab interactions"](BN))[2] == ["‹ কার্ড", "অ্যাক্টিভিটি", "সাজেশন"]
    assert grid(KEYBOARDS["tab in the middle"](EN))[0] == ["📝 Log", "‹ Newer", "Older ›"]
    assert grid(KEYBOARDS["tab orders"](BN)) == [["‹ এক নজরে"]]


def test_menus_as_drawn() -> None:
    assert grid(KEYBOARDS["later"](BN))[:2] == [["+৩০ মিনিট", "+২ ঘণ্টা"], ["আগামীকাল", "📅 অন্য সময়"]]
    assert grid(KEYBOARDS["no answer"](EN)) == [["⏰ 13:10", "Busy", "Off", "↩️ Undo"], ["▶️ Next"]]
    assert grid(KEYBOARDS["no answer"](BN)) == [["⏰ ১:১০", "ব্যস্ত", "বন্ধ", "↩️ আনডু"], ["▶️ পরের জন"]]
    assert grid(KEYBOARDS["echo"](BN)) == [["↩️ আনডু", "✏️ ঠিক করুন", "▶️ পরের জন"]]
    assert grid(KEYBOARDS["ask time"](EN)) == [["Fri 11:00", "Fri 16:00"], ["29 Nov 11:00", "✏️ Type it"]]
    assert grid(KEYBOARDS["ask time"](BN)) == [
        ["শুক্র সকাল ১১টা", "শুক্র বিকাল ৪টা"],
        ["২৯ নভে ১১টা", "✏️ লিখে দিন"],
    ]
    assert grid(KEYBOARDS["welcome"](EN)) == [["▶️ First call", "🌐 বাংলা"]]
    assert grid(KEYBOARDS["welcome"](BN)) == [["▶️ প্রথম কল", "🌐 English"]]


def test_lists_as_drawn() -> None:
    assert grid(lists.hits(EN, customer_ids=[1, 2, 3], search="rahim")) == [["1", "2", "3"]]
    assert grid(lists.hits(BN, customer_ids=IDS, search="rahim", page=1, remaining=7)) == [
        ["৬", "৭", "৮", "৯", "১০"],
        ["‹ পেছনে", "পরের ৫ জন ›"],
    ]
    counts = {CallFilter.ALL: 12, CallFilter.CONFIRM: 3, CallFilter.HOT: 2, CallFilter.DUE: 4}
    assert grid(lists.calls(EN, customer_ids=IDS, counts=counts, remaining=7)) == [
        ["1", "2", "3", "4", "5"],
        ["▶️ Start", "7 more ›"],
        ["📦 3", "🔥 2", "⏰ 4"],
    ]
    assert grid(lists.calls(EN, customer_ids=IDS[:2], counts=counts, part=CallFilter.HOT))[2] == [
        "📦 3", "📞 12", "⏰ 4",
    ]  # fmt: skip
    assert grid(lists.digest(BN, customer_ids=IDS, calls=12, week=6, due=4, carts=2)) == [
        ["১", "২", "৩", "৪", "৫"],
        ["▶️ কল শুরু", "🎂 সপ্তাহ ৬"],
        ["⏰ ফলো-আপ ৪", "🛒 কার্ট ২"],
    ]
    assert grid(lists.digest(EN, customer_ids=[*IDS, 8, 9], calls=1)) == [
        ["1", "2", "3", "4"],
        ["5", "6", "7"],
        ["▶️ Start calls"],
    ]
    assert grid(lists.digest(EN, customer_ids=IDS[:1], calls=1)) == [["1"], ["▶️ Start calls"]]


def test_a_search_too_long_to_carry_has_no_next_page() -> None:
    assert len(lists.hits(EN, customer_ids=IDS, search="ক" * 40, remaining=7).rows) == 1


def test_buttons_carry_what_was_pressed() -> None:
    pressed = next(b for b in buttons(card.card(EN, customer_id=7, phone=None, from_queue=True)) if "Later" in b.label)
    assert pressed.action == Action("later", (7, 1, Later.MENU))
    no_answer = next(buttons(notes.no_answer(EN, customer_id=7, interaction_id=9, again_at=at("2026-11-22T13:10"))))
    assert no_answer.to_markup() == {"text": "⏰ 13:10", "callback_data": "v1:at:7:9:202611221310"}
    dnc = next(buttons(notes.ask_do_not_call(EN, customer_id=7)))
    assert dnc.label == "🚫 Do not call"
    assert dnc.action == Action("dnc", (7, 0))
    assert Outcome.DO_NOT_CALL not in [
        b.action.args[2]
        for b in buttons(fixes.fix_outcome(EN, customer_id=1, interaction_id=2))
        if isinstance(b.action, Action)
    ]


def test_other_kinds_of_buttons() -> None:
    assert Button("W", Url("https://wa.me/88017")).to_markup() == {"text": "W", "url": "https://wa.me/88017"}
    assert Button("S", SwitchInline("rahim")).to_markup() == {
        "text": "S",
        "switch_inline_query_current_chat": "rahim",
    }
    assert ReplyKeyboard((("Share",), ("No",)), frozenset({"Share"})).to_markup() == {
        "keyboard": [[{"text": "Share", "request_contact": True}], [{"text": "No"}]],
        "resize_keyboard": True,
        "is_persistent": True,
    }


def test_the_keyboard_that_stays() -> None:
    english = start.persistent(Language.EN).rows
    bengali = start.persistent(Language.BN).rows
    assert english == (("▶️ Next", "📞 Calls", "⏰ Due"), ("🎂 Events", "📊 My day"))
    assert bengali == (("▶️ পরের জন", "📞 কল লিস্ট", "⏰ ফলো-আপ"), ("🎂 বিশেষ দিন", "📊 আমার দিন"))
    for row in english + bengali:
        for label in row:
            assert len(letters(words(label))) <= MOST_LETTERS[len(row)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("▶️ Next", "next"),
        ("▶ next", "next"),
        ("▶️ পরের জন", "next"),
        ("📞 কল লিস্ট", "calls"),
        (" ⏰ Due ", "due"),
        ("বিশেষ দিন", "events"),
        ("📊 My day", "me"),
    ],
)
def test_a_pressed_label_is_its_command_in_either_language(typed: str, name: str) -> None:
    action = start.label_action(typed)
    assert action is not None
    assert action.name == name


@pytest.mark.parametrize("typed", ["", "rahim", "Next week talked 3m", "▶️", "📞 01712345678"])
def test_other_text_is_no_label(typed: str) -> None:
    assert start.label_action(typed) is None
