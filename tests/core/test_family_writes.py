"""Relatives by hand: added, changed, removed, each to be taken back; and what follows from it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import access, changes, details, family, family_writes, interactions, occasions, thresholds, undo
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.errors import CdmError
from cdm_core.family_fields import cleared, read_field
from cdm_core.family_line import readings
from cdm_core.notes.note import Occasion
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import EventType, InteractionType, Relationship, RelativeField
from tests import factories
from tests.core.people import People, people
from tests.factories import NOW

ROWS = (
    "SELECT name, relationship, gender, phone_e164, date_of_birth, birthday_md, anniversary_date"
    " FROM customer_family_members ORDER BY id"
)
SARAH = "spouse Sarah 15 May 1992"


@pytest.fixture
async def known(session: AsyncSession) -> People:
    return await people(session)


@pytest.fixture
async def limits(session: AsyncSession, known: People) -> Thresholds:
    return await thresholds.load(session)


@pytest.fixture
async def rahim(session: AsyncSession, known: People, limits: Thresholds) -> CustomerRef:
    return await access.access_customer(session, known.tanvir, limits, known.rahim)


class Family:
    """Tanvir at work on the family of a customer."""

    def __init__(self, session: AsyncSession, person: Staff, customer: CustomerRef, limits: Thresholds) -> None:
        self.session, self.person, self.customer, self.limits = session, person, customer, limits
        self.at: dict[str, Any] = {"now": NOW, "thresholds": limits}

    async def add(self, line: str) -> family_writes.Written:
        told = readings(line, today=NOW.date())[0].line
        return await family_writes.add(self.session, self.person, self.customer, told, **self.at)

    async def same(self, line: str) -> int | None:
        told = readings(line, today=NOW.date())[0].line
        return await family_writes.same(self.session, self.customer, told, **self.at)

    async def change(self, relative_id: int, field: RelativeField, answer: str) -> family_writes.Written:
        values = read_field(field, answer, **self.at)
        return await family_writes.change(self.session, self.person, self.customer, relative_id, values, **self.at)

    async def remove(self, relative_id: int) -> family_writes.Written:
        return await family_writes.remove(self.session, self.person, self.customer, relative_id, **self.at)

    async def undo(self, written: family_writes.Written) -> None:
        for change_id in written.changes:
            await changes.undo_change(self.session, self.person, self.customer, change_id, **self.at)

    async def rows(self, query: str = ROWS) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.session.execute(text(query))]

    async def tab(self) -> tuple[family.Relative, ...]:
        return await family.relatives(self.session, self.person, self.customer, self.limits, now=NOW)


@pytest.fixture
def of_rahim(session: AsyncSession, known: People, rahim: CustomerRef, limits: Thresholds) -> Family:
    return Family(session, known.tanvir, rahim, limits)


async def test_a_relative_is_added_and_taken_back(of_rahim: Family) -> None:
    sarah = await of_rahim.add("wife Sarah 01712345679 15 May 1992 email Sarah@X.com")
    assert (sarah.name, sarah.relationship, sarah.gender) == ("Sarah", "spouse", "female")
    assert await of_rahim.rows() == [("Sarah", "spouse", "female", "+8801712345679", date(1992, 5, 15), 515, None)]
    count = "SELECT family_members_count FROM customer_summary WHERE customer_id = 123"
    assert await of_rahim.rows(count) == [(1,)]
    found = await of_rahim.rows("SELECT token FROM name_tokens WHERE token = 'sarah'")
    assert found == [("sarah",)]
    await of_rahim.undo(sarah)
    assert (await of_rahim.rows(), await of_rahim.rows(count)) == ([], [(0,)])


async def test_the_same_relative_is_not_added_twice(of_rahim: Family) -> None:
    shirin = await of_rahim.add("wife শিরিন")
    for again in ("wife Shirin 15 May", "spouse  shirin"):
        with pytest.raises(CdmError, match="relative_known") as refused:
            await of_rahim.add(again)
        assert refused.value.facts["relative_id"] == shirin.relative_id
    await of_rahim.add("sister Shirin")
    assert len(await of_rahim.rows()) == 2


async def test_a_longer_name_of_the_same_phone_or_birthday_is_the_same_relative(of_rahim: Family) -> None:
    sarah = await of_rahim.add("wife Sarah 01712345679 15 May 1992")
    for again in ("wife Sarah Doe 01712345679", "wife Sarah Doe 15/05/1992", "wife Sarah D."):
        assert await of_rahim.same(again) == sarah.relative_id
        with pytest.raises(CdmError, match="relative_known"):
            await of_rahim.add(again)
    for other in ("wife Sarah Doe", "wife Mitu 01712345679", "sister Sarah Doe 01712345679"):
        assert await of_rahim.same(other) is None
        await of_rahim.add(other)


async def test_who_is_meant_where_no_name_is_said(of_rahim: Family) -> None:
    assert await of_rahim.same("wife") is None
    sarah = await of_rahim.add(SARAH)
    assert await of_rahim.same("wife") == sarah.relative_id
    await of_rahim.add("wife Mitu")
    assert await of_rahim.same("wife") is None


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("son Arif 24/11/2027", "future"),
        ("ma Rokeya 1 Jan 1905", "too_old"),
        ("wife Sarah anniversary 1 Dec 2026", "future"),
        (f"wife {'Sa' * 128}", "too_long"),
    ],
)
async def test_what_cannot_be(of_rahim: Family, line: str, fault: str) -> None:
    with pytest.raises(CdmError, match="bad_value") as refused:
        await of_rahim.add(line)
    assert refused.value.facts["fault"] == fault
    assert await of_rahim.rows() == []


async def test_a_name_of_255_letters(of_rahim: Family) -> None:
    await of_rahim.add(f"wife {'Sar' * 85}")
    assert len((await of_rahim.rows())[0][0]) == 255


async def test_each_field_is_changed_and_taken_back(of_rahim: Family) -> None:
    arif = (await of_rahim.add("son Arif 24/11/2018")).relative_id
    before = await of_rahim.rows("SELECT * FROM customer_family_members")
    for field, answer, column, value in (
        (RelativeField.NAME, " Arif  Rahman ", "name", "Arif Rahman"),
        (RelativeField.DATE_OF_BIRTH, "২৩ নভেম্বর", "birthday_md", 1123),
        (RelativeField.ANNIVERSARY_DATE, "1 Jan 2026", "anniversary_date", date(2026, 1, 1)),
        (RelativeField.PHONE, "০১৭১২-৩৪৫৬৭৯", "phone_e164", "+8801712345679"),
        (RelativeField.EMAIL, "Arif@X.com", "email", "arif@x.com"),
        (RelativeField.PROFESSION, "student", "profession", "student"),
    ):
        written = await of_rahim.change(arif, field, answer)
        assert await of_rahim.rows(f"SELECT {column} FROM customer_family_members") == [(value,)]
        again = await of_rahim.change(arif, field, answer)
        assert again.changes == ()
        await of_rahim.undo(written)
    after = await of_rahim.rows("SELECT * FROM customer_family_members")
    assert [_told(row) for row in after] == [_told(row) for row in before]


def _told(row: tuple[Any, ...]) -> list[Any]:
    return [value for value in row if not hasattr(value, "tzinfo")]


@pytest.mark.parametrize(
    ("field", "answer", "fault"),
    [
        (RelativeField.NAME, "123", "empty"),
        (RelativeField.NAME, "🙂", "empty"),
        (RelativeField.DATE_OF_BIRTH, "31 feb", "date"),
        (RelativeField.DATE_OF_BIRTH, "Sarah", "date"),
        (RelativeField.DATE_OF_BIRTH, "15 May 2031", "future"),
        (RelativeField.ANNIVERSARY_DATE, "20 Dec", "year"),
        (RelativeField.PHONE, "0171234", "phone"),
        (RelativeField.EMAIL, "r@x", "email"),
        (RelativeField.PROFESSION, "d" * 101, "too_long"),
    ],
)
async def test_an_answer_that_cannot_be_taken(of_rahim: Family, field: RelativeField, answer: str, fault: str) -> None:
    with pytest.raises(CdmError, match="bad_value") as refused:
        read_field(field, answer, **of_rahim.at)
    assert (refused.value.facts["field"], refused.value.facts["fault"]) == (field, fault)


async def test_a_birthday_without_its_year_keeps_the_year_that_is_known(of_rahim: Family) -> None:
    sarah = (await of_rahim.add(SARAH)).relative_id
    assert (await of_rahim.change(sarah, RelativeField.DATE_OF_BIRTH, "15 May")).changes == ()
    await of_rahim.change(sarah, RelativeField.DATE_OF_BIRTH, "16 May")
    assert (await of_rahim.rows())[0][4:6] == (None, 516)


async def test_two_do_not_become_one_by_a_new_name(of_rahim: Family) -> None:
    await of_rahim.add("son Arif")
    rafi = (await of_rahim.add("son Rafi")).relative_id
    with pytest.raises(CdmError, match="relative_known"):
        await of_rahim.change(rafi, RelativeField.NAME, "আরিফ")


async def test_a_removed_relative_comes_back_whole(of_rahim: Family) -> None:
    sarah = await of_rahim.add("wife Sarah 01712345679 15 May 1992")
    before = await of_rahim.rows()
    removed = await of_rahim.remove(sarah.relative_id)
    assert await of_rahim.rows() == []
    tombs = "SELECT relationship, name_key FROM removed_relatives"
    assert await of_rahim.rows(tombs) == [("spouse", "sra")]
    with pytest.raises(CdmError, match="no_such_relative"):
        await of_rahim.remove(sarah.relative_id)
    await of_rahim.undo(removed)
    assert (await of_rahim.rows(), await of_rahim.rows(tombs)) == (before, [])


async def test_adding_by_hand_forgets_that_somebody_was_removed(of_rahim: Family) -> None:
    sarah = await of_rahim.add(SARAH)
    await of_rahim.remove(sarah.relative_id)
    await of_rahim.add("wife সারাহ")
    assert await of_rahim.rows("SELECT * FROM removed_relatives") == []


async def test_adding_who_was_removed_and_taking_it_back_leaves_them_removed(of_rahim: Family) -> None:
    tombs = "SELECT * FROM removed_relatives"
    await of_rahim.remove((await of_rahim.add(SARAH)).relative_id)
    removed = await of_rahim.rows(tombs)
    await of_rahim.undo(await of_rahim.add("wife সারাহ"))
    assert (await of_rahim.rows(), await of_rahim.rows(tombs)) == ([], removed)


async def test_a_new_name_taken_back_leaves_nobody_removed(of_rahim: Family) -> None:
    sarah = await of_rahim.add(SARAH)
    renamed = await of_rahim.change(sarah.relative_id, RelativeField.NAME, "Mitu")
    tombs = "SELECT name_key FROM removed_relatives"
    assert await of_rahim.rows(tombs) == [("sra",)]
    await of_rahim.undo(renamed)
    assert (await of_rahim.rows())[0][0] == "Sarah"
    assert await of_rahim.rows(tombs) == []


async def _kept_by_note(of_rahim: Family) -> int:
    """Rahim's wife Sarah is known from a note alone; the interaction."""
    remark = Contact(at=NOW, type=InteractionType.OTHER, description="bou er jonmodin 15 may")
    logged = await interactions.log(of_rahim.session, of_rahim.person, of_rahim.customer, remark, now=NOW)
    said = Occasion(Relationship.SPOUSE, EventType.BIRTHDAY, 5, 15, None)
    who = (of_rahim.session, of_rahim.person, of_rahim.customer, logged.interaction_id)
    await details.keep_occasion(*who, said, now=NOW, name="Sarah")
    return logged.interaction_id


