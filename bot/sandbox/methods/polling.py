"""How a bot gets its updates: getUpdates, or a webhook."""

from typing import Any

from bot.sandbox.errors import bad_request, conflict
from bot.sandbox.methods.registry import Call, method
from bot.sandbox.model import Json, Webhook

MAX_POLL_SECONDS = 50
_SECRET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


def _take_allowed(call: Call) -> None:
    wanted = call.args.items("allowed_updates", "allowed updates")
    if wanted is not None:
        call.bot.allowed_updates = [str(one) for one in wanted] or None
        call.state.save_bot(call.bot)


@method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    if call.bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _take_allowed(call)
    limit = call.args.integer("limit", 100)
    seconds = min(max(call.args.integer("timeout"), 0), MAX_POLL_SECONDS)
    return await call.state.updates.poll(
        call.bot, call.args.integer("offset"), min(limit, 100) if limit > 0 else 100, seconds
    )


@method("setWebhook")
async def set_webhook(call: Call) -> bool:
    url = call.args.text("url")
    secret = call.args.text("secret_token")
    if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not _SECRET.issuperset(secret):
        raise bad_request("secret token contains unallowed characters")
    _take_allowed(call)
    if call.args.flag("drop_pending_updates"):
        call.state.updates.drop_all(call.bot)
    call.bot.webhook = Webhook(url, secret) if url else None
    call.state.save_bot(call.bot)
    call.state.on_webhook(call.bot)
    return True


@method("deleteWebhook")
async def delete_webhook(call: Call) -> bool:
    if call.args.flag("drop_pending_updates"):
        call.state.updates.drop_all(call.bot)
    call.bot.webhook = None
    call.state.save_bot(call.bot)
    call.state.on_webhook(call.bot)
    return True


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Json:
    hook = call.bot.webhook
    shown: dict[str, Any] = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(call.state.updates.queue(call.bot.id).pending),
    }
    if hook is not None and hook.last_error_date:
        shown |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error_message}
    if call.bot.allowed_updates:
        shown["allowed_updates"] = call.bot.allowed_updates
    return shown
