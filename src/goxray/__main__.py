"""``python -m goxray``: the same as the ``goxray`` command."""

from __future__ import annotations

from goxray.ui.cli.main import main

if __name__ == "__main__":
    main(prog_name="goxray")
