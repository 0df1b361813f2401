"""The ``cdm`` command: everything an operator does from a shell."""

import os
from importlib import metadata
from typing import Annotated

import typer

from cli.deferred import Deferred, beside

# Read when numpy is imported. A fork ends the threads of OpenBLAS, and what computes meanwhile would wait for them for
# ever; as root each look at the embedded server is one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

COMMANDS = {
    "demo": Deferred(
        "cli.demo:demo", "Try it: a shop with customers, a bot and a chat page; no token and no database needed."
    ),
    "run": Deferred(
        "cli.run_command:all_processes", "Run the bot, the jobs and the HTTP API in one process, until stopped."
    ),
    "bot": Deferred("cli.bot_process:bot", "Run the bot alone: several may run at once and share the work."),
    "web": Deferred("cli.web_process:web", "Run the HTTP API alone, on CDM_WEB_HOST and CDM_WEB_PORT."),
    "sandbox": Deferred(
        "cli.sandbox_command:sandbox",
        "Run the stand-in for Telegram alone; set CDM_TELEGRAM_API_URL to its address.",
    ),
    "import": Deferred(
        "cli.import_commands:import_rows",
        "Bring a file in. Doing it again changes nothing; rejected rows are told, the rest is kept.",
    ),
    "refresh": Deferred("cli.refresh:refresh", "Rebuild households, summaries and the call ranking from the facts."),
    "note": Deferred("cli.note_commands:note", "Show what the notes grammar understands of TEXT, outside the chat."),
    "backtest": Deferred(
        "cli.backtest_commands:replay",
        "Replay history: whom each ranking would have put first, what each list would have offered, and what came.",
    ),
    "uplift": Deferred(
        "cli.uplift_commands:uplift",
        "What offering customers to agents brings: those offered against the share that is held out.",
    ),
    "doctor": Deferred(
        "cli.doctor:doctor",
        "Check settings, database, token, time and queue; say what to do. Ends with status 1 if anything is wrong.",
    ),
    "db": Deferred(
        "cli.db_commands:app", "The database: bring it to this version, ask where it stands, print its SQL."
    ),
    "staff": Deferred("cli.staff_commands:app", "The people: invite, list, revoke."),
    "jobs": Deferred("cli.jobs_commands:app", "What happens unasked: list it, run it by hand, start its clock."),
    "api-key": Deferred("cli.key_commands:app", "The keys to the HTTP API: create, list, revoke."),
    "settings": Deferred("cli.settings_commands:app", "The shop's thresholds: list them, set one."),
}

app = typer.Typer(
    name="cdm", cls=beside(COMMANDS), no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)


def _version(asked: bool) -> None:
    if asked:
        print(f"cdm {metadata.version('cdm-bot')}")
        raise typer.Exit


@app.callback()
def cdm(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Customer data management in the sales team's own chat."""


if __name__ == "__main__":
    app()
