"""Which texts are secrets: by the name that they are given, or by their own form; and how they are shown."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ONE = frozenset(("password", "passwd", "pwd", "secret", "passphrase", "token", "apikey", "credential", "credentials"))
_TWO = frozenset(
    (("api", "key"), ("private", "key"), ("secret", "key"), ("access", "key"), ("signing", "key"), ("access", "token"))
    + (("auth", "token"), ("encryption", "key"), ("aes", "key"), ("sm4", "key"), ("hmac", "key"), ("master", "key"))
    + (("license", "key"), ("encrypt", "key"), ("sign", "key"), ("app", "key"), ("jwt", "key"), ("root", "key"))
)
_ABOUT = frozenset(
    ("field", "name", "header", "env", "path", "file", "url", "uri", "prompt", "label", "param", "flag", "hint", "dir")
    + ("regex", "pattern", "cookie", "message", "msg", "err", "error", "type", "prefix", "suffix", "algorithm", "id")
    + ("column", "query", "format", "policy", "usage", "help", "title", "scope", "hash", "var", "kind", "version")
    + ("public", "pub", "endpoint", "issuer", "length", "len", "size", "ttl", "expiry", "count")
)
_HARMLESS = frozenset(
    ("version", "commit", "revision", "sha", "hash", "date", "time", "branch", "tag", "build", "builder", "digest")
    + ("user", "host", "release", "semver", "describe", "dirty", "id", "checksum", "goversion", "treestate", "state")
)
"""Last words of names that stamps of a build have; their texts are mixed too, and are told to anybody."""

_PLACEHOLDER = re.compile(
    r"[<>{}%]|\$\w|\*{3}|x{4}|^your|^/|^(?:change|replace)[-_]?me|^(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)$", re.IGNORECASE
)
_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[0-9]"), re.compile(r"[^A-Za-z0-9_./:-]"))
_FORMS = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b|\bLTAI[0-9A-Za-z]{12,}\b|\bAKID[0-9A-Za-z]{13,}\b"
    r"|\bgh[opsu]_[0-9A-Za-z]{36}|\bglpat-[0-9A-Za-z_-]{20}|\bxox[abprs]-[0-9A-Za-z-]{10,}"
    r"|\bsk-[0-9A-Za-z_-]{20,}|\bsk_live_[0-9A-Za-z]{16,}"
    r"|\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]*"
    r"|://[^/\s:@]+:[^/\s:@]+@|[^/\s:@]+:[^/\s:@]+@(?:tcp|unix)\("
)
_MIXED = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_SHORTEST = 6
_SHOWN = 2
_LONG = 12


def names_secret(name: str) -> bool:
    """Whether a Go name (``main.apiKey``, ``github.com/x/y.DBPassword``) is one that secrets are given."""
    found = tuple(word.lower() for word in _WORD.findall(name.rpartition("/")[2].rpartition(".")[2]))
    if not found or _ABOUT.intersection(found):
        return False
    return found[-1] in _ONE or found[-2:] in _TWO or "".join(found[-2:]) in _ONE


def given_as_secret(name: str, text: str) -> bool:
    """Whether a name says that a text is a secret, and the text is none that is put in for one."""
    return names_secret(name) and len(text) >= _SHORTEST and not _PLACEHOLDER.search(text)


def has_secret_form(text: str) -> bool:
    """Whether a text has a form that only secrets have: cloud keys, tokens, private keys, passwords in URLs."""
    return _FORMS.search(text) is not None


def looks_random(name: str, text: str) -> bool:
    """Whether a text is as long and mixed as keys are, under a name that is none of a build's stamps."""
    found = tuple(word.lower() for word in _WORD.findall(name.rpartition("/")[2].rpartition(".")[2]))
    if _ABOUT.intersection(found) or _HARMLESS.intersection(found):
        return False
    return _MIXED.fullmatch(text) is not None and all(each.search(text) for each in _CLASSES[:3])


def is_secret(name: str, text: str) -> bool:
    """Whether a text should not be shown: by its name, its form, or because it looks random."""
    return given_as_secret(name, text) or has_secret_form(text) or looks_random(name, text)


def masked(text: str) -> str:
    """Return a secret as it may be shown: its first two characters where it is long, never more."""
    return f"{text[:_SHOWN]}***" if len(text) >= _LONG and "\n" not in text[:_SHOWN] else "***"
