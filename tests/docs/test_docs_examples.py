"""The reader of documents itself: it finds every command, and tells a true output from a false one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docs_examples.markdown import Command, commands, inline_commands, with_output
from tools.docs_examples.run import Reader
from tools.docs_examples.shape import missing, shape

DOCUMENT = """Text
```console
$ first --flag
one 12.5 MB
...
$ second
```
~~~python
$ not a command
~~~
```console
$ third
```
"""


def test_commands_come_with_their_line_and_output() -> None:
    assert commands(DOCUMENT) == [
        Command("first --flag", 3, ("one 12.5 MB", "...")),
        Command("second", 6, ()),
        Command("third", 12, ()),
    ]


def test_commands_in_tables_get_a_real_pid() -> None:
    table = "| which? | `goxray maps PID --limit 5` |\nuse `goxray maps` or `PID`\n"
    assert inline_commands(table, "42") == [Command("goxray maps 42 --limit 5", 1, ())]


@pytest.mark.parametrize("document", ["```console\noutput\n```\n", "```console\n$ x\n"])
def test_a_malformed_block_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match="line"):
        commands(document)


def test_new_output_replaces_the_old_and_keeps_the_cut() -> None:
    changed = with_output(DOCUMENT, {3: "two 7 MB\nthree\nfour\n", 6: "silent\n", 12: "silent\n"})
    assert changed == DOCUMENT.replace("one 12.5 MB", "two 7 MB")


def test_figures_may_differ_and_words_may_not() -> None:
    assert shape("  12.5 MB   main.cache   37%") == shape("9 kB main.cache 4%")
    assert missing(["main.users 12 of 40", "..."], "main.users 7 of 9\n") == []
    assert missing(["main.users 12"], "main.user 12\n") == ["main.users 12"]
    assert missing(["seen in sessions"], "seen in /srv/some/where/sessions") == []
    assert missing(["go1.27.3 at 0xc000 took 3 ms"], "go1.27.3 at 0xd1 took 12.5 ms") == []


def test_an_unknown_kind_of_command_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no rule"):
        Reader(tmp_path, 1).run("rm -r somewhere")


def test_a_make_target_that_is_not_there_is_noticed(tmp_path: Path) -> None:
    reader = Reader(tmp_path, 1)
    assert reader.run("make demo").status == 0
    assert reader.run("make dmeo").status != 0


def test_this_tree_installs_and_starts(tmp_path: Path) -> None:
    outcome = Reader(tmp_path, 1).run("pip install .")
    assert outcome.status == 0, outcome.output
    assert "goxray" in outcome.output
