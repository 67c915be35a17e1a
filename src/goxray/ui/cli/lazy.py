"""Groups of commands that are imported when they are called: ``goxray --help`` loads none of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

_OF_THE_VAULT = frozenset({"vault"})
"""Commands that put things into a vault, or take them out, by themselves."""


class LazyCommands(click.Group):
    """A group whose ``commands_of`` maps a name to ("module:function", its line in the help)."""

    commands_of: Mapping[str, tuple[str, str]] = {}
    sealable = True
    """Whether the commands take ``--seal``."""

    @classmethod
    def of(cls, commands: Mapping[str, tuple[str, str]]) -> type[LazyCommands]:
        """Return the class of a group that holds these commands."""
        return type(cls.__name__, (cls,), {"commands_of": commands})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer needs them."""
        return list(self.commands_of)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command, which takes ``--seal`` unless it is the vault's own."""
        if cmd_name not in self.commands_of:
            return None
        module, name = self.commands_of[cmd_name][0].split(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        sealable = self.sealable and cmd_name not in _OF_THE_VAULT
        if isinstance(command, LazyCommands):
            command.sealable = sealable
        elif sealable:
            from goxray.ui.cli.sealing import make_sealable

            make_sealable(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from their registry lines."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.commands_of.items()])
