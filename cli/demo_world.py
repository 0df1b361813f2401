"""What the demo's bar can make happen, labelled and told in both languages of the chat page."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.sandbox.world import World, WorldAction
from cdm_core.clock import Clock
from cdm_core.words import Language
from cli.sample.world import HAPPENINGS, Happening
from templates.render import render_plain
from templates.speech import Speech


def world(engine: AsyncEngine, clock: Clock, currency: str, after: Callable[[], Awaitable[object]]) -> World:
    """Each happens at the clock's now, and then ``after`` is called."""

    def words(template: str, **facts: object) -> tuple[str, str]:
        now = clock.now()
        english, bengali = (
            render_plain(template, Speech(language, clock.zone, now, currency), **facts)
            for language in (Language.EN, Language.BN)
        )
        return english, bengali

    def action(what: str, happen: Happening) -> WorldAction:
        async def act() -> tuple[str, str]:
            happened = await happen(engine, clock.now())
            await after()
            return words(
                "demo/happened",
                what=what,
                name=happened.name,
                customer_id=happened.customer_id,
                amount=happened.amount,
            )

        return act

    return {what: (*words("demo/happening", what=what), action(what, happen)) for what, happen in HAPPENINGS.items()}
