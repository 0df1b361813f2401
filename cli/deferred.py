"""Commands known by name and one line of help, imported when they are called.

What commands work with (the chat library, the web framework, numpy) takes seconds to import: ``cdm --help`` needs none
of it, and a command its own alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


@dataclass(frozen=True, slots=True)
class Deferred:
    """A command that stands elsewhere: ``at`` is MODULE:NAME of a function or a ``typer.Typer``; ``help`` as it has."""

    at: str
    help: str


def beside(commands: Mapping[str, Deferred]) -> type[TyperGroup]:
    """For ``typer.Typer(cls=…)``: the group of what is registered there, and after that ``commands``."""

    class Group(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            for name, deferred in commands.items():
                self.add_command(_StandIn(name, deferred))

    return Group


class _StandIn(TyperCommand):
    """In its group's help and among its names; called, it is the command itself."""

    def __init__(self, name: str, deferred: Deferred) -> None:
        super().__init__(name, help=deferred.help)
        self._at = deferred.at

    def make_context(self, *arguments: Any, **more: Any) -> Any:
        """The context of the command itself: what a group goes on with."""
        module, _, name = self._at.partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            return get_group(found).make_context(*arguments, **more)
        alone = typer.Typer(add_completion=False)
        alone.command()(found)
        return get_command(alone).make_context(*arguments, **more)
