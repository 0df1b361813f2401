"""What a button asks for, as Telegram's callback data: at most 64 bytes, versioned and typed.

The table below is the whole vocabulary: a name and the kinds of its arguments. Text of an old or forged button
that does not fit it decodes to None, never to an error; who may do it is judged at the press.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from cdm_core.words import (
    ConsentChannel,
    Gender,
    Language,
    Outcome,
    ProfileField,
    Reason,
    RecoveryBy,
    Relationship,
    RelativeField,
    TroubleKind,
)

VERSION = "v1"
MAX_BYTES = 64
_BIGINT = 2**63
_STAMP = "%Y%m%d%H%M"


class Tab(StrEnum):
    OVERVIEW = "overview"
    PROFILE = "profile"
    FAMILY = "family"
    INTERACTIONS = "interactions"
    BEHAVIOUR = "behaviour"
    INSIGHTS = "insights"
    ORDERS = "orders"


class CallFilter(StrEnum):
    """The parts of the call list, as ``/calls`` takes them."""

    ALL = "all"
    CONFIRM = "confirm"
    HOT = "hot"
    DUE = "due"
    CART = "cart"
    BIRTHDAY = "birthday"


class Later(StrEnum):
    """When to call again."""

    MENU = "menu"
    HALF_HOUR = "30m"
    TWO_HOURS = "2h"
    TOMORROW = "1d"
    PICK = "pick"
    NEVER = "never"
    MOVE = "move"


class SkipReason(StrEnum):
    ASK = "ask"
    NOT_NOW = "not_now"
    NOT_TODAY = "not_today"
    BAD = "bad"


class FixField(StrEnum):
    MENU = "menu"
    OUTCOME = "outcome"
    REASON = "reason"
    MINUTES = "minutes"
    FOLLOW_UP = "follow_up"
    CUSTOMER = "customer"
    ORDER = "order"
    BACK = "back"


class Consent(StrEnum):
    """What a customer says of being reached on a channel."""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"


class FamilyStep(StrEnum):
    ADD = "add"
    EDIT = "edit"
    REMOVE = "remove"


class AwayStep(StrEnum):
    MENU = "menu"
    UNTIL = "until"
    PICK = "pick"


class GreetingFor(StrEnum):
    """Why a customer is greeted."""

    WIN_BACK = "winback"
    OCCASION = "occasion"


class CampaignStep(StrEnum):
    """What is done with a campaign: shown, switched, or a field of it asked for."""

    SHOW = "show"
    ON = "on"
    OFF = "off"
    NAME = "name"
    ENGLISH = "en"
    BENGALI = "bn"
    TRIES = "tries"
    APART = "apart"
    STAGE = "stage"
    VALUE = "value"
    QUIET = "quiet"


class StatsSpan(StrEnum):
    """Of what time results are shown, up to today."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class TroubleStep(StrEnum):
    SHOW = "show"
    RETRY = "retry"
    DROP = "drop"


Argument = int | str
Kind = type[int] | type[str]

