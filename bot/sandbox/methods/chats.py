"""Facts about chats and members, the typing notice, leaving."""

from bot.sandbox.errors import bad_request
from bot.sandbox.methods.registry import Call, method
from bot.sandbox.methods.targets import target, writable
from bot.sandbox.model import Chat, Json
from bot.sandbox.wire import chat_json, sender_json

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


@method("sendChatAction")
async def send_chat_action(call: Call) -> bool:
    chat = writable(call)
    action = call.args.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.state.bus.publish("typing", chat.key, action=action)
    return True


@method("getChat")
async def get_chat(call: Call) -> Json:
    chat = target(call)
    return chat_json(call.state, chat) | {"accent_color_id": 0, "max_reaction_count": 11}


def _member(call: Call, chat: Chat, ident: int) -> Json:
    if ident not in call.state.users and ident not in call.state.bots:
        raise bad_request("PARTICIPANT_ID_INVALID" if chat.type == "supergroup" else "user not found")
    status = "member" if ident in chat.members else "left"
    return {"user": sender_json(call.state, ident), "status": status}


@method("getChatMember")
async def get_chat_member(call: Call) -> Json:
    return _member(call, target(call), call.args.integer("user_id"))


@method("getChatMemberCount")
async def get_chat_member_count(call: Call) -> int:
    return len(target(call).members)


@method("getChatAdministrators")
async def get_chat_administrators(call: Call) -> list[Json]:
    chat = target(call)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    people = call.state.people_in(chat)
    owner = people[:1]
    return [{"user": sender_json(call.state, one.id), "status": "creator", "is_anonymous": False} for one in owner]


@method("leaveChat")
async def leave_chat(call: Call) -> bool:
    chat = target(call)
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.members.remove(call.bot.id)
    call.state.save_chat(chat)
    return True
