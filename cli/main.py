"""The ``cdm`` command: everything an operator does from a shell."""

import typer

from cli import (
    backtest_commands,
    db_commands,
    demo,
    doctor,
    import_commands,
    jobs_commands,
    key_commands,
    note_commands,
    run_commands,
    settings_commands,
    staff_commands,
    uplift_commands,
)

app = typer.Typer(
    name="cdm",
    help="Customer data management in the sales team's own chat.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(db_commands.app, name="db")
app.add_typer(staff_commands.app, name="staff")
app.add_typer(jobs_commands.app, name="jobs")
app.add_typer(key_commands.app, name="api-key")
app.add_typer(settings_commands.app, name="settings")
app.command("demo")(demo.demo)
app.command("run")(run_commands.all_processes)
app.command("bot")(run_commands.bot)
app.command("web")(run_commands.web)
app.command("sandbox")(run_commands.sandbox)
app.command("import")(import_commands.import_rows)
app.command("refresh")(db_commands.refresh)
app.command("note")(note_commands.note)
app.command("backtest")(backtest_commands.replay)
app.command("uplift")(uplift_commands.uplift)
app.command("doctor")(doctor.doctor)

if __name__ == "__main__":
    app()
