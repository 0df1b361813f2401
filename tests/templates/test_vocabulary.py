"""Every value that can be stored has its word in both languages."""

from enum import StrEnum

import pytest

from cdm_core import words
from templates.actions import Tab
from templates.vocabulary import WORDS, icon, relative, render_words
from tests.templates.speeches import BN, EN

ENUMS: dict[str, type[StrEnum]] = {
    "stage": words.LifecycleStage,
    "type": words.CustomerType,
    "temperature": words.Temperature,
    "outcome": words.Outcome,
    "reason": words.Reason,
    "channel": words.InteractionType,
    "direction": words.Direction,
    "role": words.Role,
    "tab": Tab,
    "relative": words.Relationship,
    "offer": words.OfferType,
    "next_action": words.NextAction,
    "dropoff": words.DropoffStage,
    "behaviour": words.BehaviorType,
    "order": words.OrderStatus,
    "payment": words.PaymentMethod,
    "occasion": words.EventType,
    "gender": words.Gender,
    "marital_status": words.MaritalStatus,
    "language": words.Language,
    "campaign": words.BuiltInCampaign,
}


@pytest.mark.parametrize("kind", ENUMS)
def test_every_value_has_a_word(kind: str) -> None:
    assert set(ENUMS[kind]) <= set(WORDS[kind])


@pytest.mark.parametrize(
    ("kind", "code", "form", "english", "bengali"),
    [
        ("outcome", "callback_requested", "label", "later", "পরে"),
        ("outcome", "callback_requested", "text", "call back", "পরে কল"),
        ("outcome", "no_answer", "text", "no answer", "ধরেনি"),
        ("reason", "price", "label", "price", "দাম"),
        ("reason", "price", "text", "price", "দাম বেশি"),
        ("stage", "first_buyer", "label", "first buyer", "প্রথম অর্ডার"),
        ("next_action", "call_now", "text", "URGENT: Call within 24 hours", "জরুরি: ২৪ ঘণ্টার মধ্যে কল দিন"),
        ("dropoff", "checkout_initiated", "text", "left at checkout", "চেকআউটে থেমেছে"),
    ],
)
def test_labels_and_texts(kind: str, code: str, form: str, english: str, bengali: str) -> None:
    assert form in ("label", "text")
    assert render_words(kind, code, EN, "text" if form == "text" else "label") == english
    assert render_words(kind, code, BN, "text" if form == "text" else "label") == bengali


def test_texts_take_their_facts() -> None:
    assert render_words("next_action", "reorder", EN, "text", when="Thu 26 Nov") == "offer a reorder by Thu 26 Nov"
    assert render_words("next_action", "reorder", BN, "text", when="বৃহঃ ২৬ নভে") == "রি-অর্ডার অফার, বৃহঃ ২৬ নভে পর্যন্ত"


@pytest.mark.parametrize(
    ("relationship", "gender", "english", "bengali"),
    [
        ("spouse", "female", "wife", "স্ত্রী"),
        ("spouse", None, "spouse", "স্বামী/স্ত্রী"),
        ("child", "male", "son", "ছেলে"),
        ("child", "other", "child", "সন্তান"),
        ("other", "female", "relative", "আত্মীয়"),
    ],
)
def test_a_relative_follows_the_gender(relationship: str, gender: str | None, english: str, bengali: str) -> None:
    assert relative(relationship, gender, EN) == english
    assert relative(relationship, gender, BN) == bengali


def test_icons() -> None:
    assert icon("temperature", "hot") == "🔥"
    assert icon("outcome", "connected") == ""
    with pytest.raises(KeyError):
        render_words("stage", "unheard of", EN)
