"""``cdm refresh``: what is worked out from the facts, anew."""

from cdm_core import households, summary, thresholds
from cdm_core.db import migrate
from cdm_core.db.engine import sessions
from cdm_core.db.steps import steps
from cdm_core.recommend import refit
from cdm_core.recommend.rankers import Basis
from cli.console import config, fail, out, progress, run
from cli.database import engine_of

_BASES = {
    Basis.DECAYED_REVENUE: "decayed revenue",
    Basis.BGNBD_VALUE: "expected value",
    Basis.BOTH: "decayed revenue and expected value together",
}


def refresh() -> None:
    """Rebuild households, summaries and the call ranking from the facts."""

    async def work() -> None:
        async with engine_of(config(), purpose="refresh") as engine:
            if (await migrate.status(engine)).pending:
                fail("The database is behind this version: run `cdm db upgrade` first.")
            async with sessions(engine)() as session, session.begin():
                limits = await thresholds.load(session)
                in_one = await households.rebuild(session, placeholder=limits.placeholder_phone_customers)
            with progress("summaries") as bar:
                done = await summary.refresh_all(engine, progress=bar)
            with progress("ranking") as bar:
                ranked = await refit.run(steps(sessions(engine)), progress=bar)
        out.print(
            f"[green]✓[/green] {done:,} customers summed up, {in_one:,} of them in shared households; "
            f"{ranked.ranked:,} ranked by {_BASES[ranked.basis]}"
        )

    run(work())
