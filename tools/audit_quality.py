"""Measures the audit's rules: precision and recall over the labelled samples, noise over Go's standard library.

    python -m tools.audit_quality [--noise GOROOT/src] [--elsewhere] [--jobs N] [--only RULE,...]

Prints two tables in Markdown, as docs/audit-quality.md has them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from tests.harness.audit_quality import Noise, binary_corpora, binary_score, corpora, elsewhere, noise, score


def main(argv: list[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="precision, recall and noise of the audit's rules")
    parser.add_argument("--noise", type=Path, metavar="DIR", help="a tree of Go to count findings in: GOROOT/src")
    parser.add_argument("--go", default="", metavar="LINE", help="the go line to take for that tree, such as 1.27")
    parser.add_argument("--jobs", type=int, default=0, help="worker processes for it; as many as processors")
    parser.add_argument("--elsewhere", action="store_true", help="list what rules find in the others' good samples")
    parser.add_argument("--only", default="", metavar="RULES", help="rules to measure, by id, with commas between")
    given = parser.parse_args(argv)
    only = frozenset(each for each in given.only.upper().split(",") if each)
    _corpus(only)
    if given.elsewhere:
        _elsewhere(only)
    if given.noise is not None:
        if not given.noise.is_dir():
            parser.error(f"no such directory: {given.noise}")
        disabled = frozenset(rule.info.id for rule in all_rules() if only and rule.info.id not in only)
        print()
        _noise(noise(given.noise, Policy(disabled=disabled), given.jobs, given.go))
    return 0


def _corpus(only: frozenset[str]) -> None:
    print("| rule | bad | good | found | missed | wrong | precision | recall |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    totals = [0, 0, 0, 0, 0]
    scores = [score(rule) for rule in corpora() if not only or rule.info.id in only]
    scores += [binary_score(rule) for rule in binary_corpora() if not only or rule.info.id in only]
    for made in sorted(scores, key=lambda each: each.rule):
        row = [made.bad, made.good, made.right, len(made.missed), len(made.wrong)]
        totals = [total + each for total, each in zip(totals, row, strict=True)]
        print(f"| {made.rule} | {' | '.join(map(str, row))} | {made.precision:.3f} | {made.recall:.3f} |")
    right, missed, wrong = totals[2:]
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    print(f"| all | {' | '.join(map(str, totals))} | {precision:.3f} | {recall:.3f} |")


def _elsewhere(only: frozenset[str]) -> None:
    """Print what nobody labelled, for somebody to judge: a good sample of one rule may be a bad one of another."""
    print()
    for rule in corpora():
        if rule.source is not None and (not only or rule.info.id in only):
            for other, (path, line) in elsewhere(rule):
                print(f"{rule.info.id} {other}/{path}:{line}")


def _noise(found: Noise) -> None:
    print(f"{found.packages:,} packages, {found.lines:,} lines")
    print()
    print("| rule | findings | per 10,000 lines |")
    print("|---|---:|---:|")
    for rule, count in sorted(found.by_rule.items(), key=lambda each: (-each[1], each[0])):
        print(f"| {rule} | {count} | {found.per_ten_thousand(rule):.3f} |")
    total = found.by_rule.total()
    print(f"| all | {total} | {10_000 * total / max(1, found.lines):.3f} |")


if __name__ == "__main__":
    raise SystemExit(main())
