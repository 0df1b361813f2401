"""Files with a contact: logged with their caption, or added to what was logged just now."""

from collections.abc import Sequence
from datetime import datetime

from bot.call import Call
from bot.commands import conversation, echoes
from bot.reply import Reply
from cdm_core import contact_files
from cdm_core.access import CustomerRef
from cdm_core.contact_files import SentFile
from cdm_core.contacts import Contact
from cdm_core.note_contacts import contact_of_note, read
from cdm_core.words import InteractionType
from templates.keyboards import files as keyboards


async def attach(
    call: Call,
    ref: CustomerRef,
    text: str,
    files: Sequence[SentFile],
    *,
    at: datetime,
    origin: str,
    came_with: str,
    edit: bool = False,
) -> Reply:
    """Keep files that ``came_with`` one message or album. Their caption ``text`` is a note like any other; without
    one they belong to the contact logged with the customer just now, or stand for themselves."""
    if text:
        note = read(text, at, call.thresholds)
        logged = await echoes.log(call, ref, contact_of_note(note, text, said_at=at, origin=origin))
        await contact_files.add(
            call.session, ref.customer_id, logged.interaction_id, files, origin=came_with, now=call.now
        )
        return await echoes.echo(call, logged, note=note, edit=edit, files=files)
    talk = await contact_files.same_talk(call.session, call.staff, ref, now=call.now)
    alone = talk is None
    if talk is None:
        remark = Contact(at=at, type=InteractionType.OTHER, origin=origin)
        talk = (await echoes.log(call, ref, remark)).interaction_id
    file_id = await contact_files.add(call.session, ref.customer_id, talk, files, origin=came_with, now=call.now)
    await conversation.make_current(call, ref.customer_id)
    undo = keyboards.undo_alone if alone else keyboards.undo_attached
    return Reply(
        "notes/file_kept",
        edit=edit,
        customer_id=ref.customer_id,
        buttons=undo(call.speech, customer_id=ref.customer_id, interaction_id=talk, file_id=file_id),
        customer=ref,
        files=files,
        alone=alone,
    )
