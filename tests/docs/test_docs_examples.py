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
    assert shape("  12.5 MB  ▊ main.cache   37%") == shape("9 kB  █▏ main.cache 4%")
    assert missing(["main.users 12 of 40", "..."], "main.users 7 of 9\n") == []
    assert missing(["main.users 12"], "main.user 12\n") == ["main.users 12"]
    assert missing(["go1.27.3 at 0xc000 took 3 ms"], "go1.27.3 at 0xd1 took 12.5 ms") == []
    assert missing(["seen in sessions"], "seen in /srv/some/where/sessions") == []


def test_lines_may_break_elsewhere_and_names_may_be_shortened_elsewhere() -> None:
    assert (
        missing(
            ["keeps 9 MiB in a map that holds 2%", "of what it could"],
            "x keeps 10 MiB in a\nmap that holds 13% of what it could",
        )
        == []
    )
    assert missing(["1 KiB  map[main.tok…session  end"], "2 KiB  map[main.token]main.session  end") == []
    assert missing(["1 KiB  map[main.tok…session  end"], "2 KiB  map[main…n.session  fin") != []


def test_what_a_group_has_in_common_may_change() -> None:
    assert missing(["3  (not reached)  (mixed)"], "9  (not reached)  map[?]?\n") == []
    assert missing(["3  (not reached)  (mixed)"], "9  main.users  map[?]?\n") != []


def test_a_paragraph_is_compared_as_a_whole_and_a_table_line_by_line() -> None:
    shown = [
        "It keeps 5 MiB, of",
        "which 4 are wasted. That is 9% of what all",
        "3 maps waste.",
        "",
        "  A   B",
        "  1   x",
        "...",
    ]
    assert missing(shown, "It keeps 1 MiB,\nof which 2 are wasted.\n\n  A    B\n  7    y\n  9    x\n") == []
    assert missing(shown, "It keeps 1 MiB,\nof which 2 are lost.\n\n  A    B\n") == [" ".join(shown[:3]), "  1   x"]


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
