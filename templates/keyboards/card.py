"""The customer's card: one-tap outcomes, the menus they open, the tabs behind it."""

from collections.abc import Sequence
from datetime import timedelta

from cdm_core.words import ConsentChannel, FileKind, Language, Outcome
from templates.actions import Action, Consent, GreetingFor, Later, SkipReason, Tab
from templates.buttons import Button, Keyboard, Url, keyboard
from templates.dates import span
from templates.keyboards import family
from templates.keyboards.duplicates import same_person
from templates.keyboards.files import of_contacts
from templates.keyboards.labels import labelled, outcome, revert, stop_calls
from templates.phones import whatsapp_link
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import render_words

_TABS = (
    (Tab.OVERVIEW, Tab.PROFILE, Tab.FAMILY),
    (Tab.INTERACTIONS, Tab.BEHAVIOUR, Tab.INSIGHTS),
)


def card(
    speech: Speech,
    *,
    customer_id: int,
    phone: str | None,
    from_queue: bool = False,
    do_not_call: bool = False,
    greeting: tuple[GreetingFor, Language] | None = None,
    left_out: int | None = None,
    asks_no_calls: int | None = None,
) -> Keyboard:
    """Outcomes, WhatsApp (with ``phone`` in E.164), family and more; the skip only from the queue.

    ``greeting``: for what the customer may be greeted, and in which language; ``left_out``: the change that leaves them
    out of the call list. A customer not to be called has no outcomes. ``asks_no_calls``: the note after which it was
    asked whether all calls are to stop; the answers stand above all.
    """
    queue = int(from_queue)
    whatsapp = Button("💬 WhatsApp", Url(whatsapp_link(phone))) if phone else None
    outcomes: list[list[Button | None]] = [
        [
            outcome(Outcome.ORDER_CONFIRMED, speech, Action("log", (customer_id, queue, Outcome.ORDER_CONFIRMED))),
            outcome(Outcome.NO_ANSWER, speech, Action("log", (customer_id, queue, Outcome.NO_ANSWER))),
            outcome(Outcome.CALLBACK_REQUESTED, speech, Action("later", (customer_id, queue, Later.MENU))),
        ],
        [
            outcome(Outcome.NOT_INTERESTED, speech, Action("log", (customer_id, queue, Outcome.NOT_INTERESTED))),
            whatsapp,
            Button(labelled("tab", Tab.FAMILY, speech), Action("tab", (customer_id, queue, Tab.FAMILY, 0))),
        ],
    ]
    skip = Button("⏭ " + speech.pgettext("button", "Skip"), Action("skip", (customer_id, SkipReason.ASK)))
    more = Button("⋯ " + speech.pgettext("button", "More"), Action("tab", (customer_id, queue, Tab.OVERVIEW, 0)))
    greet = (
        Button("✉️ " + speech.pgettext("button", "Greeting"), Action("greet", (customer_id, *greeting)))
        if greeting
        else None
    )
    last = [skip if from_queue else None, None if do_not_call else greet, more]
    answers = [] if asks_no_calls is None else stop_calls(speech, customer_id=customer_id, interaction_id=asks_no_calls)
    if not answers:  # at most four rows; it stands in the insights too
        outcomes.append([_listed_again(customer_id, left_out, speech)])
    return keyboard(answers, *([] if do_not_call else outcomes), last)


def later(
    speech: Speech, *, customer_id: int, from_queue: bool = False, promised: bool = False, moving: bool = False
) -> Keyboard:
    """When to call again, and the way back. A call that is ``promised`` may be moved alone, without a contact: the
    times are then those of ``moving`` it."""
    queue = int(from_queue)

    def choice(label: str, when: Later) -> Button:
        return Button(
            label, Action("shift", (customer_id, when)) if moving else Action("later", (customer_id, queue, when))
        )

    move = Button("⏰ " + speech.pgettext("button", "Only move it"), Action("later", (customer_id, queue, Later.MOVE)))
    return keyboard(
        [
            choice("+" + span(timedelta(minutes=30), speech), Later.HALF_HOUR),
            choice("+" + span(timedelta(hours=2), speech), Later.TWO_HOURS),
        ],
        [
            choice(capitalised(speech.gettext("tomorrow")), Later.TOMORROW),
            choice("📅 " + speech.pgettext("button", "Pick"), Later.PICK),
        ],
        [move if promised and not moving else None, to_card(speech, customer_id, queue)],
    )


def moved(speech: Speech, *, customer_id: int, change_id: int) -> Keyboard:
    """A promised call was moved."""
    card = Button("⋯ " + speech.pgettext("button", "Card"), Action("card", (customer_id, 0)))
    return keyboard([revert(customer_id, change_id, speech), card])


def skip_why(speech: Speech, *, customer_id: int) -> Keyboard:
    def choice(label: str, reason: SkipReason) -> Button:
        return Button(label, Action("skip", (customer_id, reason)))

    return keyboard(
        [
            choice(speech.pgettext("button", "Not now"), SkipReason.NOT_NOW),
            choice(speech.pgettext("button", "Not today"), SkipReason.NOT_TODAY),
        ],
        [choice("👎 " + speech.pgettext("button", "Bad suggestion"), SkipReason.BAD)],
    )


