"""Verifies a vault, or bundles anywhere, without a secret: nothing is written, and a damaged file costs its row only.

The vault's lock is held for one bundle at a time, so that nobody who seals waits for longer than that. What went
meanwhile is told by the log, which is read at the end together with all fronts.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from goxray.core.errors import BadBundle, GoxrayError, NotAuthentic, UsageError
from goxray.core.vault_result import BundleChecked, VaultKey, VaultVerified, WrongRow
from goxray.vault import clock, expiry, sm2
from goxray.vault.bundle import chunks
from goxray.vault.bundle.format import Claims
from goxray.vault.bundle.verify import Front, check_end, read_front, signer_of
from goxray.vault.custody import acquaintance, journal, keyring, opening, shelf
from goxray.vault.custody.people import Progress
from goxray.vault.custody.vaults import Vault, key_row, moment, now, open_vault
from goxray.vault.expiry import SUFFIX, Wrong
from goxray.vault.log.export import Anchor
from goxray.vault.retention import State

_OF_ALL = ("log", "clock")
"""Kinds of wrong that concern every bundle."""


def verify(
    place: Path | None = None,
    bundles: Sequence[str] = (),
    *,
    trust: Sequence[str] = (),
    anchors: Sequence[Path] = (),
    progress: Progress | None = None,
) -> VaultVerified:
    """Verify a vault or bundles. See ``goxray.api_vault.verify``."""
    if bundles and trust and not anchors and all(_is_file(each) for each in (*bundles, *trust)):
        return _files_alone(bundles, trust, progress)
    vault = open_vault(place)
    points = journal.read_anchors(anchors)
    state, report = journal.checked(vault, {})
    sound = vault.sound_keys()[0]
    strange = [key for key in sound if acquaintance.fault_of(key, state)] if report.good else []
    unknown = {key.key_id for key in strange if not acquaintance.came(key.key_id, state)}
    keys = {key.key_id: key.public for key in sound if key.key_id not in unknown}
    if trust:
        keys = keyring.trusted(vault, trust)
    wanted = [opening.located(vault, each, state) for each in bundles] if bundles else _all(vault)
    seen = _Seen(vault, keys, _Sum(progress, [path for path, _ in wanted]))
    for path, inside in wanted:
        if inside and bundles and not os.path.lexists(path):
            seen.rows.append(_gone(path.name.removesuffix(SUFFIX), state))
        else:
            seen.look(path, inside)
    if bundles and not any(inside for _, inside in wanted):
        return VaultVerified("", "", tuple(seen.rows), trusted=_rows(vault, keys))
    if not bundles:
        seen.rows += [_stray(name) for name in shelf.strays(vault)]
        faults = [*map(str, vault.sound_keys()[1]), *(acquaintance.fault_of(key, state) for key in strange)]
        seen.rows += [BundleChecked("keys", None, fault, kind="format") for fault in faults]
    own = {path.name.removesuffix(SUFFIX) for path, inside in wanted if inside} if bundles else None
    return _whole(vault, seen, keys, points, own, named=bool(trust))


def _files_alone(bundles: Sequence[str], trust: Sequence[str], progress: Progress | None) -> VaultVerified:
    """Verify files of bundles against files of keys: no vault is needed."""
    keys = {}
    for asked in trust:
        public = keyring.read_offered(Path(asked), None, now()).public
        keys[public.key_id] = public
    paths = [Path(each) for each in bundles]
    seen = _Seen(None, keys, _Sum(progress, paths))
    for path in paths:
        seen.look(path, False)
    rows = tuple(VaultKey(key_id, key_id, "active", own=False, created="") for key_id in sorted(keys))
    return VaultVerified("", "", tuple(seen.rows), trusted=rows)


def _is_file(asked: str) -> bool:
    return os.path.isfile(asked)


def _all(vault: Vault) -> list[tuple[Path, bool]]:
    with vault.store.locked(shared=True):
        return [(shelf.path_of(vault, bundle), True) for bundle in shelf.ids(vault)]


class _Sum:
    """Tells how far all files together were read."""

    def __init__(self, progress: Progress | None, paths: Iterable[Path]) -> None:
        self._progress = progress
        self._before = 0
        self._size = sum(os.lstat(path).st_size for path in paths if os.path.lexists(path)) if progress else 0

    def tell(self, done: int, _size: int) -> None:
        """Take in how far a file was read."""
        if self._progress is not None:
            self._progress(min(self._before + done, self._size), self._size)

    def next(self, size: int) -> None:
        """Go on to the next file."""
        self._before += size


@dataclass(frozen=True)
class _Found:
    """What was found of a file: as much as could be read, and what is wrong with it."""

    size: int = 0
    front: Front | None = None
    claims: Claims | None = None
    fault: GoxrayError | None = None


class _Seen:
    """Looks at one file after the other; ``rows`` grow, ``places`` say at which row a bundle of the vault is."""

    def __init__(self, vault: Vault | None, keys: Mapping[str, sm2.Public], total: _Sum) -> None:
        self.rows: list[BundleChecked] = []
        self.fronts: dict[str, tuple[int, _Found]] = {}
        self._vault = vault
        self._keys = keys
        self._names = shelf.key_names(vault) if vault is not None else {}
        self._sum = total

    def look(self, path: Path, inside: bool) -> None:
        """Verify a file; one of the vault that is gone by now is left out."""
        if inside and self._vault is not None:
            with self._vault.store.locked(shared=True):
                if not os.path.lexists(path):
                    return
                found = self._read(path, inside)
            self.fronts[path.name.removesuffix(SUFFIX)] = len(self.rows), found
        else:
            found = self._read(path, inside)
        self.rows.append(self._row(path.name.removesuffix(SUFFIX) if inside else str(path), found))

    def _read(self, path: Path, inside: bool) -> _Found:
        found = _Found()
        try:
            with shelf.reading(path, self._sum.tell, inside=inside) as source:
                found = _Found(source.size)
                front = shelf.front_of(source, path.name.removesuffix(SUFFIX)) if inside else read_front(source)
                found = replace(found, front=front)
                signer = signer_of(front, self._keys)
                claims = chunks.read_chunks(source, front.shape)
                check_end(source, front, claims, signer)
                return replace(found, claims=claims)
        except GoxrayError as error:
            return replace(found, fault=error)
        except OSError as error:
            return replace(found, fault=UsageError(f"cannot read {path}: {error.strerror or error}"))
        finally:
            self._sum.next(found.size)

    def _row(self, name: str, found: _Found) -> BundleChecked:
        front, fault = found.front, found.fault
        bundle = shelf.row(front.header, self._names, "stranger", found.size) if front is not None else None
        if bundle is not None and found.claims is not None:
            bundle = replace(bundle, content_bytes=found.claims.length)
        destroyed = front is not None and front.destroyed == len(front.slots)
        if fault is None:
            return BundleChecked(name, bundle, destroyed=destroyed)
        return BundleChecked(name, bundle, str(fault), destroyed, self._kind(fault, front))

    def _kind(self, fault: GoxrayError, front: Front | None) -> str:
        if isinstance(fault, NotAuthentic):
            known = front is None or front.header.signer in self._keys
            return "changed" if known else "untrusted"
        return "format" if isinstance(fault, BadBundle) else "unreadable"


def _gone(bundle: str, state: State) -> BundleChecked:
    """Return what is told of a bundle that was asked for and has no file."""
    kept = state.kept.get(bundle)
    if kept is None:
        return BundleChecked(bundle, None, "there is no such file", kind="unreadable")
    row = shelf.told(None, kept, {}, clock.now().wall_ns)
    if kept.tombstone is not None:
        return BundleChecked(bundle, row, destroyed=True)
    return BundleChecked(bundle, row, "its file is gone", kind="unreadable")


def _stray(name: str) -> BundleChecked:
    fault = "stands among the bundles and is none: a link, a directory, or a file of another name"
    return BundleChecked(name, None, fault, kind="format")


def _whole(
    vault: Vault,
    seen: _Seen,
    keys: Mapping[str, sm2.Public],
    anchors: Sequence[Anchor],
    wanted: set[str] | None,
    *,
    named: bool,
) -> VaultVerified:
    """Hold what was found against the log, and the log against itself; ``wanted`` are ids, None for all."""
    now_ns = clock.now().wall_ns
    with vault.store.locked(shared=True):
        log, log_id = vault.store.room("log"), vault.store.id
        state, _ = expiry.state_of(
            log, {}, log_id, state=State(keys, named=named)
        )  # signatures are looked at once, below
        wrong, report = expiry.audit(log, expiry.present(vault.store), now_ns, keys, log_id, anchors, named=named)
    _compare(vault, seen, state, now_ns)
    if wanted is not None:
        wrong = tuple(each for each in wrong if each.id in wanted or each.kind in _OF_ALL)
    told = journal.log_verified(report, state, anchors)
    rows = tuple(_wrong(each) for each in wrong)
    return VaultVerified(str(vault.place), log_id, tuple(seen.rows), rows, told, _rows(vault, keys))


def _compare(vault: Vault, seen: _Seen, state: State, now_ns: int) -> None:
    """Give each row of the vault's own bundles what the log says; one that is another than was sealed is at fault."""
    for bundle, (place, found) in seen.fronts.items():
        row, kept = seen.rows[place], state.kept.get(bundle)
        standing = shelf.Standing(bundle, found.size, found.front, found.fault)
        told = shelf.told(standing, kept, shelf.key_names(vault), now_ns)
        if row.bundle is not None:
            told = replace(told, content_bytes=row.bundle.content_bytes)
        row = replace(row, bundle=told)
        if found.front is not None and not row.fault:
            try:
                opening.check_kept(found.front, kept)
            except NotAuthentic as error:
                row = replace(row, fault=str(error), kind="changed")
        seen.rows[place] = row


def _wrong(wrong: Wrong) -> WrongRow:
    return WrongRow(
        wrong.kind,
        wrong.id,
        wrong.sequence,
        wrong.words,
        at=moment(wrong.at_ns) if wrong.at_ns else "",
        due=moment(wrong.due_ns) if wrong.due_ns else "",
        holds=wrong.holds,
    )


def _rows(vault: Vault, keys: Mapping[str, sm2.Public]) -> tuple[VaultKey, ...]:
    """Return what results tell of the keys whose signatures counted."""
    known = {key.key_id: key_row(key) for key in vault.sound_keys()[0]}
    return tuple(known.get(each, VaultKey(each, each, "active", own=False, created="")) for each in sorted(keys))
