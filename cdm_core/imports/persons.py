"""What files say of persons, customers and relatives alike."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import households, name_index, thresholds
from cdm_core.clock import local_date
from cdm_core.imports import values, words
from cdm_core.imports.columns import Field
from cdm_core.imports.kind import Context
from cdm_core.imports.threeway import Unit, single
from cdm_core.imports.values import Bad, Fault
from cdm_core.names import name_key, name_skeletons
from cdm_core.phones import to_e164

FIELDS = (
    Field("phone", ("mobile", "phone number", "mobile number", "contact", "contact number", "cell", "ফোন", "মোবাইল",
                    "ফোন নম্বর", "মোবাইল নম্বর", "ফোন নাম্বার", "মোবাইল নাম্বার")),
    Field("email", ("e mail", "email address", "mail", "ইমেইল", "ই মেইল")),
    Field("gender", ("sex", "লিঙ্গ")),
    Field("date_of_birth", ("birthday", "dob", "birth date", "birthdate", "born", "জন্ম তারিখ", "জন্মতারিখ", "জন্মদিন")),
    Field("anniversary_date", ("anniversary", "wedding date", "marriage date", "বিবাহবার্ষিকী", "বিয়ের তারিখ")),
    Field("profession", ("occupation", "job", "পেশা")),
)  # fmt: skip
NAME_NAMES = ("full name", "নাম", "পুরো নাম")

UNITS = (
    Unit((("phone", "text"),), ("phone",), (("phone_e164", "text"),)),
    single("email"),
    single("gender"),
    Unit(
        (("date_of_birth", "date"), ("birth_month", "smallint"), ("birth_day", "smallint")),
        ("date_of_birth",),
    ),
    single("anniversary_date", "date"),
    single("profession"),
)


def readers(context: Context) -> Mapping[str, Callable[[str], Any]]:
    today = local_date(context.now, context.zone)
    return {
        "phone": phone(context.country),
        "email": values.email,
        "gender": values.word(words.GENDERS),
        "date_of_birth": values.unless_zero(values.birthday(today)),
        "anniversary_date": values.unless_zero(values.day(today)),
        "profession": values.text(100),
    }


def phone(country: str) -> Callable[[str], tuple[str, str]]:
    """A reader of (as typed, E.164)."""

    def read(cell: str) -> tuple[str, str]:
        e164 = to_e164(cell, country)
        if e164 is None or len(cell) > 40:
            raise Bad(Fault.BAD_PHONE)
        return cell, e164

    return read


def cells(
    number: tuple[str, str] | None,
    email: str | None,
    gender: str | None,
    born: tuple[date | None, int, int] | None,
    anniversary: date | None,
    profession: str | None,
) -> list[str]:
    """The staged cells of ``UNITS``. Month and day stand beside an empty date only."""
    whole, month, day = born or (None, "", "")
    birthday = [str(whole), "", ""] if whole else ["", str(month), str(day)]
    wedding = str(anniversary or "")
    return [*(number or ("", "")), email or "", gender or "", *birthday, wedding, profession or ""]


def name_keys(name: str) -> list[str]:
    """The staged cells of name_key and name_skeletons (as an array literal)."""
    quoted = ('"{}"'.format(skeleton.replace("\\", "\\\\").replace('"', '\\"')) for skeleton in name_skeletons(name))
    return [name_key(name), f"{{{','.join(quoted)}}}"] if name else ["", ""]


async def settle(session: AsyncSession, names: str) -> Mapping[str, int]:
    """Form the households anew; gives the words to learn of ``names``, SQL that gives a column of new ones."""
    limit = (await thresholds.load(session)).placeholder_phone_customers
    await households.rebuild(session, placeholder=limit)
    return name_index.words_of((await session.execute(text(names))).scalars())
