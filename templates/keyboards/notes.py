"""What follows a logged note: undo, a question where something is unclear, whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cdm_core.words import EventType, Outcome, Reason
from templates.actions import Action, FixField, Later, stamp
from templates.buttons import Button, Keyboard, keyboard
from templates.dates import clock, clock_face, month_day, weekday
from templates.keyboards.labels import PAGE, back, next_call, next_page, outcome, reason, stop_calls, undo
from templates.numbers import count, money
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import icon, render_words

_COMMON_REASONS = (Reason.PRICE, Reason.DELIVERY_CHARGE, Reason.TIMING)
_MOST_ORDERS = 4
_WEEKDAYS_AHEAD = 6
"""Days within which a weekday alone says which day is meant."""


@dataclass(frozen=True, slots=True)
class OrderQuestion:
    """What is asked of a confirmed order, one at most: which of the ``waiting`` it is, whether it is the pending one
    (``order_id``, of ``amount``) or a new one of the amount ``said``, which of ``products`` its line ``line_no`` is.
    """

    waiting: Sequence[int] = ()
    order_id: int | None = None
    amount: Decimal = Decimal(0)
    said: Decimal | None = None
    line_no: int = 0
    products: Sequence[int] = ()


def echo(
    speech: Speech,
    *,
    customer_id: int,
    interaction_id: int,
    phone: bool = False,
    occasion: EventType | None = None,
    order: OrderQuestion | None = None,
    reasons: bool = False,
) -> Keyboard:
    """Undo, fix, next; above them what waits to be confirmed: a new phone, a day of the family, something of the
    order; or the commonest ``reasons`` why not."""
    keep_phone = Button("☑️ " + speech.pgettext("button", "Save phone"), Action("phone", (customer_id, interaction_id)))
    keep_day = Button(
        f"{icon('occasion', occasion) if occasion else ''} " + speech.pgettext("button", "Save day"),
        Action("occasion", (customer_id, interaction_id)),
    )
    fix_it = Button(
        "✏️ " + speech.pgettext("button", "Fix"), Action("fix", (customer_id, interaction_id, FixField.MENU))
    )
    return keyboard(
        [keep_phone if phone else None, keep_day if occasion else None],
        _order(speech, customer_id, interaction_id, order) if order else [],
        [reason(code, customer_id, interaction_id, speech) for code in _COMMON_REASONS] if reasons else [],
        [undo(customer_id, interaction_id, speech), fix_it, next_call(speech)],
    )


def _order(speech: Speech, customer_id: int, interaction_id: int, asked: OrderQuestion) -> list[Button]:
    def this(label: str, order_id: int) -> Button:
        return Button(label, Action("order", (customer_id, interaction_id, order_id)))

    new = "🆕 " + speech.pgettext("button", "New")
    if asked.waiting:
        shown = asked.waiting[:_MOST_ORDERS]
        return [*(this(count(n, speech), order_id) for n, order_id in enumerate(shown, 1)), this("🆕", 0)]
    if asked.order_id is not None and asked.said is not None:
        return [this("☑️ " + money(asked.amount, speech), asked.order_id), this(f"{new} {money(asked.said, speech)}", 0)]
    return [
        Button(count(n, speech), Action("product", (customer_id, interaction_id, asked.line_no, product_id)))
        for n, product_id in enumerate(asked.products[:PAGE], 1)
    ]


def no_answer(speech: Speech, *, customer_id: int, interaction_id: int, again_at: datetime) -> Keyboard:
    """After one tap on no answer: call again at the offered time, say more exactly what it was, or call the next."""

    def retold(code: Outcome) -> Button:
        label = capitalised(render_words("outcome", code, speech))
        return Button(label, Action("retell", (customer_id, interaction_id, code)))

    return keyboard(
        [
            Button("⏰ " + clock_face(again_at, speech), _at(customer_id, interaction_id, again_at, speech)),
            retold(Outcome.LINE_BUSY),
            retold(Outcome.SWITCHED_OFF),
            undo(customer_id, interaction_id, speech),
        ],
        [next_call(speech)],
    )


def undone(speech: Speech, *, customer_id: int) -> Keyboard:
    return keyboard([Button("📝 " + speech.pgettext("button", "Log again"), Action("write", (customer_id,)))])


def ask_time(speech: Speech, *, customer_id: int, interaction_id: int, options: Sequence[datetime]) -> Keyboard:
    """Up to three times on offer, and typing another."""
    offered = [
        Button(
            _time_offered(option, speech),
            _at(customer_id, interaction_id, option, speech),
        )
        for option in options[:3]
    ]
    typed = Button(
        "✏️ " + speech.pgettext("button", "Type it"), Action("promise", (customer_id, interaction_id, Later.PICK))
    )
    places = [*offered, typed]
    return keyboard(places[:2], places[2:])


def ask_do_not_call(
    speech: Speech, *, customer_id: int, interaction_id: int | None = None, from_queue: bool = False
) -> Keyboard:
    """``interaction_id``: the note that said so; None where a button of the card asked."""
    if interaction_id is not None:
        return keyboard(stop_calls(speech, customer_id=customer_id, interaction_id=interaction_id))
    only_no = Action("log", (customer_id, int(from_queue), Outcome.NOT_INTERESTED))
    return keyboard(
        [
            outcome(Outcome.DO_NOT_CALL, speech, Action("dnc", (customer_id, 0))),
            Button("🙅 " + speech.pgettext("button", "Just no"), only_no),
        ]
    )


def calls_go_on(speech: Speech, *, customer_id: int, interaction_id: int | None) -> Keyboard:
    """``interaction_id``: the note that asked, where the reader may take it back."""
    if interaction_id is None:
        return keyboard([next_call(speech)])
    return echo(speech, customer_id=customer_id, interaction_id=interaction_id)


def note_or_search(speech: Speech, *, customer_id: int | None, note_id: int = 0) -> Keyboard:
    """Without a customer, whose the note ``note_id`` is will be asked."""
    return keyboard(
        [
            Button("📝 " + speech.pgettext("button", "Note"), _note(customer_id, note_id)),
            Button("🔎 " + speech.pgettext("button", "Search"), Action("search")),
        ]
    )


def choose(speech: Speech, *, entries: Mapping[str, int], page: int = 0, remaining: int = 0) -> Keyboard:
    """Whose the note is: customer ids by their numbers in a list, ten at most; and the list's other pages."""
    buttons = [
        Button(count(int(number), speech), Action("note", (customer_id,)))
        for number, customer_id in list(entries.items())[: 2 * PAGE]
    ]
    return keyboard(
        buttons[:PAGE],
        buttons[PAGE:],
        [
            back(Action("choose", (page - 1,)), speech) if page else None,
            next_page(remaining, Action("choose", (page + 1,)), speech),
        ],
    )


