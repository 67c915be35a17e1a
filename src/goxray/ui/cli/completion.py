"""``goxray completion``: what a shell needs to complete goxray's commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog="""\b
Examples:
  goxray completion bash > ~/.local/share/bash-completion/completions/goxray
  goxray completion zsh > "${fpath[1]}/_goxray"
  goxray completion fish > ~/.config/fish/completions/goxray.fish"""
)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    shell_class = get_completion_class(shell)
    assert shell_class is not None  # the choice above names only shells that click knows
    click.echo(shell_class(ctx.find_root().command, {}, "goxray", "_GOXRAY_COMPLETE").source())
