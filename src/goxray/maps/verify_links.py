"""The invariants of overflow pointers: where they may lead, and that no two lead to the same bucket."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from goxray.maps.verify_rules import Flags, Ints, Report, Rule
from goxray.maps.verify_views import OverflowLinks, Words


def check_links(links: OverflowLinks, report: Report) -> Flags:
    """Check where overflow pointers lead.

    An overflow bucket is either one of those that makeBucketArray put behind the regular buckets, or a heap slot of
    its own (newoverflow).

    Returns:
        bool[k]: the pointer leads to such a place and can be followed.
    """
    inside = (links.addr >= links.array) & (links.addr - links.array < links.array_bytes.astype(np.uint64))
    offset = np.where(inside, links.addr - links.array, np.uint64(0)).astype(np.int64)
    number, rest = np.divmod(offset, links.bucket_size)
    spare = (rest == 0) & (number >= links.buckets) & (offset + links.bucket_size <= links.array_bytes)
    good: Flags = np.where(inside, spare, links.slot_start)
    report.add_where(
        Rule.OVERFLOW_ADDRESS,
        ~good,
        links.map,
        lambda i: (
            _place(links, i),
            f"overflow pointer {int(links.addr[i]):#x} leads "
            + (f"{offset[i]} bytes into the bucket array" if inside[i] else "to no bucket on the heap"),
        ),
    )
    return good


def _place(links: OverflowLinks, i: int) -> str:
    depth = int(links.depth[i])
    name = f"{'old ' if links.old[i] else ''}bucket {links.bucket[i]}"
    return f"{name} overflow {depth}" if depth else name


@dataclass
class OverflowSeen:
    """The overflow buckets met so far, to find the ones that are linked twice.

    Chains are followed level by level and whole within one part of the buckets. A circle therefore shows within a part,
    and :meth:`follow` breaks it; chains of different parts that meet show at the end (:meth:`finish`). Holds 16 bytes
    for each overflow bucket.
    """

    _here: Words = field(default_factory=lambda: np.zeros(0, np.uint64))
    _addrs: list[Words] = field(default_factory=list)
    _owners: list[Ints] = field(default_factory=list)

    def follow(self, links: OverflowLinks, report: Report) -> Flags:
        """Take in one level of pointers.

        Returns:
            bool[k]: the pointer leads to a bucket not met before in this part; follow no others.
        """
        order = np.argsort(links.addr, kind="stable")
        ranked = links.addr[order]
        again = np.zeros(ranked.size, np.bool_)
        again[1:] = ranked[1:] == ranked[:-1]
        at = np.searchsorted(self._here, ranked)
        inside = at < self._here.size
        again[inside] |= self._here[at[inside]] == ranked[inside]
        fresh = np.ones(ranked.size, np.bool_)
        fresh[order[again]] = False
        report.add_where(
            Rule.OVERFLOW_SHARED,
            ~fresh,
            links.map,
            lambda i: (_place(links, i), f"overflow bucket {int(links.addr[i]):#x} is linked from elsewhere as well"),
        )
        new = ranked[~again]
        self._here = np.union1d(self._here, new)
        self._addrs.append(links.addr[fresh])
        self._owners.append(links.map[fresh])
        return fresh

    def next_part(self) -> None:
        """Start on another part of the buckets."""
        self._here = np.zeros(0, np.uint64)

    def finish(self, report: Report) -> None:
        """Tell the buckets that chains of different parts share."""
        if not self._addrs:
            return
        addrs, owners = np.concatenate(self._addrs), np.concatenate(self._owners)
        order = np.argsort(addrs, kind="stable")
        addrs, owners = addrs[order], owners[order]
        at = np.flatnonzero(addrs[1:] == addrs[:-1]) + 1
        report.add(
            Rule.OVERFLOW_SHARED,
            at,
            owners[at],
            lambda i: (f"overflow bucket {int(addrs[i]):#x}", "linked from two chains"),
        )
