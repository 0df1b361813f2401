"""The words for codes: every enum value a person may read, with its icon; Bengali is in ``locale/bn/words.po``.

A label stands on buttons, tags and lists; a text stands in a sentence. English is lower-case and capitalised
where a line or a button starts. In the catalogue the context of a label is its kind, of a text ``kind text``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cdm_core.words import Gender, Relationship
from templates.speech import Speech

Form = Literal["label", "text"]


@dataclass(frozen=True, slots=True)
class Word:
    """``text`` is None where the label serves in sentences too."""

    label: str
    text: str | None = None
    icon: str = ""


WORDS: dict[str, dict[str, Word]] = {
    "stage": {
        "lead": Word("lead"),
        "prospect": Word("prospect"),
        "first_buyer": Word("first buyer"),
        "repeat_buyer": Word("repeat buyer"),
        "loyal": Word("loyal"),
        "inactive": Word("inactive"),
    },
    "type": {
        "new": Word("new"),
        "repeat": Word("repeat"),
        "vip": Word("VIP"),
        "inactive": Word("inactive"),
    },
    "temperature": {
        "hot": Word("hot", icon="🔥"),
        "warm": Word("warm", icon="🌤"),
        "cold": Word("cold", icon="❄️"),
    },
    "outcome": {
        "connected": Word("talked"),
        "interested": Word("interested", "interested"),
        "order_confirmed": Word("order", "order confirmed", "✅"),
        "callback_requested": Word("later", "call back", "⏰"),
        "whatsapp_message_sent": Word("WhatsApp sent", "WhatsApp sent", "💬"),
        "no_answer": Word("no answer", icon="📵"),
        "line_busy": Word("busy", "line busy", "📵"),
        "switched_off": Word("off", "phone off", "📵"),
        "customer_hung_up": Word("hung up"),
        "not_interested": Word("no", "not interested", "🙅"),
        "wrong_number": Word("wrong number"),
        "do_not_call": Word("do not call", "do not call", "🚫"),
    },
    "reason": {
        "price": Word("price", "price"),
        "delivery_charge": Word("delivery", "delivery charge"),
        "quality": Word("quality"),
        "timing": Word("not now", "not now"),
        "competitor": Word("elsewhere", "buys elsewhere"),
        "other": Word("other"),
    },
    "channel": {
        "call": Word("call"),
        "whatsapp": Word("WhatsApp"),
        "sms": Word("SMS"),
        "email": Word("email"),
        "facebook": Word("Facebook"),
        "instagram": Word("Instagram"),
        "website_visit": Word("website", "website visit"),
        "support_ticket": Word("support", "support ticket"),
        "meeting": Word("meeting"),
        "other": Word("other"),
    },
    "source": {
        "facebook": Word("Facebook"),
        "instagram": Word("Instagram"),
        "whatsapp": Word("WhatsApp"),
        "website": Word("website"),
        "shop": Word("shop"),
        "referral": Word("referral"),
        "chat": Word("chat"),
    },
    "direction": {
        "inbound": Word("in", "incoming"),
        "outbound": Word("out", "outgoing"),
    },
    "role": {
        "agent": Word("agent"),
        "manager": Word("manager"),
        "admin": Word("admin"),
        "lead": Word("team lead"),
    },
    "tab": {
        "overview": Word("overview"),
        "profile": Word("profile"),
        "family": Word("family", icon="👪"),
        "interactions": Word("interactions"),
        "behaviour": Word("behaviour"),
        "insights": Word("insights"),
        "orders": Word("orders", icon="📦"),
    },
    "relative": {
        "spouse": Word("spouse"),
        "spouse_female": Word("wife"),
        "spouse_male": Word("husband"),
        "child": Word("child"),
        "child_male": Word("son"),
        "child_female": Word("daughter"),
        "parent": Word("parent"),
        "parent_female": Word("mother"),
        "parent_male": Word("father"),
        "sibling": Word("sibling"),
        "sibling_male": Word("brother"),
        "sibling_female": Word("sister"),
        "grandparent": Word("grandparent"),
        "grandparent_female": Word("grandmother"),
        "grandparent_male": Word("grandfather"),
        "other": Word("relative"),
    },
    "offer": {
        "upsell": Word("upsell", "premium product upsell"),
        "cross_sell": Word("cross-sell", "goes with what they buy"),
        "reorder": Word("reorder", "buy again"),
        "discount": Word("discount"),
        "reactivation": Word("win-back", "offer to come back"),
        "occasion": Word("special day", "birthday or anniversary offer"),
        "none": Word("no offer"),
    },
    "next_action": {
        "confirm_order": Word("confirm", "confirm the order today"),
        "call_now": Word("call now", "URGENT: Call within 24 hours"),
        "recover_cart": Word("cart", "recover the cart today"),
        "wish": Word("wish", "send wishes today"),
        "reorder": Word("reorder", "offer a reorder by %(when)s"),
        "follow_up": Word("follow-up", "follow up %(when)s"),
        "win_back": Word("win-back", "win back by %(when)s"),
        "wait": Word("wait", "nothing to do now"),
    },
    "dropoff": {
        "product_view": Word("viewed", "left after viewing"),
        "add_to_cart": Word("cart", "left in the cart"),
        "checkout_initiated": Word("checkout", "left at checkout"),
        "payment_failed": Word("payment", "payment failed"),
    },
    "behaviour": {
        "product_view": Word("views"),
        "add_to_cart": Word("carts"),
        "wishlist": Word("wishlist"),
        "search": Word("searches"),
    },
    "order": {
        "completed": Word("delivered"),
        "pending": Word("pending", "to confirm"),
        "cancelled": Word("cancelled"),
        "returned": Word("returned"),
    },
    "payment": {
        "cod": Word("COD"),
        "bkash": Word("bKash"),
        "nagad": Word("Nagad"),
        "card": Word("card"),
        "bank": Word("bank"),
        "other": Word("other"),
    },
    "file": {
        "voice": Word("voice note", icon="🎤"),
        "photo": Word("photo", icon="🖼"),
        "document": Word("file", icon="📎"),
        "audio": Word("audio", icon="🎤"),
        "video": Word("video", icon="🖼"),
    },
    "occasion": {
        "birthday": Word("birthday", icon="🎂"),
        "anniversary": Word("anniversary", icon="💍"),
    },
    "gender": {
        "male": Word("male"),
        "female": Word("female"),
        "other": Word("other"),
    },
    "marital_status": {
        "single": Word("single"),
        "married": Word("married"),
        "divorced": Word("divorced"),
        "widowed": Word("widowed"),
    },
    "field": {
        "name": Word("name"),
        "first_name": Word("first name"),
        "last_name": Word("last name"),
        "relationship": Word("relation"),
        "phone": Word("phone"),
        "email": Word("email"),
        "address": Word("address"),
        "city": Word("city"),
        "district": Word("district"),
        "gender": Word("gender"),
        "date_of_birth": Word("birthday"),
        "anniversary_date": Word("wedding", "anniversary"),
        "marital_status": Word("marriage", "married or not"),
        "profession": Word("work", "profession"),
        "available_time": Word("hours"),
        "preferred_channel": Word("channel"),
        "preferred_language": Word("language"),
        "source": Word("source"),
        "tags": Word("tags"),
    },
    "consent": {
        "call": Word("calls"),
        "whatsapp": Word("WhatsApp"),
        "sms": Word("SMS"),
        "email": Word("email"),
    },
    "language": {
        "en": Word("English"),
        "bn": Word("Bengali"),
    },
    "state": {
        "yours": Word("yours"),
        "unassigned": Word("unassigned"),
        "owner": Word("owner"),
        "due": Word("due", icon="⏰"),
        "overdue": Word("overdue"),
        "promised": Word("promised"),
        "answered": Word("answered"),
        "recovered": Word("recovered"),
        "closed": Word("closed"),
    },
    "command": {
        "start": Word("begin"),
        "help": Word("what you can type"),
        "customer": Word("find a customer"),
        "calls": Word("whom to call now"),
        "next": Word("next customer to call"),
        "log": Word("write down a call"),
        "due": Word("follow-ups, by time"),
        "dropoffs": Word("carts left behind"),
        "events": Word("birthdays, anniversaries"),
        "orders": Word("what they bought"),
        "family": Word("relatives and their days"),
        "edit": Word("change a profile"),
        "dnc": Word("stop calls to a customer"),
        "undo": Word("undo the last note"),
        "me": Word("results of my day"),
        "settings": Word("language, hours, leave"),
        "away": Word("a colleague's leave"),
        "assign": Word("give a customer to a colleague"),
        "duplicates": Word("customers who are here twice"),
        "campaign": Word("win-back, and what it brought"),
        "stats": Word("results of the team"),
        "erase": Word("forget a customer for good"),
        "queue": Word("what waits or went wrong"),
        "jobs": Word("what happens unasked"),
    },
    "message": {
        "reply": Word("answer"),
        "alert": Word("urgent alert"),
        "reminder": Word("reminder"),
        "digest": Word("morning list"),
        "export": Word("file"),
        "broadcast": Word("circular"),
    },
    "recovery": {
        "campaign": Word("campaign"),
        "stage": Word("stage"),
        "reason": Word("reason"),
        "agent": Word("agent"),
    },
    "campaign": {
        "carts": Word("carts"),
        "long-quiet": Word("long quiet"),
    },
    "cause": {
        "dropoff": Word("drop-offs"),
        "inactive": Word("long quiet"),
    },
    "trouble": {
        "failed": Word("refused"),
        "unknown": Word("may have arrived"),
        "expired": Word("too late"),
        "quarantined": Word("not understood"),
        "job": Word("not done"),
    },
    "job": {
        "morning-digest": Word("morning list"),
        "nightly": Word("night's work"),
        "stale-refresh": Word("catching up"),
        "hot-alerts": Word("urgent alerts"),
        "follow-up-reminders": Word("call reminders"),
        "occasion-reminders": Word("birthday reminders"),
        "win-back": Word("win-back calls"),
        "troubles": Word("watch over the queue"),
        "evening-summary": Word("evening summary"),
        "weekly-report": Word("weekly report"),
    },
    "span": {
        "day": Word("today"),
        "week": Word("week"),
        "month": Word("month"),
    },
    "weekday": {code.lower(): Word(code) for code in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")},
    "month": {
        code.lower(): Word(code)
        for code in ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    },
    "day_part": {code: Word(code) for code in ("dawn", "morning", "noon", "afternoon", "evening", "night")},
}


def render_words(kind: str, code: str, speech: Speech, form: Form = "label", **facts: str) -> str:
    """The word for a code, without its icon; ``facts`` fill a text such as ``follow up %(when)s``.

    KeyError for an unknown kind or code: every value that can be stored has its word.
    """
    word = WORDS[kind][code]
    if form == "text" and word.text is not None:
        return speech.pgettext(f"{kind} text", word.text, **facts)
    return speech.pgettext(kind, word.label)


def icon(kind: str, code: str) -> str:
    """The sign of a code, or an empty string."""
    return WORDS[kind][code].icon


def relative(relationship: str, gender: str | None, speech: Speech) -> str:
    """``wife``, ``son``: by the relative's gender where it is known, else ``spouse``, ``child``."""
    exact = f"{Relationship(relationship)}_{Gender(gender)}" if gender else relationship
    return render_words("relative", exact if exact in WORDS["relative"] else relationship, speech)


def word_messages() -> Iterator[tuple[str, str]]:
    """Every (context, message) of the table, for the catalogue."""
    for kind, words in WORDS.items():
        for word in words.values():
            yield kind, word.label
            if word.text is not None:
                yield f"{kind} text", word.text
