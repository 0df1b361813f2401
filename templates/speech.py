"""To whom, where and when something is said: what every format and message depends on."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cdm_core.words import Language
from templates.translations import translations


@dataclass(frozen=True, slots=True)
class Speech:
    """The context of one rendering. ``now`` is aware; ``zone`` is the business zone; ``currency`` is ISO 4217.

    Messages are always format strings with named placeholders (a literal percent sign is written ``%%``), the
    same rule as in the Jinja templates.
    """

    language: Language
    zone: ZoneInfo
    now: datetime
    currency: str = "BDT"

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("speech needs an aware now")

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def local(self, moment: datetime) -> datetime:
        """An aware ``moment`` as it reads on a wall clock of the business zone."""
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be shown")
        return moment.astimezone(self.zone)

    def gettext(self, message: str, **facts: object) -> str:
        return translations(self.language).gettext(message) % facts

    def pgettext(self, context: str, message: str, **facts: object) -> str:
        return translations(self.language).pgettext(context, message) % facts

    def ngettext(self, singular: str, plural: str, number: int, **facts: object) -> str:
        """``number`` chooses the form; the digits shown are the caller's (``n=count(number, speech)``)."""
        return translations(self.language).ngettext(singular, plural, number) % facts