async def _undo_note(of_rahim: Family, interaction_id: int) -> None:
    await undo.undo(of_rahim.session, of_rahim.person, of_rahim.customer, interaction_id, **of_rahim.at)


async def test_a_note_undone_leaves_what_was_added_by_hand(of_rahim: Family) -> None:
    note = await _kept_by_note(of_rahim)
    sarah = (await of_rahim.tab())[0].relative_id
    await of_rahim.change(sarah, RelativeField.PHONE, "01712345679")
    await _undo_note(of_rahim, note)
    assert await of_rahim.rows() == [("Sarah", "spouse", None, "+8801712345679", None, None, None)]


async def test_a_note_undone_leaves_whom_an_import_knows(of_rahim: Family) -> None:
    note = await _kept_by_note(of_rahim)
    await of_rahim.session.execute(text("UPDATE customer_family_members SET profession = 'Doctor'"))
    await _undo_note(of_rahim, note)
    assert [row[0] for row in await of_rahim.rows()] == ["Sarah"]


async def test_a_note_undone_takes_who_was_changed_and_changed_back(of_rahim: Family) -> None:
    note = await _kept_by_note(of_rahim)
    sarah = (await of_rahim.tab())[0].relative_id
    await of_rahim.undo(await of_rahim.change(sarah, RelativeField.PHONE, "01712345679"))
    await _undo_note(of_rahim, note)
    assert await of_rahim.rows() == []