def tab(
    speech: Speech,
    opened: Tab,
    *,
    customer_id: int,
    from_queue: bool = False,
    page: int = 0,
    has_older: bool = False,
    do_not_call: bool = False,
    open_dropoff: bool = False,
    has_phone: bool = False,
    change_id: int | None = None,
    beside: int | None = None,
    nobody: bool = False,
    work_of: int | None = None,
    double: int | None = None,
    left_out: int | None = None,
    files: Sequence[tuple[int, FileKind]] = (),
) -> Keyboard:
    """The open tab's own actions, undoing what was just changed, then the six tabs in fixed places.

    The place of the open tab leads to the card. ``beside`` is a change made with the other; ``nobody``: the family is
    not known yet; ``work_of``: the relative whose profession something seems to be; ``double``: who may be the same
    person; ``left_out``: the change that leaves the customer out of the call list; ``files``: the contacts on the page
    that files came with, and what the first of them is.
    """
    queue = int(from_queue)
    paging = [
        _page(speech, opened, customer_id, queue, page - 1, "newer") if page else None,
        _page(speech, opened, customer_id, queue, page + 1, "older") if has_older else None,
    ]
    if opened is Tab.ORDERS:
        overview = "‹ " + capitalised(render_words("tab", Tab.OVERVIEW, speech))
        return keyboard([Button(overview, Action("tab", (customer_id, queue, Tab.OVERVIEW, 0))), *paging])
    own: list[Button | None] = []
    match opened:
        case Tab.OVERVIEW:
            own = [
                Button(labelled("tab", Tab.ORDERS, speech), Action("tab", (customer_id, queue, Tab.ORDERS, 0))),
                _contact(speech, customer_id) if has_phone and not do_not_call else None,
            ]
        case Tab.PROFILE:
            own = [_edit(speech, customer_id), _calls(speech, customer_id, queue, do_not_call)]
        case Tab.FAMILY:
            own = [*family.steps(speech, customer_id=customer_id, empty=nobody)]
        case Tab.INTERACTIONS:
            own = [Button("📝 " + speech.pgettext("button", "Log"), Action("write", (customer_id,)))]
        case Tab.BEHAVIOUR if open_dropoff:
            own = [Button("☑️ " + speech.pgettext("button", "Recovered"), Action("recovered", (customer_id,)))]
        case Tab.INSIGHTS:
            bad = Button("👎 " + speech.pgettext("button", "Bad suggestion"), Action("bad", (customer_id,)))
            own = [_listed_again(customer_id, left_out, speech) or bad]
    grid = [
        [
            to_card(speech, customer_id, queue)
            if place is opened
            else Button(capitalised(render_words("tab", place, speech)), Action("tab", (customer_id, queue, place, 0)))
            for place in row
        ]
        for row in _TABS
    ]
    undo = None if change_id is None else revert(customer_id, change_id, speech, beside=beside)
    if opened is Tab.FAMILY:
        work = None if work_of is None else family.work(speech, customer_id=customer_id, relative_id=work_of)
        return keyboard(own, [undo, *([work] if work else paging)], *grid)
    if opened is Tab.PROFILE:
        same = None if double is None else same_person(speech, customer_id, double)
        return keyboard(own, [_consents(speech, customer_id), undo or same], *grid)
    return keyboard([*own, *paging], [undo, *of_contacts(speech, customer_id=customer_id, contacts=files)], *grid)


def _listed_again(customer_id: int, left_out: int | None, speech: Speech) -> Button | None:
    """``[↩️ Undo 👎]``: takes back that the customer is left out of the call list."""
    if left_out is None:
        return None
    undo = revert(customer_id, left_out, speech)
    return Button(f"{undo.label} 👎", undo.action)


def to_card(speech: Speech, customer_id: int, queue: int) -> Button:
    return Button("‹ " + speech.pgettext("button", "Card"), Action("card", (customer_id, queue)))


def _contact(speech: Speech, customer_id: int) -> Button:
    """Sends the number as a contact to call from."""
    return Button("📞 " + speech.pgettext("button", "Contact"), Action("contact", (customer_id,)))


def _edit(speech: Speech, customer_id: int) -> Button:
    return Button("✏️ " + speech.pgettext("button", "Edit"), Action("edit", (customer_id, 0)))


def _consents(speech: Speech, customer_id: int) -> Button:
    return Button("🔏 " + speech.pgettext("button", "Consent"), Action("consents", (customer_id,)))


def _calls(speech: Speech, customer_id: int, queue: int, do_not_call: bool) -> Button:
    """Stops calls, or allows them again."""
    if not do_not_call:
        return outcome(Outcome.DO_NOT_CALL, speech, Action("log", (customer_id, queue, Outcome.DO_NOT_CALL)))
    allowed = Action("allow", (customer_id, ConsentChannel.CALL, Consent.YES))
    return Button("📞 " + speech.pgettext("button", "Allow calls"), allowed)


def _page(speech: Speech, opened: Tab, customer_id: int, queue: int, page: int, way: str) -> Button:
    older, newer = speech.pgettext("button", "Older") + " ›", "‹ " + speech.pgettext("button", "Newer")
    return Button(older if way == "older" else newer, Action("tab", (customer_id, queue, opened, page)))
