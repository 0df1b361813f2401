"""Whom to call, what to offer and when, as the guide has it and with the reasons beside."""

from decimal import Decimal
from typing import Literal, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from cdm_core import call_hours
from cdm_core.calls import Part
from cdm_core.factors import FactorCode
from cdm_core.recommendations import Hindrance, Recommendation
from cdm_core.suggestions import BoughtBefore, DueAgain, NewForThem, Product
from cdm_core.words import NextAction, OfferType, Temperature
from templates import recommendations as words
from templates.speech import Speech
from web.models.fields import Answer, At, Money, Number

_KINDS: dict[type[Product], Literal["due_again", "bought_before", "new"]] = {
    DueAgain: "due_again",
    BoughtBefore: "bought_before",
    NewForThem: "new",
}
EXAMPLE: JsonDict = {
    "customer_id": 123,
    "customer_name": "John Doe",
    "phone": "01712345678",
    "phone_e164": "+8801712345678",
    "owner_id": 2,
    "customer_temperature": "hot",
    "lifetime_value": 125000,
    "rank": 1,
    "part": "cart",
    "call_priority_score": 10,
    "expected_value": 812.4,
    "offer_type": "Premium product upsell",
    "offer_code": "upsell",
    "best_call_time": "10:00-12:00",
    "best_call_time_n": 14,
    "recommended_products": "Honey 1 kg, Chia seed 500 g",
    "products": [
        {"product_id": 456, "name": "Honey 1 kg", "price": 950, "stock": 40, "kind": "due_again", "chance": 0.31},
        {"product_id": 789, "name": "Chia seed 500 g", "price": 620, "stock": 12, "kind": "new", "chance": 0.08},
    ],
    "next_action": "URGENT: Call within 24 hours",
    "next_action_code": "call_now",
    "deadline": "2026-11-23T05:10:00Z",
    "callable": True,
    "not_callable_code": None,
    "not_callable_because": None,
    "callable_from": None,
    "reasons": [
        {"code": "cart", "weight": 4, "text": "Cart ৳5,500, 3 h ago"},
        {"code": "called", "weight": -1, "text": "Called 2 d ago"},
    ],
}
_WHY_NOT: dict[Hindrance, str] = {
    Hindrance.DO_NOT_CALL: "The customer does not want to be called",
    Hindrance.ASKED: "Whether all calls are to stop was asked, and waits for an answer",
    Hindrance.LEFT_OUT: "A colleague found the suggestion to call them bad",
    Hindrance.CLAIMED: "A colleague is calling them just now",
    Hindrance.HOUSEHOLD_CLAIMED: "Another of their household is being called just now",
    Hindrance.COOLDOWN: "They were reached a short while ago",
    Hindrance.ATTEMPT_CAP: "They were called often enough without an answer",
    Hindrance.HOUSEHOLD_CALLED: "Another of their household was spoken to today",
    Hindrance.HOUSEHOLD_TRIED: "Another of their household was tried just now",
    Hindrance.JUST_TRIED: "They were tried just now",
    Hindrance.OUTSIDE_HOURS: "They asked to be called at another time of day",
}


class Why(Answer):
    """What speaks for (+) or against (−) a call now."""

    code: FactorCode
    weight: int
    text: str


class Offered(Answer):
    """A product to make the offer with."""

    product_id: int | None = Field(description="null where an order only told a name")
    name: str
    price: Money | None
    stock: int | None
    kind: Literal["due_again", "bought_before", "new"] = Field(
        description="Its usual gap has passed, they know it, or they do not"
    )
    chance: float = Field(description="How often such an offer was taken with the next order, 0 to 1")


class CallRecommendation(Answer):
    """One customer: who, what, when, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    customer_id: int
    customer_name: str
    phone: str | None = Field(description="As people dial it; as typed where it is no valid number")
    phone_e164: str | None = Field(description="The same with the country's code; null where it is no valid number")
    owner_id: int | None = Field(description="Who of the staff looks after them")
    customer_temperature: Temperature
    lifetime_value: Money
    rank: int | None = Field(description="The place in this list, from 1; null of one customer alone")
    part: Part | None = Field(description="What puts them there before others; null: what a call is worth")
    call_priority_score: int = Field(description="1 to 10: the tenth by what a call is worth, more where it is urgent")
    expected_value: Number | None = Field(description="What a call is expected to earn, in the business currency")
    offer_type: str
    offer_code: OfferType
    best_call_time: str | None = Field(description="`HH:MM-HH:MM`, local; null where too little is known")
    best_call_time_n: int | None = Field(description="Calls it rests on; null where it is the customer's own word")
    recommended_products: str | None = Field(description="The names of the first three, with commas between")
    products: list[Offered]
    next_action: str
    next_action_code: NextAction
    deadline: At | None
    callable: bool = Field(description="Whether they may be called now")
    not_callable_code: Hindrance | None
    not_callable_because: str | None = Field(description="The same as a sentence")
    callable_from: At | None = Field(description="When that ends, where it is known")
    reasons: list[Why] = Field(description="The weightiest first")

    @classmethod
    def of(cls, found: Recommendation, speech: Speech) -> Self:
        advice, ranking = found.advice, found.facts.ranking
        next_action, reasons = words.told(advice, speech)
        return cls(
            customer_id=found.customer_id,
            customer_name=found.name,
            phone=found.phone,
            phone_e164=found.phone_e164,
            owner_id=found.owner_id,
            customer_temperature=found.facts.temperature,
            lifetime_value=found.lifetime_value,
            rank=found.rank,
            part=found.part,
            call_priority_score=advice.score,
            expected_value=None if ranking is None else Decimal(str(round(ranking.value, 2))),
            offer_type=words.offer(advice.offer, speech),
            offer_code=advice.offer,
            best_call_time=call_hours.written(found.hours) if found.hours else None,
            best_call_time_n=found.calls_known,
            recommended_products=", ".join(product.name for product in advice.products[:3]) or None,
            products=[
                Offered(
                    product_id=product.product_id,
                    name=product.name,
                    price=product.price,
                    stock=product.stock,
                    kind=_KINDS[type(product)],
                    chance=round(product.chance, 4),
                )
                for product in advice.products
            ],
            next_action=next_action,
            next_action_code=advice.next_action,
            deadline=advice.deadline,
            callable=found.hindrance is None,
            not_callable_code=found.hindrance,
            not_callable_because=_WHY_NOT[found.hindrance] if found.hindrance else None,
            callable_from=found.callable_from,
            reasons=[
                Why(code=factor.code, weight=factor.weight, text=reason)
                for factor, reason in zip(advice.factors, reasons, strict=True)
            ],
        )