async def test_a_note_undone_leaves_removed_who_was(of_rahim: Family) -> None:
    await of_rahim.remove((await of_rahim.add(SARAH)).relative_id)
    tombs = "SELECT * FROM removed_relatives"
    removed = await of_rahim.rows(tombs)
    await _undo_note(of_rahim, await _kept_by_note(of_rahim))
    assert (await of_rahim.rows(), await of_rahim.rows(tombs)) == ([], removed)


async def test_a_couple_has_one_anniversary(of_rahim: Family) -> None:
    sarah = await of_rahim.add("wife Sarah anniversary 20 Dec 2015")
    own = "SELECT anniversary_date FROM customers WHERE id = 123"
    assert (await of_rahim.rows(own), (await of_rahim.rows())[0][-1]) == ([(date(2015, 12, 20),)], None)
    assert [one.anniversary for one in await of_rahim.tab()] == [date(2015, 12, 20)]
    changed = await of_rahim.change(sarah.relative_id, RelativeField.ANNIVERSARY_DATE, "21 Dec 2015")
    assert await of_rahim.rows(own) == [(date(2015, 12, 21),)]
    await of_rahim.undo(changed)
    assert await of_rahim.rows(own) == [(date(2015, 12, 20),)]
    await family_writes.change(
        of_rahim.session,
        of_rahim.person,
        of_rahim.customer,
        sarah.relative_id,
        cleared(RelativeField.ANNIVERSARY_DATE),
        **of_rahim.at,
    )
    assert await of_rahim.rows(own) == [(None,)]


