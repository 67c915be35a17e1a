"""``--format json`` of ``goxray vault``: the schema ``goxray.vault/1``; ``deed`` says which of its results this is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core import vault_result as results
from goxray.render.json_maps import encode, members

if TYPE_CHECKING:
    from goxray.render.options import RenderOptions

_DEEDS: dict[type, str] = {
    results.VaultMade: "init",
    results.BundleOpened: "open",
    results.VaultListed: "list",
    results.VaultVerified: "verify",
    results.HoldSet: "hold",
    results.VaultExpired: "expire",
    results.PolicyShown: "policy",
    results.KeysListed: "keys",
    results.LogShown: "log-show",
    results.LogVerified: "log-verify",
}


def write_json(result: object, out: BinaryIO, options: RenderOptions) -> None:
    """Write a result of the vault as one JSON object in UTF-8; several sealed bundles come as a sequence."""
    del options
    report = {"schema": results.VAULT_SCHEMA_ID, **report_of(result)}
    out.write(encode("{\n" + ",\n".join(members(report)) + "\n}\n"))


def report_of(result: Any) -> dict[str, Any]:
    """Return what the JSON says of a result behind the schema's name."""
    if isinstance(result, results.BundleSealed):
        return report_of((result,))
    if isinstance(result, tuple):
        return {"deed": "seal", "sealed": [asdict(each) for each in result]}
    if isinstance(result, results.LogEntry):
        return {"deed": "log-accept-clock", "entry": asdict(result)}
    report = {"deed": _DEEDS[type(result)], **_listed(asdict(result))}
    if isinstance(result, (results.VaultVerified, results.LogVerified)):
        report["good"] = result.good
    return report


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with lists for tuples: what stands one a line."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
