"""Which names stand for personal data: the words of a Go name, with what tells that the value is masked or another."""

from __future__ import annotations

from collections.abc import Iterable

from goxray.audit.rules._shared import words

_PHRASES = (
    ("phone",), ("mobile",), ("telephone",), ("cellphone",), ("msisdn",), ("email",), ("e", "mail"),
    ("idcard",), ("id", "card"), ("id", "number"), ("identity", "card"), ("identity", "number"), ("national", "id"),
    ("ssn",), ("passport",), ("bankcard",), ("bank", "card"), ("card", "number"), ("card", "no"), ("credit", "card"),
    ("bank", "account"), ("realname",), ("real", "name"), ("birthday",), ("birthdate",), ("birth", "date"),
    ("date", "of", "birth"), ("home", "address"), ("sfzh",), ("shenfenzheng",),
)  # fmt: skip
_TAILS = frozenset({"number", "no", "num", "str", "string", "text", "value", "raw", "plain", "address", "addr"})
_SAFE = frozenset(
    {
        "mask", "masked", "masking", "hash", "hashed", "digest", "hmac", "mac", "encrypt", "encrypted", "enc",
        "cipher", "ciphertext", "redact", "redacted", "sealed", "desensitize", "desensitized", "desensitise",
        "token", "tokenized", "hide", "hidden", "anonymize", "anonymized", "safe", "sanitize", "sanitized",
        "is", "has", "valid", "invalid", "validate", "verify", "verified", "check", "need", "require",
        "required", "allow", "enable", "enabled", "count", "len", "length", "template", "regexp", "regex",
        "pattern", "format", "type", "kind", "err", "error",
    }
)  # fmt: skip


def personal(name: str, more: Iterable[str] = ()) -> bool:
    """Whether a name stands for a piece of personal data as such.

    Its last words must say so (``userPhone``, ``IDCardNo``; not ``phoneCount``, ``emailQueue``), and no word of it may
    say that it is masked or something else. ``more`` are names that the policy adds.
    """
    said = words(name)
    if not said or _SAFE & set(said):
        return False
    phrases = (*_PHRASES, *(words(each) for each in more))
    while said:
        shorter = said[:-1] + (said[-1].removesuffix("s"),)
        if any(phrase and (said[-len(phrase) :] == phrase or shorter[-len(phrase) :] == phrase) for phrase in phrases):
            return True
        if said[-1] not in _TAILS:
            return False
        said = said[:-1]
    return False


def safe(name: str) -> bool:
    """Whether a name says that what it holds or returns is masked, hashed, encrypted, or no datum at all."""
    return bool(_SAFE & set(words(name)))
