"""What people are told while the database is away, and when it is back."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.api import BotApi
from bot.outage import Outage
from bot.sandbox.client import SandboxError
from cdm_core import inbox
from cdm_core.words import Language
from templates.speech import Speech
from tests.bot.people import Person, Team
from tests.databases import ZONE


def said(update_id: int, person: Person) -> dict[str, object]:
    return {"update_id": update_id, "message": {"chat": {"id": person.user_id}, "from": {"id": person.user_id}}}


async def test_each_is_told_once_an_outage_and_once_that_all_is_done(
    chat: Team, nusrat: Person, tanvir: Person, stranger: Person
) -> None:
    async with BotApi(chat.sandbox.token, chat.sandbox.url) as api:
        outage = Outage(api, chat.clock, patience=0)
        outage.know(nusrat.user_id, Speech(Language.EN, ZONE, chat.clock.now()))
        outage.know(tanvir.user_id, Speech(Language.BN, ZONE, chat.clock.now()))
        waiting = [said(1, nusrat), said(2, nusrat), said(3, stranger)]
        for _ in range(3):
            await outage.notice(waiting)
        await outage.notice([said(4, tanvir)])
        await nusrat.sees("The database does not answer", "No need to send again")
        await tanvir.sees("ডাটাবেজ সাড়া দিচ্ছে না")
        assert len(await chat.sandbox.ledger(method="sendMessage")) == 2

        chat.at(chat.clock.moment + timedelta(minutes=2))
        await chat.sandbox.mark("nusrat")
        async with chat.sessions.begin() as session:
            await inbox.store(session, api.bot_id, [{"update_id": 2, **said(2, nusrat)}])
            await session.execute(text("UPDATE inbox SET next_attempt_at = 'infinity'"))
        outage.over()
        await outage.report(chat.sessions)
        await tanvir.sees("থেকে চালু")
        with pytest.raises(SandboxError, match="no such message"):  # hers are stored, not done
            await chat.sandbox.wait_for("nusrat", contains="Back", timeout=0)
        async with chat.sessions.begin() as session:
            await session.execute(text("UPDATE inbox SET state = 'done'"))
        await outage.report(chat.sessions)
        await nusrat.sees("Back since 11:12", "Your 2 messages are done")
        await outage.report(chat.sessions)
        await chat.settled()
        assert len(await chat.sandbox.ledger(method="sendMessage")) == 4


async def test_a_short_outage_is_not_worth_a_message(chat: Team, nusrat: Person) -> None:
    async with BotApi(chat.sandbox.token, chat.sandbox.url) as api:
        outage = Outage(api, chat.clock, patience=60)
        outage.know(nusrat.user_id, Speech(Language.EN, ZONE, chat.clock.now()))
        await outage.notice([said(1, nusrat)])
        outage.over()
        await outage.report(chat.sessions)
    await chat.settled()
    assert await chat.sandbox.ledger(method="sendMessage") == []
