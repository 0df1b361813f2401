"""``/cdm/ai``: whom to call, what to offer and when, with the reasons."""

import asyncio
from typing import Annotated

from fastapi import Query

from cdm_core import recommendations
from cdm_core.words import Language
from templates.speech import Speech
from web.call import Call, CustomerPath, Reading
from web.models.recommendations import CallRecommendation
from web.paging import LATE_TOTAL_HEADERS, Page, PagingByOffset, TopByOffset
from web.router import noun

router = noun("Recommendations")

InLanguage = Annotated[Language, Query(alias="language", description="Of the sentences in the answer")]


Shown = Annotated[
    bool, Query(alias="shown", description="Somebody is shown the answer: note it, to measure what calling brings")
]


@router.get(
    "/ai/recommendations",
    summary="List whom to call",
    response_model=list[CallRecommendation],
    responses={200: {"headers": LATE_TOTAL_HEADERS}},
)
async def all_recommendations(
    call: Reading, page: PagingByOffset, language: InLanguage = Language.EN, shown: Shown = False
) -> list[CallRecommendation]:
    """The whole shop's call list, in the order to call in; one customer a household."""
    return await _listed(call, page, language, best_first=False, noted=shown)


@router.get(
    "/ai/top-priority",
    summary="List the highest scores",
    response_model=list[CallRecommendation],
    responses={200: {"headers": LATE_TOTAL_HEADERS}},
)
async def top_priority(
    call: Reading, page: TopByOffset, language: InLanguage = Language.EN, shown: Shown = False
) -> list[CallRecommendation]:
    """The same, the highest score first."""
    return await _listed(call, page, language, best_first=True, noted=shown)


@router.get(
    "/ai/recommendation/{customer_id}",
    summary="Recommend what to do about a customer",
    response_model=CallRecommendation,
)
async def one_recommendation(
    call: Reading, customer_id: CustomerPath, language: InLanguage = Language.EN, shown: Shown = False
) -> CallRecommendation:
    """What to do about one customer; `callable` says whether they may be called now, and if not, why."""
    ref = await call.customer(customer_id)
    found = await recommendations.one(call.session, ref, call.thresholds, now=call.now, noted=shown)
    return CallRecommendation.of(found, _speech(call, language))


async def _listed(
    call: Call, page: Page, language: Language, *, best_first: bool, noted: bool
) -> list[CallRecommendation]:
    found = await recommendations.page(
        call.session,
        call.thresholds,
        now=call.now,
        window=page.window,
        best_first=best_first,
        noted=noted,
    )
    call.shows(row.customer_id for row in found.rows)
    page.tell(found)
    speech = _speech(call, language)
    told = []
    for row in found.rows:
        told.append(CallRecommendation.of(row, speech))
        await asyncio.sleep(0)  # a thousand in words take seconds, in which others want their answers
    return told


def _speech(call: Call, language: Language) -> Speech:
    return Speech(language, call.thresholds.zone, call.now, call.currency)
