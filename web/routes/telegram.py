"""``POST /telegram/webhook``: updates from Telegram into the inbox, committed before they are confirmed."""

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Request

from cdm_core import inbox
from cdm_core.db.notify import notify
from web.errors import ProblemError
from web.house import house_of
from web.router import REFUSALS, problem

PATH = "/telegram/webhook"

router = APIRouter(tags=["Telegram"])


@router.post(
    PATH,
    summary="Receive an update from Telegram",
    response_model=dict[str, bool],
    responses={
        **{status: REFUSALS[status] for status in (400, 405, 408, 413, 503)},
        401: problem("The secret is missing or another"),
        404: problem("Updates are not received here: they are polled for"),
        422: problem("This is no update: it has no id"),
    },
)
async def receive(
    request: Request,
    update: Annotated[dict[str, Any], Body(examples=[{"update_id": 10000, "message": {"text": "/customer 123"}}])],
    secret: Annotated[str, Header(alias="X-Telegram-Bot-Api-Secret-Token", description="As set with setWebhook")] = "",
) -> dict[str, bool]:
    """For Telegram alone: keeps an update, once however often it is sent, and answers when it is kept."""
    house = house_of(request)
    hook = house.webhook
    if hook is None:
        raise ProblemError(404, "no_webhook", "Updates are polled for here: run `cdm run --webhook` to receive them.")
    if not hmac.compare_digest(secret.encode(), hook.secret.encode()):
        raise ProblemError(401, "wrong_secret", "X-Telegram-Bot-Api-Secret-Token is not the one that was set.")
    if not inbox.storable(update):
        raise ProblemError(422, "no_update", "An update has an update_id, a number that is not negative.")
    async with house.sessions.begin() as session:
        stored = await inbox.store(session, hook.bot_id, [update])
        if stored.new:
            await notify(session, inbox.BELL)
    return {"ok": True}
