"""``cdm note``: what the notes grammar understands."""

import json
from datetime import datetime
from typing import Annotated

import typer

from cdm_core.clock import Clock
from cdm_core.notes.note import note_to_json
from cdm_core.notes.parse import parse_note
from cli.console import config, fail


def note(
    text: Annotated[str, typer.Argument(help="What an agent types after a call.")],
    now: Annotated[str | None, typer.Option(help="The time of typing, ISO; else the present.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON.")] = False,
) -> None:
    """Show what the notes grammar understands of TEXT, outside the chat."""
    zone = config().zone
    try:
        moment = datetime.fromisoformat(now) if now else Clock(zone).now()
    except ValueError:
        fail("--now wants an ISO time, such as 2026-11-22T11:10:00+06:00")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    understood = note_to_json(parse_note(text, moment, zone), zone)
    print(json.dumps(understood, ensure_ascii=False, indent=None if as_json else 2))