def named(speech: Speech, *, entries: Mapping[str, int], note_id: int) -> Keyboard:
    """Whose the note is: customer ids by their numbers in the question, five at most; or somebody else's."""
    whose = Button("👤 " + speech.pgettext("button", "Whose?"), Action("whose", (note_id,)))
    return keyboard(
        [Button(count(int(number), speech), Action("note", (customer_id,))) for number, customer_id in entries.items()],
        [whose],
    )


def keep_as_note(speech: Speech, *, customer_id: int | None, note_id: int = 0) -> Keyboard:
    """Without a customer, whose the note ``note_id`` is will be asked."""
    return keyboard([Button("📝 " + speech.pgettext("button", "Keep as note"), _note(customer_id, note_id))])


def kept(speech: Speech, *, note_id: int, customer_id: int | None) -> Keyboard:
    """A note that was left: it is this customer's, if there is one at hand, or say whose it is."""
    this = None
    if customer_id is not None:
        label = speech.pgettext("button", "Note: #%(id)s", id=str(customer_id))
        this = Button("📝 " + label, Action("note", (customer_id,)))
    whose = Button("👤 " + speech.pgettext("button", "Whose?"), Action("whose", (note_id,)))
    return keyboard([this, whose])


def waiting(
    speech: Speech, *, note_ids: Sequence[int], first: int = 1, page: int = 0, remaining: int = 0
) -> Keyboard | None:
    """The notes that wait, by their numbers in a list: whose is it? And the list's other pages."""
    if not note_ids:
        return None
    return keyboard(
        [Button(count(number, speech), Action("whose", (note_id,))) for number, note_id in enumerate(note_ids, first)],
        [
            back(Action("waiting", (page - 1,)), speech) if page else None,
            next_page(remaining, Action("waiting", (page + 1,)), speech),
        ],
    )


def _time_offered(moment: datetime, speech: Speech) -> str:
    """``Fri 16:00``; a week away and more ``4 Dec 16:00``, for a weekday alone would be the next one."""
    day = speech.local(moment).date()
    if (day - speech.today).days > _WEEKDAYS_AHEAD:
        return f"{month_day(day.month, day.day, speech)} {clock_face(moment, speech)}"
    return f"{weekday(day, speech)} {clock(moment, speech)}"


def _note(customer_id: int | None, note_id: int) -> Action:
    return Action("whose", (note_id,)) if customer_id is None else Action("note", (customer_id,))


def _at(customer_id: int, interaction_id: int, moment: datetime, speech: Speech) -> Action:
    return Action("at", (customer_id, interaction_id, stamp(moment, speech.zone)))
