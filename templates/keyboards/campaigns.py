"""Win-back campaigns: the list, a campaign's fields, making a new one, what it brought; and greetings."""

from collections.abc import Iterable, Sequence

from cdm_core.words import CampaignCause, DropoffStage, Language, Outcome, RecoveryBy
from templates.actions import Action, CampaignStep, GreetingFor
from templates.buttons import Button, Keyboard, Url, keyboard
from templates.dates import days as in_days
from templates.keyboards.labels import PAGE, back, labelled, more
from templates.numbers import count
from templates.speech import Speech

STAGES = (DropoffStage.ADD_TO_CART, DropoffStage.CHECKOUT_INITIATED, DropoffStage.PAYMENT_FAILED)
ANY = "any"
"""Said where a new campaign is not narrowed."""

_TRIES = (1, 2, 3, 4, 5)
_APART = ((1, 2, 3, 4, 5), (7, 10, 14, 21, 30))
_QUIET = ((30, 45, 60), (90, 120, 180))
_PERIODS = (7, 30, 90)
_OTHER = {Language.EN: Language.BN, Language.BN: Language.EN}
_NAMES = {Language.EN: "English", Language.BN: "বাংলা"}


def campaigns(speech: Speech, *, campaign_ids: Sequence[int], page: int = 0, remaining: int = 0) -> Keyboard:
    opened = [
        Button(count(number, speech), Action("campaign", (campaign_id, CampaignStep.SHOW)))
        for number, campaign_id in enumerate(campaign_ids, page * PAGE + 1)
    ]
    return keyboard(
        opened,
        [
            Button("➕ " + speech.pgettext("button", "New"), Action("campaign_new", ("", ""))),
            Button("📊 " + speech.pgettext("button", "Results"), Action("recovery", (RecoveryBy.CAMPAIGN, 30))),
        ],
        [
            back(Action("campaigns", (page - 1,)), speech) if page else None,
            more(remaining, Action("campaigns", (page + 1,)), speech),
        ],
    )


def campaign(speech: Speech, *, campaign_id: int, cause: CampaignCause, active: bool) -> Keyboard:
    def step(label: str, what: CampaignStep) -> Button:
        return Button(label, Action("campaign", (campaign_id, what)))

    switch = (
        step(speech.pgettext("button", "Switch off"), CampaignStep.OFF)
        if active
        else step(speech.pgettext("button", "Switch on"), CampaignStep.ON)
    )
    of_dropoffs = cause is CampaignCause.DROPOFF
    return keyboard(
        [switch, step("✏️ " + speech.pgettext("button", "Name"), CampaignStep.NAME)],
        [step("✏️ English", CampaignStep.ENGLISH), step("✏️ বাংলা", CampaignStep.BENGALI)],
        [
            step(speech.pgettext("button", "Tries"), CampaignStep.TRIES),
            step(speech.pgettext("button", "Spacing"), CampaignStep.APART),
            step(speech.pgettext("button", "Amount"), CampaignStep.VALUE) if of_dropoffs else None,
        ],
        [
            step(speech.pgettext("button", "Left where"), CampaignStep.STAGE)
            if of_dropoffs
            else step(speech.pgettext("button", "Days quiet"), CampaignStep.QUIET),
            back(Action("campaigns", (0,)), speech),
        ],
    )


def ask(speech: Speech, field: CampaignStep, *, campaign_id: int) -> Keyboard:
    """The few values of a field, and the way back."""

    def value(label: str, stored: str) -> Button:
        return Button(label, Action("campaign_is", (campaign_id, field, stored)))

    rows: list[list[Button]] = []
    match field:
        case CampaignStep.TRIES:
            rows = [[value(count(number, speech), str(number)) for number in _TRIES]]
        case CampaignStep.APART:
            rows = [[value(count(number, speech), str(number)) for number in row] for row in _APART]
        case CampaignStep.QUIET:
            rows = [[value(in_days(number, speech), str(number)) for number in row] for row in _QUIET]
            rows.append([value(speech.pgettext("button", "When inactive"), "")])
        case CampaignStep.STAGE:
            rows = _pairs(
                [value(speech.pgettext("button", "Anywhere"), ""), *(value(*_stage(one, speech)) for one in STAGES)]
            )
        case CampaignStep.VALUE:
            rows = [[value(speech.pgettext("button", "Any amount"), "")]]
    return keyboard(*rows, [back(Action("campaign", (campaign_id, CampaignStep.SHOW)), speech)])


def new(speech: Speech, *, cause: CampaignCause | None, asked: bool = False) -> Keyboard:
    """For whom, then how narrow; nothing but the way back where its name is asked for."""

    def choice(label: str, *chosen: str) -> Button:
        return Button(label, Action("campaign_new", chosen))

    rows: list[list[Button]] = []
    if cause is None:
        rows = [[choice(labelled("cause", one, speech), one, "") for one in CampaignCause]]
    elif not asked and cause is CampaignCause.DROPOFF:
        anywhere = choice(speech.pgettext("button", "Anywhere"), cause, ANY)
        stages = [_stage(one, speech) for one in STAGES]
        rows = _pairs([anywhere, *(choice(label, cause, stage) for label, stage in stages)])
    elif not asked:
        rows = [[choice(in_days(number, speech), cause, str(number)) for number in row] for row in _QUIET]
        rows.append([choice(speech.pgettext("button", "When inactive"), cause, ANY)])
    before = Action("campaigns", (0,)) if cause is None else Action("campaign_new", (cause if asked else "", ""))
    return keyboard(*rows, [back(before, speech)])


def recovery(speech: Speech, *, by: RecoveryBy, days: int) -> Keyboard:
    """Counted otherwise, over other days."""
    others = [
        Button(labelled("recovery", one, speech), Action("recovery", (one, days))) for one in RecoveryBy if one != by
    ]
    periods = [Button("📅 " + in_days(number, speech), Action("recovery", (by, number))) for number in _PERIODS]
    return keyboard(others, periods, [back(Action("campaigns", (0,)), speech)])


def greeting(
    speech: Speech,
    *,
    customer_id: int,
    from_queue: bool,
    why: GreetingFor,
    language: Language,
    link: str | None,
) -> Keyboard:
    """``link`` opens the chat with the greeting ready to send; then one tap says that it was sent."""
    queue, other = int(from_queue), _OTHER[language]
    sent = Action("log", (customer_id, queue, Outcome.WHATSAPP_MESSAGE_SENT))
    return keyboard(
        [Button("💬 WhatsApp", Url(link)), Button("☑️ " + speech.pgettext("button", "Sent"), sent)] if link else [],
        [
            Button("✏️ " + speech.pgettext("button", "Reword"), Action("reword", (customer_id, why, language))),
            Button("🌐 " + _NAMES[other], Action("greet", (customer_id, why, other))),
            Button("‹ " + speech.pgettext("button", "Card"), Action("card", (customer_id, queue))),
        ],
    )


def reword(speech: Speech, *, customer_id: int, why: GreetingFor, language: Language) -> Keyboard:
    return keyboard([back(Action("greet", (customer_id, why, language)), speech)])


def _stage(stage: DropoffStage, speech: Speech) -> tuple[str, str]:
    return labelled("dropoff", stage, speech), stage.value


def _pairs(buttons: Iterable[Button]) -> list[list[Button]]:
    every = list(buttons)
    return [every[first : first + 2] for first in range(0, len(every), 2)]
