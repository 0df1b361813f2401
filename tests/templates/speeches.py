"""The moment and the readers of the style sheet's samples: Sunday 22 November 2026, 11:10 in Dhaka."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from cdm_core.words import Language
from templates.speech import Speech

DHAKA = ZoneInfo("Asia/Dhaka")
NOW = datetime(2026, 11, 22, 11, 10, tzinfo=DHAKA)
EN = Speech(Language.EN, DHAKA, NOW)
BN = replace(EN, language=Language.BN)
SPEECHES = {"en": EN, "bn": BN}


def at(text: str) -> datetime:
    """A moment in Dhaka."""
    return datetime.fromisoformat(text).replace(tzinfo=DHAKA)
