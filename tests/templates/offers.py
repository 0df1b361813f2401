"""What is offered to the style sheet's customers, and what the models say of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from cdm_core.customer360 import Card
from cdm_core.facts import Ranking
from cdm_core.recommend.fits import Fit, FitKind
from cdm_core.suggestions import BoughtBefore, DueAgain, NewForThem, Suggestions
from tests.templates.speeches import at

GHEE = DueAgain(1, "Ghee 500 g", Decimal(850), 9, 0.3, days=41, usual_days=30)
HONEY = BoughtBefore(4, "Honey 1 kg", Decimal(950), 40, 0.08, days=20)
CHIA = NewForThem(2, "Chia seed", Decimal(450), None, 0.1, dearer=False)
DATES = NewForThem(3, "Dates 1 kg", Decimal(900), 4, 0.05, dearer=True)
SUGGESTIONS = Suggestions((GHEE,), (HONEY,), (CHIA, DATES))
MODEL = Fit(7, FitKind.PURCHASE, "bgnbd-1", at("2026-11-22T02:00"), date(2024, 1, 1), date(2026, 11, 21), {}, {})
RANKING = Ranking(
    value=375.4,
    fitted=True,
    p_alive=0.88,
    p_buy=0.62,
    expected_orders=1.43,
    expected_spend=Decimal("1250.50"),
    p_answer=0.6,
    best_call_time=None,
    best_call_time_n=None,
    best_call_time_by=None,
    due_again=(1,),
    new_items=(2, 3),
    ranked_at=at("2026-11-22T02:00"),
    horizon_days=90,
    leads_rate=0.1,
)


def offered(card: Card) -> Card:
    """The card with both lists, of which the dearer leads."""
    return replace(
        card,
        ranking=RANKING,
        suggested=SUGGESTIONS,
        advice=replace(card.advice, products=(DATES, GHEE, CHIA, HONEY)),
    )
