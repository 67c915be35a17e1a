"""``make docs``: run the commands in the documents again and put their output under them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tools.docs_examples.markdown import commands, with_output
from tools.docs_examples.run import REPO, Reader, documents
from tools.docs_examples.service import serving

_GENERATED = "docs/tables"
"""Pages that tools.table_docs writes, examples included."""


def refresh(name: str, pid: int, service: Path) -> list[str]:
    """Rewrite one document where its output changed; return the commands that failed.

    The service's directory is cut from the output: where it happened to be built says nothing to a reader.
    """
    document = (REPO / name).read_text()
    failed = []
    outputs = {}
    with tempfile.TemporaryDirectory(prefix="goxray-docs-") as directory:
        reader = Reader(Path(directory), pid, name)
        for command in commands(document):
            outcome = reader.run(command.text)
            if outcome.status != 0:
                failed.append(f"{name}:{command.line}: {command.text}\n{outcome.output}")
            elif command.shown:
                outputs[command.line] = outcome.output.replace(f"{service}/", "")
    (REPO / name).write_text(with_output(document, outputs))
    return failed


def main() -> int:
    """Refresh every document; return the exit status."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="goxray-docs-service-") as place, serving(Path(place)) as pid:
        for name in (name for name in documents() if not name.startswith(_GENERATED)):
            failed += refresh(name, pid, Path(place))
    print(*failed, sep="\n", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
