"""What a bot says of itself: its account, command menus, descriptions, menu button."""

import re

from bot.sandbox.args import Args
from bot.sandbox.errors import bad_request
from bot.sandbox.methods.registry import Call, method
from bot.sandbox.model import Bot, Chat, Json, User
from bot.sandbox.wire import me_json

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_PLAIN_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})


@method("getMe")
async def get_me(call: Call) -> Json:
    return me_json(call.bot)


@method("logOut")
async def log_out(_call: Call) -> bool:
    return True


@method("close")
async def close(_call: Call) -> bool:
    return True


def _menu_key(call: Call) -> str:
    """``scope/chat/user/language``, the key a menu is kept by."""
    scope = call.args.mapping("scope", "BotCommandScope")
    kind = scope.get("type", "default")
    language = call.args.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    if kind in _PLAIN_SCOPES:
        return f"{kind}///{language}"
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat = Args(scope, {}).integer("chat_id")
    if chat not in call.state.users and str(chat) not in call.state.chats:
        raise bad_request("chat not found")
    return f"{kind}/{chat}/{scope.get('user_id', '')}/{language}"


@method("setMyCommands")
async def set_my_commands(call: Call) -> bool:
    commands = call.args.mappings("commands", "commands")
    if commands is None:
        raise bad_request("can't parse commands JSON object")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for one in commands:
        name = str(one.get("command", "")).removeprefix("/")
        if not _COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": str(one["description"])})
    call.bot.commands[_menu_key(call)] = kept
    call.state.save_bot(call.bot)
    call.state.bus.publish("commands")
    return True


@method("getMyCommands")
async def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(_menu_key(call), [])


@method("deleteMyCommands")
async def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop(_menu_key(call), None)
    call.state.save_bot(call.bot)
    call.state.bus.publish("commands")
    return True


def commands_for(bot: Bot, chat: Chat, user: User) -> list[Json]:
    """The menu this person sees in this chat: the narrowest scope wins, then their language."""
    if chat.type == "private":
        scopes = [f"chat/{chat.id}/", "all_private_chats//", "default//"]
    else:
        member = f"chat_member/{chat.id}/{user.id}"
        scopes = [member, f"chat/{chat.id}/", "all_group_chats//", "default//"]
    for scope in scopes:
        for language in (user.language_code[:2], ""):
            if bot.commands.get(f"{scope}/{language}"):
                return bot.commands[f"{scope}/{language}"]
    return []


def _text_methods(noun: str, field: str, limit: int) -> None:
    """Register setMy… and getMy… for one text of the bot's profile, kept by language."""

    @method(f"setMy{noun}")
    async def put(call: Call) -> bool:
        text = call.args.text(field)
        if len(text) > limit:
            raise bad_request(f"{field.replace('_', ' ')} is too long")
        call.bot.profile[f"{field}/{call.args.text('language_code')}"] = text
        call.state.save_bot(call.bot)
        return True

    @method(f"getMy{noun}")
    async def get(call: Call) -> Json:
        language = call.args.text("language_code")
        profile = call.bot.profile
        return {field: profile.get(f"{field}/{language}") or profile.get(f"{field}/", "")}


_text_methods("Name", "name", 64)
_text_methods("Description", "description", 512)
_text_methods("ShortDescription", "short_description", 120)


@method("setChatMenuButton")
async def set_chat_menu_button(call: Call) -> bool:
    button = call.args.mapping("menu_button", "menu button") or {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: Unsupported menu button type")
    call.bot.menu_buttons[call.args.text("chat_id")] = button
    call.state.save_bot(call.bot)
    return True


@method("getChatMenuButton")
async def get_chat_menu_button(call: Call) -> Json:
    buttons = call.bot.menu_buttons
    return buttons.get(call.args.text("chat_id")) or buttons.get("", {"type": "default"})
