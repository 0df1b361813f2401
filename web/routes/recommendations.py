"""``/cdm/ai``: whom to call, what to offer and when, with the reasons."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from cdm_core import recommendations
from cdm_core.words import Language
from templates.speech import Speech
from web.call import Call, CustomerPath, Reading
from web.models.recommendations import CallRecommendation
from web.paging import FARTHEST, MOST, TOTAL_HEADERS, Page, Paging
from web.router import noun

router = noun("Recommendations")

InLanguage = Annotated[Language, Query(alias="language", description="Of the sentences in the answer")]


def _top(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Number of results")] = 10,
    offset: Annotated[int, Query(ge=0, le=FARTHEST, description="How many to skip")] = 0,
) -> Page:
    return Page(limit, offset, request, response)


Top = Annotated[Page, Depends(_top)]
Shown = Annotated[
    bool, Query(alias="shown", description="Somebody is shown the answer: note it, to measure what calling brings")
]


@router.get("/ai/recommendations", response_model=list[CallRecommendation], responses={200: {"headers": TOTAL_HEADERS}})
async def all_recommendations(
    call: Reading, page: Paging, language: InLanguage = Language.EN, shown: Shown = False
) -> list[CallRecommendation]:
    """The whole shop's call list, in the order to call in; one customer a household."""
    return await _listed(call, page, language, best_first=False, noted=shown)


@router.get("/ai/top-priority", response_model=list[CallRecommendation], responses={200: {"headers": TOTAL_HEADERS}})
async def top_priority(
    call: Reading, page: Top, language: InLanguage = Language.EN, shown: Shown = False
) -> list[CallRecommendation]:
    """The same, the highest score first."""
    return await _listed(call, page, language, best_first=True, noted=shown)


@router.get("/ai/recommendation/{customer_id}", response_model=CallRecommendation)
async def one_recommendation(
    call: Reading, customer_id: CustomerPath, language: InLanguage = Language.EN
) -> CallRecommendation:
    """What to do about one customer; `callable` says whether they may be called now, and if not, why."""
    ref = await call.customer(customer_id)
    found = await recommendations.one(call.session, ref, call.thresholds, now=call.now)
    return CallRecommendation.of(found, _speech(call, language))


async def _listed(
    call: Call, page: Page, language: Language, *, best_first: bool, noted: bool
) -> list[CallRecommendation]:
    found = await recommendations.page(
        call.session,
        call.thresholds,
        now=call.now,
        limit=page.limit,
        offset=page.offset,
        best_first=best_first,
        noted=noted,
    )
    call.shows(row.customer_id for row in found.rows)
    page.tell(found.total, more=found.more)
    speech = _speech(call, language)
    return [CallRecommendation.of(row, speech) for row in found.rows]


def _speech(call: Call, language: Language) -> Speech:
    return Speech(language, call.thresholds.zone, call.now, call.currency)
