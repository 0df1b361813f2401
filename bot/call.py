"""What a command is told: who says what, where and when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef, access_customer
from cdm_core.chats import Chat
from cdm_core.contact_files import SentFile
from cdm_core.outbox import Said
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from templates.actions import Action
from templates.speech import Speech


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared contact, as Telegram gives it: its own phone first, then those of its card, as written.

    ``user_id`` is None where the contact is not on Telegram.
    """

    phones: tuple[str, ...]
    first_name: str
    last_name: str | None
    user_id: int | None


@dataclass(frozen=True, slots=True)
class Call:
    """One thing a member of staff did in a chat.

    - ``session`` is inside the one transaction, whose ``cdm_now()`` is ``now``
    - ``now`` is the business time, by which things are due; ``said_at`` is when it was said, when facts happen
    - ``text`` is what follows the command, a plain text whole, a caption, or ""; as typed, trimmed
    - ``message_id`` is the Telegram id of the message that was written, edited or whose button was pressed
    - ``reply_to`` is the message of ours that was answered or whose button was pressed, if any; ``answered`` is the
      Telegram id of whatever was, also of one that we know nothing of
    - ``action`` is the pressed button's, with its arguments
    - ``file`` is what was sent, ``text`` its caption; files of one ``album`` come one by one
    - ``bot_id`` is whom file ids are good for
    - ``forwarded``: somebody else wrote it
    - ``offset`` is where the next results of an inline query begin, as our last answer said; "" at first
    - ``listed`` are the names of the commands this person may use, in the order of help
    - ``key`` names this update for ever, e.g. as part of deduplication keys
    """

    session: AsyncSession
    staff: Staff
    chat: Chat
    now: datetime
    said_at: datetime
    speech: Speech
    thresholds: Thresholds
    key: str
    bot_username: str
    bot_id: int = 0
    listed: tuple[str, ...] = ()
    text: str = ""
    message_id: int | None = None
    reply_to: Said | None = None
    answered: int | None = None
    action: Action | None = None
    contact: Contact | None = None
    file: SentFile | None = None
    album: str | None = None
    forwarded: bool = False
    offset: str = ""

    async def customer(self, customer_id: int) -> CustomerRef:
        """The customer, if the person may see it. Raises as ``access_customer`` does."""
        return await access_customer(self.session, self.staff, self.thresholds, customer_id)


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody we do not know said in a private chat; the fields mean what they mean in ``Call``."""

    session: AsyncSession
    chat: Chat
    user_id: int
    user_name: str
    now: datetime
    speech: Speech
    thresholds: Thresholds
    key: str
    bot_username: str
    text: str = ""
