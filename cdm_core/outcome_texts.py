"""Outcomes as other systems word them, as the codes we have: "Interested", "LEFT VOICEMAIL", "ফোন ধরেনি"."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from cdm_core.imports.columns import plain
from cdm_core.notes.parse import parse_note
from cdm_core.words import Outcome

_ALSO: Mapping[Outcome, str] = {
    Outcome.CONNECTED: "answered,reached,spoke,success,successful,completed,contacted,information given",
    Outcome.INTERESTED: "very interested,hot lead,warm lead,will buy,will order",
    Outcome.ORDER_CONFIRMED: "ordered,order placed,order taken,purchased,bought,sold,sale,converted,won",
    Outcome.CALLBACK_REQUESTED: "callback,call back,call back later,call later,follow up,rescheduled",
    Outcome.WHATSAPP_MESSAGE_SENT: "whatsapp sent,message sent on whatsapp",
    Outcome.NO_ANSWER: "not answered,unanswered,no reply,no response,did not answer,missed,voicemail,left voicemail,"
    "not reached,ringing",
    Outcome.LINE_BUSY: "busy,engaged",
    Outcome.SWITCHED_OFF: "phone off,unreachable,not reachable,out of reach,out of coverage",
    Outcome.CUSTOMER_HUNG_UP: "hung up,disconnected,call dropped,call cut",
    Outcome.NOT_INTERESTED: "uninterested,declined,refused,rejected,lost",
    Outcome.WRONG_NUMBER: "invalid number,wrong person,bad number",
    Outcome.DO_NOT_CALL: "dnc,do not contact,opt out,opted out,unsubscribe,unsubscribed",
}
_KNOWN = {plain(said): code for code, also in _ALSO.items() for said in (code, *also.split(","))}


def outcome_of(text: str, *, now: datetime, zone: ZoneInfo) -> Outcome | None:
    """The code of an outcome worded anyhow; what is no code nor usual in such systems is read as agents' notes are.

    None where it says nothing that we have a word for.
    """
    known = _KNOWN.get(plain(text))
    return known or parse_note(text, now, zone).outcome