async def test_an_imported_anniversary_of_the_spouse_becomes_the_couples(of_rahim: Family) -> None:
    spouse = await factories.relative(of_rahim.session, 123, name="Sarah", anniversary_date=date(2014, 1, 1))
    changed = await of_rahim.change(spouse, RelativeField.ANNIVERSARY_DATE, "20 Dec 2015")
    view = "SELECT count(*) FROM upcoming_birthdays_anniversaries WHERE event_type = 'anniversary'"
    assert await of_rahim.rows(view) == [(1,)]
    assert [one.anniversary for one in await of_rahim.tab()] == [date(2015, 12, 20)]
    await of_rahim.undo(changed)
    assert [one.anniversary for one in await of_rahim.tab()] == [date(2014, 1, 1)]


async def test_taking_back_an_addition_takes_back_the_couples_day(of_rahim: Family) -> None:
    await of_rahim.undo(await of_rahim.add("wife Sarah anniversary 20 Dec 2015"))
    assert await of_rahim.rows("SELECT anniversary_date FROM customers WHERE id = 123") == [(None,)]


async def test_households_follow_the_phones_of_the_family(of_rahim: Family) -> None:
    households = "SELECT id, household_id FROM customers WHERE id IN (123, 480) ORDER BY id"
    sarah = await of_rahim.add("wife Sarah 01812345678")
    assert await of_rahim.rows(households) == [(123, 123), (480, 123)]
    changed = await of_rahim.change(sarah.relative_id, RelativeField.PHONE, "01712345600")
    assert await of_rahim.rows(households) == [(123, None), (480, None)]
    await of_rahim.undo(changed)
    assert await of_rahim.rows(households) == [(123, 123), (480, 123)]
    await of_rahim.remove(sarah.relative_id)
    assert await of_rahim.rows(households) == [(123, None), (480, None)]


async def test_a_relative_who_is_a_customer_too(of_rahim: Family, known: People) -> None:
    await of_rahim.add("wife Sumaiya 01812345678")
    await of_rahim.add("son Arif 01712345678")
    assert [one.also_customer for one in await of_rahim.tab()] == [480, None]
    owners = text("UPDATE customers SET owner_id = :owner WHERE id = 480")
    await of_rahim.session.execute(owners, {"owner": known.nusrat.id})
    assert [one.also_customer for one in await of_rahim.tab()] == [None, None]


async def test_the_day_is_among_the_occasions_at_once(of_rahim: Family) -> None:
    await of_rahim.add("son Arif 24/11/2018")
    coming = await occasions.upcoming(
        of_rahim.session, of_rahim.person, of_rahim.limits, first=NOW.date(), days=7, now=NOW
    )
    assert [(found.customer_id, found.years) for household in coming for found in household] == [(123, 8)]


async def test_a_note_writes_relatives_the_same_way(of_rahim: Family) -> None:
    sarah = await of_rahim.add(SARAH)
    await of_rahim.remove(sarah.relative_id)
    remark = Contact(at=NOW, type=InteractionType.OTHER, description="bou er jonmodin 15 may")
    logged = await interactions.log(of_rahim.session, of_rahim.person, of_rahim.customer, remark, now=NOW)
    said = Occasion(Relationship.SPOUSE, EventType.BIRTHDAY, 5, 15, None)

    async def keep(occasion: Occasion) -> details.Kept:
        return await details.keep_occasion(
            of_rahim.session,
            of_rahim.person,
            of_rahim.customer,
            logged.interaction_id,
            occasion,
            now=NOW,
            name="Sarah",
        )

    await keep(said)
    assert await of_rahim.rows("SELECT * FROM removed_relatives") == []
    await of_rahim.change((await of_rahim.tab())[0].relative_id, RelativeField.DATE_OF_BIRTH, "15 May 1992")
    assert (await keep(said)).already
    assert (await of_rahim.rows())[0][4] == date(1992, 5, 15)


async def test_two_who_add_the_same_at_once(
    sessions: async_sessionmaker[AsyncSession], of_rahim: Family, known: People
) -> None:
    await of_rahim.session.commit()
    async with sessions() as one, sessions() as other:
        first = Family(one, known.tanvir, of_rahim.customer, of_rahim.limits)
        second = Family(other, known.tanvir, of_rahim.customer, of_rahim.limits)
        await first.add(SARAH)
        await one.commit()
        with pytest.raises(CdmError, match="relative_known"):
            await second.add(SARAH)
