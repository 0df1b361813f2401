"""``/cdm/family``: a customer's relatives and their days."""

from typing import Annotated

from fastapi import Path, Response

from cdm_core import family, family_fields, family_rows, family_writes
from cdm_core.access import CustomerRef
from cdm_core.listed import Listed
from cdm_core.query import LARGEST_ID
from web.call import Call, Reading, Writing
from web.errors import ProblemError
from web.etags import CHANGED, ETAG, IfMatch, guard, tagged
from web.models.family import ChangedRelative, FamilyMember, NewRelative
from web.models.fields import CUSTOMER, IN_WORDS
from web.paging import TOTAL_HEADERS, PagingByOffset
from web.router import noun

router = noun("Family")

RelativePath = Annotated[int, Path(ge=1, le=LARGEST_ID, alias="id", description="The relative's id")]
FamilyPath = Annotated[
    str, Path(pattern=CUSTOMER, alias="id", description="The customer's id, or `source:key`"), IN_WORDS
]


@router.get(
    "/family/{id}",
    summary="List a customer's relatives",
    response_model=list[FamilyMember],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def relatives(call: Reading, page: PagingByOffset, customer_id: FamilyPath) -> list[FamilyMember]:
    """The relatives of the customer with this id or `source:key`, in the order they were added."""
    ref = await call.customer(customer_id)
    found = await family.relatives(call.session, None, ref, call.thresholds, now=call.now)
    shown = Listed.by_offset(found[page.window.offset :], page.window, len(found))
    page.tell(shown)
    return [FamilyMember.of(ref.customer_id, one, call.thresholds.country) for one in shown.rows]


@router.post(
    "/family",
    summary="Add a relative",
    response_model=FamilyMember,
    status_code=201,
    responses={
        200: {"model": FamilyMember, "description": "The relative was known and has what was told", **ETAG},
        201: ETAG,
    },
)
async def add_relative(call: Writing, sent: NewRelative, response: Response) -> FamilyMember:
    """Add a relative. One of this name and relationship who is there already takes what is told: sending it twice adds
    nobody twice."""
    ref = await call.customer(sent.customer)
    values = family_fields.values_of_fields(sent.fields(), now=call.now, thresholds=call.thresholds)
    written, new = await family_writes.put(
        call.session, call.actor, ref, values, now=call.now, thresholds=call.thresholds
    )
    response.status_code = 201 if new else 200
    return tagged(response, await _relative(call, ref, written.relative_id))


@router.put(
    "/family/{id}", summary="Change a relative", response_model=FamilyMember, responses={200: ETAG, 412: CHANGED}
)
async def change_relative(
    call: Writing, relative_id: RelativePath, sent: ChangedRelative, response: Response, if_match: IfMatch = None
) -> FamilyMember:
    """Change a relative; what is left out stays, null empties. With `If-Match` or `updated_at` only where nobody
    changed the relative since you read it."""
    ref = await _of(call, relative_id)
    await _refuse_another(call, ref, relative_id, sent)
    guard(if_match, await _relative(call, ref, relative_id), seen=sent.updated_at)
    values = family_fields.values_of_fields(sent.fields(), now=call.now, thresholds=call.thresholds)
    await family_writes.change(
        call.session, call.actor, ref, relative_id, values, now=call.now, thresholds=call.thresholds
    )
    return tagged(response, await _relative(call, ref, relative_id))


@router.delete("/family/{id}", summary="Remove a relative", status_code=204, responses={412: CHANGED})
async def remove_relative(call: Writing, relative_id: RelativePath, if_match: IfMatch = None) -> None:
    """Remove a relative; no import brings them back."""
    ref = await _of(call, relative_id)
    guard(if_match, await _relative(call, ref, relative_id))
    await family_writes.remove(call.session, call.actor, ref, relative_id, now=call.now, thresholds=call.thresholds)


async def _of(call: Call, relative_id: int) -> CustomerRef:
    return await call.held(await family_rows.owner_of(call.session, relative_id))


async def _refuse_another(call: Call, ref: CustomerRef, relative_id: int, sent: ChangedRelative) -> None:
    """A body that names somebody else was meant for another address."""
    if sent.id not in (None, relative_id):
        raise ProblemError(409, "another_relative", f"The body is of the relative {sent.id}, not of {relative_id}.")
    if sent.customer is not None and (await call.customer(sent.customer)).customer_id != ref.customer_id:
        raise ProblemError(409, "another_customer", f"The relative is of the customer {ref.customer_id}, and stays so.")
    call.about = ref.customer_id


async def _relative(call: Call, ref: CustomerRef, relative_id: int) -> FamilyMember:
    found = await family.relative(call.session, None, ref, call.thresholds, relative_id, now=call.now)
    return FamilyMember.of(ref.customer_id, found, call.thresholds.country)
