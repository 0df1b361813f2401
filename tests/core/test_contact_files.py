"""Files that came with a contact: their rows, through corrections, undoing, and the fetching of copies."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import contact_files, corrections, file_copies, interactions, thresholds, undo, waiting_notes
from cdm_core.access import CustomerRef
from cdm_core.contact_files import MOST_BYTES, Place, SentFile
from cdm_core.contacts import Contact
from cdm_core.errors import CdmError
from cdm_core.interactions import Logged
from cdm_core.words import FileKind, FileState, Outcome
from tests.core.people import People, people
from tests.factories import NOW

BOT = 42
VOICE = SentFile(FileKind.VOICE, BOT, "file-1", "unique-1", mime_type="audio/ogg", file_size=900, duration_seconds=12)
PHOTO = SentFile(FileKind.PHOTO, BOT, "file-2", "unique-2", file_size=5_000)
PAPER = SentFile(FileKind.DOCUMENT, BOT, "file-3", "../../etc/passwd", "bill.PDF", file_size=MOST_BYTES + 1)


async def logged(session: AsyncSession, who: People, customer_id: int, **facts: object) -> Logged:
    contact = Contact(at=NOW, outcome_code=Outcome.CONNECTED, **facts)  # type: ignore[arg-type]
    ref = CustomerRef(customer_id, "", who.tanvir.id)
    return await interactions.log(session, who.tanvir, ref, contact, now=NOW)


async def files_of(session: AsyncSession, one: Logged) -> list[tuple[FileKind, FileState]]:
    found = await contact_files.of_interactions(session, one.customer, [one.interaction_id])
    return [(file.sent.kind, file.state) for file in found.get(one.interaction_id, ())]


async def test_files_are_wanted_unless_too_large(session: AsyncSession) -> None:
    who = await people(session)
    call = await logged(session, who, who.rahim)
    await contact_files.add(session, who.rahim, call.interaction_id, [VOICE, PAPER], origin="1:2", now=NOW)
    found = await contact_files.of_interactions(session, call.customer, [call.interaction_id])
    assert [(file.sent, file.state) for file in found[call.interaction_id]] == [
        (VOICE, FileState.WANTED),
        (PAPER, FileState.TOO_LARGE),
    ]
    assert await contact_files.place_of(session, "1:2") == Place(who.rahim, call.interaction_id)
    assert await contact_files.place_of(session, "1:3") is None


async def test_a_file_belongs_to_the_talk_just_logged(session: AsyncSession) -> None:
    who = await people(session)
    ref = CustomerRef(who.sumaiya, "", who.tanvir.id)
    assert await contact_files.same_talk(session, who.tanvir, ref, now=NOW) is None
    call = await logged(session, who, who.sumaiya)
    late = NOW + contact_files.SAME_TALK
    assert (
        await contact_files.same_talk(session, who.tanvir, ref, now=late - timedelta(seconds=1)) == call.interaction_id
    )
    assert await contact_files.same_talk(session, who.tanvir, ref, now=late) is None
    assert await contact_files.same_talk(session, who.nusrat, ref, now=NOW) is None
    limits = await thresholds.load(session)
    await undo.undo(session, who.tanvir, ref, call.interaction_id, now=NOW, thresholds=limits)
    assert await contact_files.same_talk(session, who.tanvir, ref, now=NOW) is None


@pytest.mark.parametrize("moved", [False, True])
async def test_files_follow_a_correction(session: AsyncSession, moved: bool) -> None:
    who = await people(session)
    call = await logged(session, who, who.rahim)
    await contact_files.add(session, who.rahim, call.interaction_id, [VOICE, PHOTO], origin="1:2", now=NOW)
    await session.execute(
        text("UPDATE interaction_files SET state = 'kept', stored_name = 'x/' || id WHERE kind = 'voice'")
    )
    limits = await thresholds.load(session)
    to = CustomerRef(who.sumaiya, "", who.tanvir.id) if moved else None
    corrected = await corrections.correct(
        session,
        who.tanvir,
        call.customer,
        call.interaction_id,
        now=NOW,
        thresholds=limits,
        to=to,
        outcome_code=Outcome.INTERESTED,
    )
    assert await files_of(session, call) == []
    assert await files_of(session, corrected.logged) == [
        (FileKind.VOICE, FileState.KEPT),
        (FileKind.PHOTO, FileState.WANTED),
    ]
    assert (await session.execute(text("SELECT count(*) FROM files_to_delete"))).scalar_one() == 0


async def test_undoing_forgets_the_files_and_our_copies(session: AsyncSession) -> None:
    who = await people(session)
    call = await logged(session, who, who.rahim)
    await contact_files.add(session, who.rahim, call.interaction_id, [VOICE, PHOTO], origin="1:2", now=NOW)
    await session.execute(
        text("UPDATE interaction_files SET state = 'kept', stored_name = 'a/b.ogg' WHERE kind = 'voice'")
    )
    limits = await thresholds.load(session)
    undone = await undo.undo(session, who.tanvir, call.customer, call.interaction_id, now=NOW, thresholds=limits)
    assert undone.files_removed == 2
    assert await files_of(session, call) == []
    assert await file_copies.take_deleted(session) == ["a/b.ogg"]
    assert await file_copies.take_deleted(session) == []


async def test_what_was_attached_later_is_taken_back_alone(session: AsyncSession) -> None:
    who = await people(session)
    limits = await thresholds.load(session)
    call = await logged(session, who, who.rahim)
    await contact_files.add(session, who.rahim, call.interaction_id, [VOICE], origin="1:2", now=NOW)
    assert await contact_files.last_attached(session, who.tanvir, now=NOW, zone=limits.zone) is None
    later = NOW + timedelta(minutes=5)
    first = await contact_files.add(session, who.rahim, call.interaction_id, [PHOTO], origin="1:9", now=later)
    await contact_files.add(session, who.rahim, call.interaction_id, [PHOTO], origin="1:9", now=later)
    attached = await contact_files.last_attached(session, who.tanvir, now=later, zone=limits.zone)
    assert attached is not None
    assert (attached.customer_id, attached.interaction_id, attached.at) == (who.rahim, call.interaction_id, later)
    assert await contact_files.last_attached(session, who.nusrat, now=later, zone=limits.zone) is None
    removed = await contact_files.detach(session, who.tanvir, call.customer, first, now=later, zone=limits.zone)
    assert removed == (PHOTO, PHOTO)
    assert await files_of(session, call) == [(FileKind.VOICE, FileState.WANTED)]
    with pytest.raises(CdmError, match="nothing_to_undo"):
        await contact_files.detach(session, who.tanvir, call.customer, first, now=later, zone=limits.zone)


async def test_nobody_takes_back_anothers_or_another_days(session: AsyncSession) -> None:
    who = await people(session)
    zone = (await thresholds.load(session)).zone
    call = await logged(session, who, who.rahim)
    first = await contact_files.add(session, who.rahim, call.interaction_id, [PHOTO], origin="1:9", now=NOW)
    for person, now in ((who.nusrat, NOW), (who.tanvir, NOW + timedelta(days=1))):
        with pytest.raises(CdmError, match="nothing_to_undo"):
            await contact_files.detach(session, person, call.customer, first, now=now, zone=zone)


async def test_files_wait_with_their_note(session: AsyncSession) -> None:
    who = await people(session)
    note = await waiting_notes.keep(session, who.tanvir, "", origin="1:2", said_at=NOW)
    for number, file in enumerate((PHOTO, VOICE), 5):
        await contact_files.wait(session, note.note_id, file, message_id=number, origin="1:album")
    await contact_files.wait(session, note.note_id, PHOTO, message_id=5, origin="1:album")
    assert await contact_files.waiting_album(session, "1:album") == note.note_id
    assert await contact_files.take_waiting(session, note.note_id) == ("1:album", (PHOTO, VOICE))
    assert await contact_files.take_waiting(session, note.note_id) == ("", ())
    assert await contact_files.waiting_album(session, "1:album") is None


async def test_a_file_is_fetched_by_one_and_again_when_they_died(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as session:
        who = await people(session)
        call = await logged(session, who, who.rahim)
        files = [replace(VOICE, file_name="note.OGA"), PHOTO, replace(PHOTO, bot_id=43)]
        await contact_files.add(session, who.rahim, call.interaction_id, files, origin="1:2", now=NOW)
        await session.commit()
    async with sessions.begin() as one, sessions.begin() as other:
        (first,) = await file_copies.lease(one, BOT, most=1, seconds=0)
        (second,) = await file_copies.lease(other, BOT)
        assert {first.id, second.id} == {first.id, first.id + 1}
        assert first.stored_name == f"2026/{who.rahim}/{first.id}-unique-1.oga"
        assert second.stored_name == f"2026/{who.rahim}/{second.id}-unique-2.jpg"
    async with sessions.begin() as session:
        (again,) = await file_copies.lease(session, BOT)
        assert (again.id, again.attempts) == (first.id, 2)
        assert await file_copies.kept(session, again)
        assert not await file_copies.kept(session, again)
        assert await file_copies.lease(session, BOT) == []


async def test_failures_wait_longer_and_end(session: AsyncSession) -> None:
    who = await people(session)
    call = await logged(session, who, who.rahim)
    await contact_files.add(session, who.rahim, call.interaction_id, [VOICE], origin="1:2", now=NOW)
    waits = []
    for _ in range(file_copies.MOST_ATTEMPTS - 1):
        (wanted,) = await file_copies.lease(session, BOT, seconds=-9_000)
        assert await file_copies.retry(session, wanted) is None
        due = "SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::int FROM interaction_files"
        waits.append((await session.execute(text(due))).scalar_one())
        await session.execute(text("UPDATE interaction_files SET next_attempt_at = clock_timestamp()"))
    assert waits[:4] == pytest.approx([5, 10, 20, 40], abs=1)
    assert waits[-1] == pytest.approx(3600, abs=1)
    assert 14 < sum(waits) / 3600 < 15
    (wanted,) = await file_copies.lease(session, BOT)
    assert await file_copies.retry(session, wanted) == who.tanvir.id
    assert await file_copies.retry(session, wanted) is None
    assert await files_of(session, call) == [(FileKind.VOICE, FileState.LOST)]


async def test_who_sent_a_file_that_is_too_large_is_known(session: AsyncSession) -> None:
    who = await people(session)
    call = await logged(session, who, who.rahim)
    await contact_files.add(session, who.rahim, call.interaction_id, [VOICE], origin="1:2", now=NOW)
    (wanted,) = await file_copies.lease(session, BOT)
    assert await file_copies.too_large(session, wanted) == who.tanvir.id
    assert await file_copies.too_large(session, wanted) is None
    assert await files_of(session, call) == [(FileKind.VOICE, FileState.TOO_LARGE)]


async def test_no_name_leaves_the_folder(session: AsyncSession) -> None:
    who = await people(session)
    call = await logged(session, who, who.rahim)
    odd = replace(PAPER, file_size=None, file_name="a/../../b.p/df")
    await contact_files.add(session, who.rahim, call.interaction_id, [odd], origin="1:2", now=NOW)
    (wanted,) = await file_copies.lease(session, BOT)
    assert wanted.stored_name == f"2026/{who.rahim}/{wanted.id}-etcpasswd"