ACTIONS: dict[str, tuple[Kind, ...]] = {
    "open": (int,),  # customer id; the card as a new message
    "card": (int, int),  # customer id, 1 from the queue; back to the card in place
    "tab": (int, int, Tab, int),  # customer id, 1 from the queue, tab, page
    "log": (int, int, Outcome),  # customer id, 1 from the queue, outcome
    "later": (int, int, Later),  # customer id, 1 from the queue, when
    "shift": (int, Later),  # customer id, when its promised call is; no contact
    "done": (int, int),  # customer id, follow-up id; asks how the promised call went
    "snooze": (int, int, Later),  # customer id, follow-up id, when it is to ring again
    "at": (int, int, str),  # customer id, interaction id, stamp of its follow-up
    "promise": (int, int, Later),  # customer id, interaction id, when its follow-up is
    "retell": (int, int, Outcome),  # customer id, interaction id, the more exact outcome
    "reason": (int, int, Reason),  # customer id, interaction id, the reason
    "minutes": (int, int, int),  # customer id, interaction id, length of the call
    "dnc": (int, int),  # customer id, interaction id that said so or 0; do-not-call, confirmed
    "calls_on": (int, int),  # customer id, interaction id that asked; do-not-call, denied
    "phone": (int, int),  # customer id, interaction id; its new phone, confirmed
    "occasion": (int, int),  # customer id, interaction id; its birthday or anniversary, confirmed
    "move": (int, int, int),  # customer id, interaction id, whose it was
    "moves": (int, int, int),  # customer id, interaction id, page of those whose it may be
    "order": (int, int, int),  # customer id, interaction id, the order it confirms, 0 for a new one
    "product": (int, int, int, int),  # customer id, interaction id, line of its order, which product it is
    "undo": (int, int),  # customer id, interaction id
    "files": (int, int),  # customer id, interaction id; what came with it
    "unfile": (int, int),  # customer id, file id; it and what came with it, taken back
    "fix": (int, int, FixField),  # customer id, interaction id, field
    "write": (int,),  # customer id; the next text is a note about it
    "revert": (int, int),  # customer id, id of a change by hand
    "revert_both": (int, int, int),  # customer id, ids of two changes made at once
    "family": (int, FamilyStep, int),  # customer id, what to do with its relatives, page
    "family_of": (int,),  # customer id; the line of the message is of its family
    "kin_new": (int, Relationship),  # customer id, what the relative to add is
    "kin": (int, int),  # customer id, relative id; its fields
    "kin_field": (int, int, RelativeField),  # customer id, relative id, field to change
    "kin_is": (int, int, Relationship),  # customer id, relative id, what it is now
    "kin_gender": (int, int, Gender),  # customer id, relative id, its gender
    "kin_clear": (int, int, RelativeField),  # customer id, relative id, field to empty
    "kin_told": (int, int),  # customer id, relative id; what the line of the message tells of it
    "kin_work": (int, int),  # customer id, relative id; what was not understood of the line is its profession
    "kin_gone": (int, int, int),  # customer id, relative id, 1 confirmed; removes it
    "edit": (int, int),  # customer id, page of the profile's fields
    "field": (int, ProfileField),  # customer id, the field to change
    "value": (int, ProfileField, str),  # customer id, field, its new value
    "clear": (int, ProfileField),  # customer id, the field to empty
    "consents": (int,),  # customer id; what they allow
    "consent": (int, ConsentChannel),  # customer id, channel to ask about
    "allow": (int, ConsentChannel, Consent),  # customer id, channel, what they say
    "contact": (int,),  # customer id; a contact to call from
    "claim": (int, int),  # customer id, alert id; I'll call
    "next": (),
    "skip": (int, SkipReason),  # customer id, why
    "bad": (int,),  # customer id; bad suggestion
    "recovered": (int,),  # customer id; its open drop-offs are won back
    "calls": (CallFilter, int),  # part, page
    "team": (),  # what each agent has to call
    "hits": (str, int),  # what was searched, or a key to it; page
    "orders": (int,),  # page of those whose orders may be meant
    "events": (int, int),  # days ahead, page
    "due": (int,),  # page
    "carts": (int,),  # page
    "me": (int,),  # days back: 1 today, 7 the week
    "greet": (int, GreetingFor, Language),  # customer id, for what, in which language
    "reword": (int, GreetingFor, Language),  # the same; another text is asked for
    "campaigns": (int,),  # page
    "campaign": (int, CampaignStep),  # campaign, what to do with it
    "campaign_is": (int, CampaignStep, str),  # campaign, field, its value; "" for none
    "campaign_new": (str, str),  # cause, stage or days; "" to be chosen
    "recovery": (RecoveryBy, int),  # counted by what, over how many days
    "stats": (StatsSpan,),
    "sheet": (StatsSpan,),  # the same as a table
    "lead": (str,),  # phone of a new lead, E.164
    "note": (int,),  # customer id; the text answered to is a note
    "whose": (int,),  # note that waits; whose it is will be asked
    "choose": (int,),  # page of the customers the note may be of
    "waiting": (int,),  # page of the notes that wait
    "search": (),  # the text answered to is a search
    "language": (Language,),
    "digest": (int,),  # hour of the morning list
    "settings": (),
    "queue": (int,),  # page of what is in trouble
    "trouble": (TroubleKind, int, TroubleStep),  # kind, the group's id, what to do
    "jobs": (),
    "run": (int,),  # the job's place in the list of jobs
    "alerts": (int,),  # 1 on, 0 off
    "workdays": (),
    "workday": (int, int),  # ISO weekday, 1 works on it or 0
    "away": (int, AwayStep),  # staff id; their days away
    "leave": (int, str, str),  # staff id, first and last day away in ISO form
    "return": (int,),  # absence; ends it
    "handover": (int,),  # customer id; ask the colleague for it
    "message": (int,),  # customer id; a message to its owner
    "answer": (int, int, int),  # customer id, hand-over that was asked for, 1 hands over or 0
    "reply": (),  # to the colleague whose message it is under
    "same": (int, int),  # two customers who may be one; the first would stay
    "merge": (int, int),  # customer who stays, customer who goes
    "apart": (int, int),  # two customers who are two people
    "unmerge": (int, int),  # customer id, merge
    "duplicates": (int,),  # page
    "erase": (int, int),  # customer id, 1 erases for good or 0 leaves everything
}


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    args: tuple[Argument, ...] = ()


