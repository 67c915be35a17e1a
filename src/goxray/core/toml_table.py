"""A TOML table read strictly: a key of the wrong kind, or one that nobody reads, is an error that names its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from goxray.core.errors import UsageError
from goxray.core.words import Words


class Table:
    """One table of a file; ``where`` names it in messages, ``hint`` is what the reader can do about a wrong one."""

    def __init__(self, values: Mapping[str, object], where: str, hint: str = "") -> None:
        self._values = dict(values)
        self._read: set[str] = set()
        self.where = where
        self._hint = hint

    def __contains__(self, key: str) -> bool:
        """Whether the file says anything under this key."""
        return key in self._values

    def wrong(self, what: str) -> UsageError:
        """Return the error to raise about this table."""
        return UsageError(f"{self.where}: {what}", hint=self._hint)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string; required where there is no default."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.wrong(f"{key} must be a text")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number; required where there is no default."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(f"{key} must be a number")
        return float(value)

    def maybe_number(self, key: str) -> float | None:
        """Return a number, or None where the file has none."""
        return self.number(key) if key in self else None

    def flag(self, key: str) -> bool:
        """Return a boolean, false where the file has none."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} must be true or false")
        return value

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of strings; one string is split at spaces."""
        value = self._take(key, default)
        if isinstance(value, str):
            return tuple(value.split())
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise self.wrong(f"{key} must be a list of texts")
        return tuple(value)

    def pairs(self, key: str) -> dict[str, str]:
        """Return a table of strings, empty where the file has none."""
        value = self._take(key, {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise self.wrong(f"{key} must be a table of texts")
        return dict(value)

    def words(self, key: str) -> Words:
        """Return a text in both languages: ``key.en`` and ``key.zh``."""
        with self.table(key) as inner:
            found = Words(inner.text("en").strip(), inner.text("zh").strip())
            if not found.en or not found.zh:
                raise inner.wrong("the text is empty")
            return found

    def maybe_words(self, key: str) -> Words | None:
        """Return a text in both languages, or None."""
        return self.words(key) if key in self else None

    @contextmanager
    def table(self, key: str) -> Iterator[Table]:
        """Give an inner table, and complain afterwards about keys that were not read."""
        value = self._take(key, None)
        if not isinstance(value, dict):
            raise self.wrong(f"{key} must be a table")
        inner = Table(value, f"{self.where}.{key}", self._hint)
        yield inner
        inner.finish()

    def tables(self, key: str) -> Iterator[Table]:
        """Give each of a list of tables, and complain about keys that were not read before the next one."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.wrong(f"{key} must be a list of tables")
        for index, each in enumerate(value):
            name = each.get("id", each.get("name", index))
            inner = Table(each, f"{self.where}.{key}[{name}]", self._hint)
            yield inner
            inner.finish()

    def finish(self) -> None:
        """Raise UsageError where a key was not read: it is misspelt, or in the wrong place."""
        unknown = sorted(set(self._values) - self._read)
        if unknown:
            raise self.wrong(f"unknown: {', '.join(unknown)}")

    def _take(self, key: str, default: object) -> object:
        self._read.add(key)
        if key in self._values:
            return self._values[key]
        if default is None:
            raise self.wrong(f"{key} is missing")
        return default
