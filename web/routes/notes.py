"""``/cdm/notes/waiting``: what agents wrote while it was not clear of whom."""

from typing import Annotated

from fastapi import Path, Query

from cdm_core import contact_log, notes_to_confirm
from cdm_core.contact_log import LoggedContact
from cdm_core.notes_to_confirm import NoteToConfirm
from cdm_core.query import LARGEST_ID
from web import urgent
from web.call import Reading, Writing
from web.models.follow_ups import Confirmed, WaitingNote
from web.models.interactions import Interaction
from web.paging import TOTAL_HEADERS, Paging
from web.router import noun

router = noun("Notes to confirm")

NotePath = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The note's id")]


@router.get(
    "/notes/waiting",
    summary="List notes to confirm",
    response_model=list[WaitingNote],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def waiting(
    call: Reading,
    page: Paging,
    staff_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only those of this writer")] = None,
) -> tuple[NoteToConfirm, ...]:
    """Everybody's notes that wait for whose they are, the oldest first."""
    found = await notes_to_confirm.page(call.session, staff_id=staff_id, window=page.window)
    page.tell(found)
    call.facts["notes"] = [note.id for note in found.rows]
    return found.rows


@router.put("/notes/waiting/{note_id}/confirm", summary="Confirm a note", response_model=Interaction)
async def confirm(call: Writing, note_id: NotePath, sent: Confirmed) -> LoggedContact:
    """Say whose the note is: it is logged as its writer's contact, at the time it was written."""
    call.facts["note"] = note_id
    ref = await call.customer(sent.customer_id)
    interaction_id = await notes_to_confirm.confirm(
        call.session, note_id, ref, now=call.now, thresholds=call.thresholds
    )
    await urgent.retell(call, ref.customer_id)
    return await contact_log.one(call.session, ref.customer_id, interaction_id)


@router.delete("/notes/waiting/{note_id}", summary="Discard a note", status_code=204)
async def discard(call: Writing, note_id: NotePath) -> None:
    """Say that it is no note of any customer: it is forgotten."""
    call.facts["note"] = note_id
    await notes_to_confirm.discard(call.session, note_id, now=call.now)
