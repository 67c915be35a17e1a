"""Takes a bundle into a vault: sealed beside everything else, named and logged under the vault's lock.

A bundle has its name only when it is whole (``goxray.vault.bundle.place``), so whoever is killed leaves nothing, or a
whole bundle of which the log does not know yet. The next one who seals takes that up (``begin``).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from goxray.core.errors import BadKey, BadLog, GoxrayError
from goxray.core.vault_result import BundleSealed
from goxray.vault import libcrypto, sm2, sm4
from goxray.vault.bundle import place
from goxray.vault.bundle import seal as bundles
from goxray.vault.bundle.chunks import Source
from goxray.vault.bundle.format import (
    BUNDLE_ID_BYTES,
    CHUNK_USUAL,
    DEFAULT_ID,
    SALT_BYTES,
    Content,
    Header,
    encode_header,
)
from goxray.vault.bundle.verify import verify
from goxray.vault.canonical import Json
from goxray.vault.custody import acquaintance, shelf
from goxray.vault.custody.people import whoever
from goxray.vault.custody.refusals import word_of
from goxray.vault.custody.vaults import Vault, moment, now
from goxray.vault.expiry import SUFFIX
from goxray.vault.keys import Stored
from goxray.vault.log import verify as log
from goxray.vault.log.entry import Event, Line
from goxray.vault.log.walk import Placed
from goxray.vault.retention import SEAL, Policy, State, seal_event

ADOPT = "seal-adopt"
"""What the log calls a bundle that an earlier run left and that could not be taken up."""

_UNWRITABLE = ("truncated", "replaced")
"""Faults with which the log takes no further entry."""

_WHY_MOST = 500


@dataclass(frozen=True)
class Taking:
    """What is to be sealed by whom and for whom, looked at before anybody is asked for a passphrase."""

    vault: Vault
    who: str
    own: Stored
    recipients: tuple[Stored, ...]
    content: Content


def prepare(vault: Vault, content: Content, recipients: Sequence[str], key: str, who: str) -> Taking:
    """Look at everything that can be looked at without a secret.

    Raises:
        UsageError: A key is not here, or what the header says of the content is nothing that a bundle takes.
        BadKey: A key is retired, or the one that is to sign has no private part here.
    """
    own = vault.own(key)
    vault.keys.check_usable(own)
    found = {each.key_id: each for each in (_recipient(vault, asked) for asked in recipients)} or {own.key_id: own}
    _check(content, own)
    return Taking(vault, who or whoever(), own, tuple(found.values()), content)


def _recipient(vault: Vault, asked: str) -> Stored:
    key = vault.keys.find(asked)
    if key.retired is None:
        return key
    after = {each.follows: each for each in vault.keys.all() if each.follows is not None}
    last = key
    while last.key_id in after:
        last = after.pop(last.key_id)
    hint = "ask its owner for the key that is in use"
    if last is not key and last.retired is None:
        hint = f"its successor is {last.name!r}: --for {last.key_id}"
    told = f"{key.name!r} ({key.key_id}) is retired since {key.retired:%Y-%m-%d}: nothing new is sealed for it"
    raise BadKey(told, hint=hint)


def _check(content: Content, own: Stored) -> None:
    """Refuse what no header takes, by making one with everything else in order."""
    spki, nothing = own.public.spki(), bytes(32)
    encode_header(
        Header(
            about="-",
            bundle=bytes(BUNDLE_ID_BYTES),
            chunk=CHUNK_USUAL,
            commitment=nothing,
            content=content,
            created=now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            recipients=((own.key_id, nothing),),
            salt=bytes(SALT_BYTES),
            signer=own.key_id,
            signer_id=DEFAULT_ID,
            spki=spki,
            suite=sm4.best(),
        )
    )


@contextmanager
def failing(taking: Taking) -> Iterator[None]:
    """Log that nothing was sealed, if the block raises: the word for why, and what the error says if it is one of ours.

    The text of any other error may hold what was to be sealed.
    """
    try:
        yield
    except BaseException as error:
        ours = isinstance(error, GoxrayError)
        word = (word_of(error) if isinstance(error, GoxrayError) else "") or "failed"
        why = str(error)[:_WHY_MOST] if ours else type(error).__name__
        content = taking.content
        detail: dict[str, Json] = {"class": content.retention, "kind": content.kind, "name": content.name, "why": why}
        with suppress(GoxrayError, OSError):
            taking.vault.log().append(Event(taking.who, SEAL, word, "", detail))
        raise


def begin(taking: Taking, private: sm2.Private) -> Policy:
    """Take up what killed runs left, and return the policy of retention.

    Raises:
        BadLog: The log takes no more entries.
        BadKey: The log contradicts the file of a recipient's key.
    """
    vault = taking.vault
    with vault.store.locked():
        state, refused = State(vault.trusted()), set[str]()

        def seen(placed: Placed) -> None:
            event = placed.line.entry.event
            state.take(placed.line.entry)
            if event.what == ADOPT:
                refused.add(event.object)

        report = log.verify(vault.store.room("log"), log_id=vault.store.id, each=seen)
        state.end()
        for fault in report.faults:
            if fault.kind in _UNWRITABLE:
                raise BadLog(f"the log takes no more entries: {fault.words}", hint="goxray vault log verify")
        for key in taking.recipients:
            if key.key_id != private.key_id:
                acquaintance.check(key, state)
        shelf.sweep(vault)
        if report.good:  # else a bundle may seem unknown whose entry was damaged
            mine = {key.key_id: key.public for key in acquaintance.own(vault, state, private.key_id)}
            for bundle in shelf.ids(vault):
                if bundle not in state.kept:
                    _adopt(taking, private, bundle, refused, mine)
    return state.policy


def _adopt(taking: Taking, private: sm2.Private, bundle: str, refused: set[str], mine: dict[str, sm2.Public]) -> None:
    """Log a bundle that one of the own keys sealed and whose run was killed before it could say so.

    What others signed, and what is not whole, stays a stranger; of the latter the log is told once.
    """
    vault = taking.vault
    here = shelf.look(vault, bundle)
    if here is None or here.front is None or here.front.destroyed or here.front.header.signer not in mine:
        return
    digest = here.front.digest.hex()
    if digest in refused:
        return
    try:
        with shelf.reading(shelf.path_of(vault, bundle), inside=True) as source:
            claims = verify(source, mine).claims
    except GoxrayError as error:
        event = Event(
            taking.who, ADOPT, word_of(error) or "failed", digest, {"id": bundle, "why": str(error)[:_WHY_MOST]}
        )
    else:
        retention = here.front.header.content.retention
        event = seal_event(taking.who, bundle, retention, digest, body=claims.digest.hex(), adopted=True)
    vault.log(private).append(event, sign=True)


def take(taking: Taking, private: sm2.Private, source: Source, policy: Policy) -> BundleSealed:
    """Seal all that a source gives, in constant memory.

    Raises:
        GoxrayError: The source cannot be read, or the bundle cannot be written; nothing of it is left then.
        BadLog: The log takes no more.
    """
    vault, content = taking.vault, taking.content
    number = new_id()
    bundle = number.hex()
    how = bundles.How([key.public for key in taking.recipients], private, bundle=number)
    with ExitStack() as held:
        with place.new_file(vault.store.room(shelf.ROOM), bundle + SUFFIX) as out:
            fcntl.flock(out.fileno(), fcntl.LOCK_EX)  # says to ``shelf.sweep`` that its writer is alive
            made = bundles.seal(source, out, content, how)
            out.flush()
            os.fsync(out.fileno())  # the long wait, while others may still use the vault
            size = out.tell()
            held.enter_context(vault.store.locked())
        event = seal_event(
            taking.who, bundle, content.retention, made.header_digest.hex(), body=made.claims.digest.hex()
        )
        line = _logged(taking, private, bundle, event)
    row = shelf.row(made.header, shelf.key_names(vault), "kept", size)
    due = moment(policy.keep_until(content.retention, line.entry.at.wall_ns))
    done = replace(row, content_bytes=made.claims.length, due=due)
    return BundleSealed(str(vault.place), done, line.entry.sequence)


def new_id() -> bytes:
    """Return the id of a new bundle."""
    return bytes(libcrypto.load().random(BUNDLE_ID_BYTES))


def _logged(taking: Taking, private: sm2.Private, bundle: str, event: Event) -> Line:
    """Log a bundle that stands; where the log does not take it, the bundle goes, unless its entry was written."""
    vault = taking.vault
    try:
        return vault.log(private).append(event, sign=True).line
    except BaseException:
        with suppress(GoxrayError, OSError):
            state = State()
            log.verify(vault.store.room("log"), log_id=vault.store.id, each=lambda seen: state.take(seen.line.entry))
            if bundle not in state.kept:
                os.unlink(shelf.path_of(vault, bundle))
        raise
