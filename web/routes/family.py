"""``/cdm/family``: a customer's relatives and their days."""

from typing import Annotated

from fastapi import Path, Response

from cdm_core import family, family_fields, family_rows, family_writes
from cdm_core.access import CustomerRef
from web.call import Call, Reading, Writing
from web.models.family import ChangedRelative, FamilyMember, NewRelative
from web.models.fields import CUSTOMER, LARGEST_ID
from web.paging import TOTAL_HEADERS, Paging
from web.router import noun

router = noun("Family")

RelativePath = Annotated[int, Path(ge=1, le=LARGEST_ID, alias="id", description="The relative's id")]
FamilyPath = Annotated[str, Path(pattern=CUSTOMER, alias="id", description="The customer's id, or `source:key`")]


@router.get("/family/{id}", response_model=list[FamilyMember], responses={200: {"headers": TOTAL_HEADERS}})
async def relatives(call: Reading, page: Paging, customer_id: FamilyPath) -> list[FamilyMember]:
    """The relatives of the customer with this id or `source:key`, in the order they were added."""
    ref = await call.customer(customer_id)
    found = await family.relatives(call.session, None, ref, call.thresholds, now=call.now)
    page.tell(len(found))
    shown = found[page.offset : page.offset + page.limit]
    return [FamilyMember.of(ref.customer_id, one, call.thresholds.country) for one in shown]


@router.post(
    "/family",
    response_model=FamilyMember,
    status_code=201,
    responses={200: {"model": FamilyMember, "description": "The relative was known and has what was told"}},
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
    return await _relative(call, ref, written.relative_id)


@router.put("/family/{id}", response_model=FamilyMember)
async def change_relative(call: Writing, relative_id: RelativePath, sent: ChangedRelative) -> FamilyMember:
    """Change a relative; what is left out stays, null empties."""
    ref = await _of(call, relative_id)
    values = family_fields.values_of_fields(sent.fields(), now=call.now, thresholds=call.thresholds)
    await family_writes.change(
        call.session, call.actor, ref, relative_id, values, now=call.now, thresholds=call.thresholds
    )
    return await _relative(call, ref, relative_id)


@router.delete("/family/{id}", status_code=204)
async def remove_relative(call: Writing, relative_id: RelativePath) -> None:
    """Remove a relative; no import brings them back."""
    ref = await _of(call, relative_id)
    await family_writes.remove(call.session, call.actor, ref, relative_id, now=call.now, thresholds=call.thresholds)


async def _of(call: Call, relative_id: int) -> CustomerRef:
    return await call.customer(await family_rows.owner_of(call.session, relative_id))


async def _relative(call: Call, ref: CustomerRef, relative_id: int) -> FamilyMember:
    found = await family.relative(call.session, None, ref, call.thresholds, relative_id, now=call.now)
    return FamilyMember.of(ref.customer_id, found, call.thresholds.country)
