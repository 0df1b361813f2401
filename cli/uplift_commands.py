"""``cdm uplift``: what calling brings, by the households that are held out."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cdm_core import thresholds
from cdm_core.db import migrate
from cdm_core.db.engine import sessions
from cdm_core.recommend.uplift import DETECT, Uplift
from cdm_core.recommend.uplift import uplift as compare
from cdm_core.thresholds import Thresholds
from cli import uplift_words
from cli.console import config, fail, out, run
from cli.database import engine_of


def uplift(
    detect: Annotated[
        float,
        typer.Option(
            min=0.1, max=uplift_words.MOST, help="The difference to be seen, in points of the share that orders."
        ),
    ] = DETECT * 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """What offering customers to agents brings: those offered against the share that is held out."""

    async def work() -> tuple[Uplift, Thresholds]:
        async with engine_of(config(), purpose="uplift") as engine:
            if (await migrate.status(engine)).pending:
                fail("The database is behind this version: run `cdm db upgrade` first.")
            async with sessions(engine)() as session:
                limits = await thresholds.load(session)
                return await compare(session, limits, detect=detect / 100), limits

    found, limits = run(work())
    sentence = uplift_words.verdict(found, limits, config().currency)
    if as_json:
        days = {name: day.isoformat() if day else None for name, day in (("first", found.first), ("last", found.last))}
        print(json.dumps({**asdict(found), **days, "verdict": sentence}, ensure_ascii=False, indent=2))
    else:
        if found.households or found.waiting:
            out.print(uplift_words.table(found))
        out.print(sentence, markup=False)
