"""A line that changes a profile: whose, which field, and what it is now: "123 email r@x.com", "ঠিকানা Road 5"."""

from dataclasses import dataclass

from cdm_core.imports.columns import plain
from cdm_core.imports.customers import FIELDS
from cdm_core.words import ProfileField

_SHORT = {
    ProfileField.NAME: "nam,naam",
    ProfileField.PHONE: "number,নাম্বার,ফোন নাম্বার",
    ProfileField.ADDRESS: "thikana",
    ProfileField.DISTRICT: "jela",
    ProfileField.DATE_OF_BIRTH: "bday,jonmodin,জন্ম দিন",
    ProfileField.ANNIVERSARY_DATE: "wedding,বিবাহ বার্ষিকী",
    ProfileField.MARITAL_STATUS: "marriage,married,বিয়ে",
    ProfileField.PROFESSION: "work,pesha",
    ProfileField.AVAILABLE_TIME: "hours,time,সময়",
    ProfileField.PREFERRED_CHANNEL: "চ্যানেল",
    ProfileField.TAGS: "tags,tag,ট্যাগ",
}
"""What people call a field besides what files do, commas between."""

_MOST_WORDS = 3
_CLEAR = frozenset(map(plain, ("none", "clear", "delete", "remove", "nai", "নেই", "মুছুন", "মুছে দিন", "বাদ")))


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """``who`` and ``value`` as typed, "" where the line does not say; ``clear``: the field is to be emptied."""

    who: str
    field: ProfileField | None
    value: str
    clear: bool = False


def profile_line(text: str) -> ProfileLine:
    """The first words that name a field part the line; without any it only says who."""
    words = text.split()
    for index in range(len(words)):
        for count in range(min(_MOST_WORDS, len(words) - index), 0, -1):
            last = words[index + count - 1]
            field = _FIELDS.get(plain(" ".join(words[index : index + count])))
            if field is not None and plain(last):
                value = " ".join(words[index + count :]).lstrip(":= ")
                clear = clears(value)
                return ProfileLine(" ".join(words[:index]), field, "" if clear else value, clear)
    return ProfileLine(" ".join(words), None, "")


def clears(value: str) -> bool:
    """Whether what was typed for a field says that it is to be empty: "-", "none", "নেই"."""
    return value.strip() == "-" or plain(value) in _CLEAR


def _names() -> dict[str, ProfileField]:
    known = {
        plain(name): ProfileField(field.name)
        for field in FIELDS
        if field.name in set(ProfileField)
        for name in (field.name, *field.names)
    }
    return known | {plain(name): field for field, names in _SHORT.items() for name in names.split(",")}


_FIELDS = _names()
