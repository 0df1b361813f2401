"""The enums of the system: the guide's vocabulary and the design's extensions of it.

Every value here is public: it is stored in the database, accepted by the API and shown (translated) to people.
Nothing but enums lives in this module, so that the templates may import it.
"""

from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    MANAGER = "manager"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a key to the HTTP API may do."""

    READ = "read"
    WRITE = "write"  # change, and read: a change is answered with the whole record
    ADMIN = "admin"  # erase, merge, look after keys; and all of the others
    INGEST = "ingest"  # tell what a visitor did, from pages: everybody can read it, so it learns of nobody


class Language(StrEnum):
    EN = "en"
    BN = "bn"


class LifecycleStage(StrEnum):
    LEAD = "lead"
    PROSPECT = "prospect"
    FIRST_BUYER = "first_buyer"
    REPEAT_BUYER = "repeat_buyer"
    LOYAL = "loyal"
    INACTIVE = "inactive"


class CustomerType(StrEnum):
    NEW = "new"
    REPEAT = "repeat"
    VIP = "vip"
    INACTIVE = "inactive"


class Temperature(StrEnum):
    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


class CustomerSort(StrEnum):
    """What lists of customers can be sorted by, each in its one useful direction."""

    LIFETIME_VALUE = "lifetime_value"  # the highest first
    LAST_ORDER = "last_order"  # the latest first
    NAME = "name"
    ID = "id"  # stands still while others write


class InteractionType(StrEnum):
    CALL = "call"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    WEBSITE_VISIT = "website_visit"
    SUPPORT_TICKET = "support_ticket"
    MEETING = "meeting"
    OTHER = "other"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Outcome(StrEnum):
    CONNECTED = "connected"
    INTERESTED = "interested"
    ORDER_CONFIRMED = "order_confirmed"
    CALLBACK_REQUESTED = "callback_requested"
    WHATSAPP_MESSAGE_SENT = "whatsapp_message_sent"
    NO_ANSWER = "no_answer"
    LINE_BUSY = "line_busy"
    SWITCHED_OFF = "switched_off"
    CUSTOMER_HUNG_UP = "customer_hung_up"
    NOT_INTERESTED = "not_interested"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CALL = "do_not_call"


class Reason(StrEnum):
    PRICE = "price"
    DELIVERY_CHARGE = "delivery_charge"
    QUALITY = "quality"
    TIMING = "timing"
    COMPETITOR = "competitor"
    OTHER = "other"


class Relationship(StrEnum):
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    OTHER = "other"


class RelativeField(StrEnum):
    """What is kept of a relative, and can be changed by hand; columns of ``customer_family_members``."""

    NAME = "name"
    RELATIONSHIP = "relationship"
    PHONE = "phone"
    DATE_OF_BIRTH = "date_of_birth"
    ANNIVERSARY_DATE = "anniversary_date"
    EMAIL = "email"
    GENDER = "gender"
    PROFESSION = "profession"


class Gender(StrEnum):
    MALE = "male"
    FEMALE = "female"
    OTHER = "other"


class MaritalStatus(StrEnum):
    SINGLE = "single"
    MARRIED = "married"
    DIVORCED = "divorced"
    WIDOWED = "widowed"


class BehaviorType(StrEnum):
    PRODUCT_VIEW = "product_view"
    ADD_TO_CART = "add_to_cart"
    WISHLIST = "wishlist"
    SEARCH = "search"


class DropoffStage(StrEnum):
    PRODUCT_VIEW = "product_view"
    ADD_TO_CART = "add_to_cart"
    CHECKOUT_INITIATED = "checkout_initiated"
    PAYMENT_FAILED = "payment_failed"


class OrderStatus(StrEnum):
    COMPLETED = "completed"
    PENDING = "pending"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class PaymentMethod(StrEnum):
    COD = "cod"
    BKASH = "bkash"
    NAGAD = "nagad"
    CARD = "card"
    BANK = "bank"
    OTHER = "other"


class EventType(StrEnum):
    """An occasion worth a wish (the guide's ``event_type``)."""

    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"


class HoursBasis(StrEnum):
    """Whose experience the best time to call is: what the customer said, their own calls, all of the shop's."""

    STATED = "stated"
    OWN = "own"
    SHOP = "shop"


class OfferType(StrEnum):
    UPSELL = "upsell"
    CROSS_SELL = "cross_sell"
    REORDER = "reorder"
    DISCOUNT = "discount"
    REACTIVATION = "reactivation"
    OCCASION = "occasion"
    NONE = "none"


class NextAction(StrEnum):
    CONFIRM_ORDER = "confirm_order"
    CALL_NOW = "call_now"
    RECOVER_CART = "recover_cart"
    WISH = "wish"
    REORDER = "reorder"
    FOLLOW_UP = "follow_up"
    WIN_BACK = "win_back"
    WAIT = "wait"


class ConsentChannel(StrEnum):
    """The ways a customer may allow or refuse to be reached."""

    CALL = "call"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"


class ProfileField(StrEnum):
    """What of a customer's profile can be changed by hand; columns of ``customers``, and the whole name."""

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    CITY = "city"
    DISTRICT = "district"
    GENDER = "gender"
    DATE_OF_BIRTH = "date_of_birth"
    ANNIVERSARY_DATE = "anniversary_date"
    MARITAL_STATUS = "marital_status"
    PROFESSION = "profession"
    AVAILABLE_TIME = "available_time"
    PREFERRED_CHANNEL = "preferred_channel"
    PREFERRED_LANGUAGE = "preferred_language"
    SOURCE = "source"
    TAGS = "tags"


class ProfileFault(StrEnum):
    """Why what was typed for a field of the profile cannot be it."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    FUTURE = "future"
    TOO_OLD = "too_old"
    YEAR = "year"
    CHOICE = "choice"


class Sameness(StrEnum):
    """What lets two customers look like one person, beside their names."""

    PHONE = "phone"
    EMAIL = "email"
    BIRTHDAY = "birthday"
    ADDRESS = "address"


class ChangeKind(StrEnum):
    """What of a customer was changed by hand."""

    PROFILE = "profile"
    RELATIVE = "relative"
    CONSENT = "consent"
    DO_NOT_CALL = "do_not_call"
    OWNER = "owner"
    FOLLOW_UP = "follow_up"
    LEFT_OUT = "left_out"


class FileKind(StrEnum):
    """What a person sends besides text, as Telegram calls it."""

    VOICE = "voice"
    PHOTO = "photo"
    DOCUMENT = "document"
    AUDIO = "audio"
    VIDEO = "video"


class FileState(StrEnum):
    """Whether we have a copy of our own of a file that came with a contact."""

    WANTED = "wanted"
    KEPT = "kept"
    TOO_LARGE = "too_large"
    LOST = "lost"


class ChatType(StrEnum):
    PRIVATE = "private"
    GROUP = "group"


class MessageKind(StrEnum):
    """What an outgoing message is; decides its priority and what happens when its fate is unknown."""

    REPLY = "reply"
    ALERT = "alert"
    REMINDER = "reminder"
    DIGEST = "digest"
    EXPORT = "export"
    BROADCAST = "broadcast"


class OutboxState(StrEnum):
    QUEUED = "queued"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class InboxState(StrEnum):
    RECEIVED = "received"
    LEASED = "leased"
    DONE = "done"
    QUARANTINED = "quarantined"


class RunState(StrEnum):
    """A slot of a job in the ``schedule_runs`` ledger."""

    DONE = "done"
    LATE = "late"
    EXPIRED = "expired"
    FAILED = "failed"


class QueryKind(StrEnum):
    """What someone searched for, told by its looks."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    PHONE = "phone"
    NUMBER = "number"
    ID = "id"
    KEY = "key"
    EMAIL = "email"
    NAME = "name"


class AlertSign(StrEnum):
    """What makes a customer urgent, the most urgent first."""

    PAYMENT_FAILED = "payment_failed"
    CHECKOUT = "checkout"
    CART = "cart"
    VIP_BACK = "vip_back"
    INBOUND = "inbound"


class AlertState(StrEnum):
    WAITING = "waiting"  # nobody may be rung up now, or nobody is there
    OPEN = "open"
    CLAIMED = "claimed"
    CLOSED = "closed"


class AlertEnd(StrEnum):
    CONTACTED = "contacted"
    ORDERED = "ordered"
    DO_NOT_CALL = "do_not_call"
    RECOVERED = "recovered"  # all that was left behind is marked as won back
    STALE = "stale"


class QuestionEnd(StrEnum):
    """Why a message does not ask any more whether all calls are to stop."""

    ANEW = "anew"  # asked once more, in another message
    ANSWERED = "answered"
    TALKED = "talked"  # somebody had a talk since
    UNDONE = "undone"  # the note it was asked of is taken back
    ERASED = "erased"  # nothing is known of the customer any more


class CampaignCause(StrEnum):
    """What lets a customer enter a win-back campaign."""

    DROPOFF = "dropoff"  # left something behind
    INACTIVE = "inactive"  # a buyer who went quiet


class BuiltInCampaign(StrEnum):
    """A win-back campaign that was always there: its name, as long as nobody gives it another."""

    CARTS = "carts"
    LONG_QUIET = "long-quiet"


class WinBackState(StrEnum):
    """How a win-back call stands."""

    OPEN = "open"
    TRIED = "tried"  # called, and not reached
    CONTACTED = "contacted"
    RECOVERED = "recovered"  # bought within the window after a contact
    BOUGHT = "bought"  # bought by themselves
    DROPPED = "dropped"  # refused, or nobody got round to it


class RecoveryBy(StrEnum):
    """What win-back results are counted by."""

    CAMPAIGN = "campaign"
    STAGE = "stage"
    REASON = "reason"
    AGENT = "agent"


class TroubleKind(StrEnum):
    """What can be in trouble, for the queue that admins see."""

    FAILED = "failed"  # refused by Telegram
    UNKNOWN = "unknown"  # may or may not have arrived
    EXPIRED = "expired"  # too late to be worth sending
    QUARANTINED = "quarantined"  # an update that failed again and again
    JOB = "job"  # a slot that failed or came too late
