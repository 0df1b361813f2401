"""Answers to button presses and inline queries."""

from typing import Any

from bot.sandbox.args import Args
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.markup import read_inline_markup
from bot.sandbox.methods.registry import Call, method
from bot.sandbox.model import Json
from bot.sandbox.texts import read_text

_MAX_RESULTS = 50


def _too_old() -> ApiError:
    return bad_request("query is too old and response timeout expired or query ID is invalid")


@method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> bool:
    text = call.args.text("text")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query = call.state.queries.take(call.args.text("callback_query_id"), call.bot.id)
    if query is None:
        raise _too_old()
    answer: Json = {"text": text, "show_alert": call.args.flag("show_alert"), "url": call.args.text("url")}
    call.entry.text = text
    call.entry.chat_id = query.user
    if not query.answer.done():
        query.answer.set_result(answer)
    call.state.bus.publish("toast", query.chat, user=query.user, **answer)
    return True


@method("answerInlineQuery")
async def answer_inline_query(call: Call) -> bool:
    results = call.args.mappings("results", "inline query results")
    if results is None:
        raise bad_request("can't parse inline query results JSON object")
    if len(results) > _MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    idents = [str(one.get("id", "")) for one in results]
    if len(set(idents)) < len(idents):
        raise bad_request("RESULT_ID_DUPLICATE")
    if any(not 1 <= len(ident.encode()) <= 64 for ident in idents):
        raise bad_request("RESULT_ID_INVALID")
    for one in results:
        if one.get("type") == "article":
            body_of_result(one)
    query = call.state.queries.take(call.args.text("inline_query_id"), call.bot.id)
    if query is None:
        raise _too_old()
    if not query.answer.done():
        query.answer.set_result(
            {
                "results": results,
                "next_offset": call.args.text("next_offset"),
                "is_personal": call.args.flag("is_personal"),
                "cache_time": call.args.integer("cache_time", 300),
            }
        )
    return True


def body_of_result(result: Json) -> tuple[Json, Json | None]:
    """(message body, inline keyboard) that choosing an inline result sends; only articles with text exist here."""
    content: Any = result.get("input_message_content")
    if not isinstance(content, dict) or "message_text" not in content:
        raise bad_request("MESSAGE_EMPTY")
    values = {**content, "text": content["message_text"]}
    if "reply_markup" in result:
        values["reply_markup"] = result["reply_markup"]
    args = Args(values, {})
    return read_text(args), read_inline_markup(args)