def encode(action: Action) -> str:
    """``v1:card:123:0``. ValueError for an action that is not in the table or does not fit 64 bytes."""
    kinds = ACTIONS.get(action.name)
    if kinds is None or len(kinds) != len(action.args):
        raise ValueError(f"no such action: {action}")
    parts = [VERSION, action.name]
    for kind, value in zip(kinds, action.args, strict=True):
        part = _escaped(str(value))
        if _argument(kind, part) != value:
            raise ValueError(f"{value!r} is no {kind.__name__} of {action.name}")
        parts.append(part)
    data = ":".join(parts)
    if len(data.encode()) > MAX_BYTES:
        raise ValueError(f"{len(data.encode())} bytes of callback data, {MAX_BYTES} are allowed")
    return data


def decode(data: str) -> Action | None:
    """The action of a pressed button, with enum arguments as their enums; None if it is not known any more."""
    version, *rest = data.split(":")
    kinds = ACTIONS.get(rest[0]) if rest and version == VERSION else None
    if kinds is None or len(rest) - 1 != len(kinds):
        return None
    arguments = [_argument(kind, part) for kind, part in zip(kinds, rest[1:], strict=True)]
    known = tuple(argument for argument in arguments if argument is not None)
    return Action(rest[0], known) if len(known) == len(kinds) else None


def fits(action: Action) -> bool:
    """Whether a button can carry it, for actions with free text."""
    try:
        encode(action)
    except ValueError:
        return False
    return True


def stamp(moment: datetime, zone: ZoneInfo) -> str:
    """An aware moment as an argument: the minute on the wall clock of ``zone``, ``202611221310``."""
    return moment.astimezone(zone).strftime(_STAMP)


def unstamp(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment of a stamp; None if it is none."""
    if len(text) != len("YYYYMMDDHHMM") or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.strptime(text, _STAMP).replace(tzinfo=zone)
    except ValueError:
        return None


def _argument(kind: Kind, part: str) -> Argument | None:
    if kind is int:
        return _integer(part)
    text = unquote(part, errors="replace")
    try:
        return kind(text)
    except ValueError:
        return None


def _integer(part: str) -> int | None:
    if not part.isascii() or not part.removeprefix("-").isdigit() or len(part) > 20:
        return None
    number = int(part)
    return number if -_BIGINT <= number < _BIGINT and str(number) == part else None


def _escaped(text: str) -> str:
    """The separator and the escape sign escaped, everything else as it is."""
    return text.replace("%", "%25").replace(":", "%3A")
