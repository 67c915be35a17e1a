"""Certificate numbers of modules, from the organisation's list of allowed ones."""

from __future__ import annotations

from collections.abc import Iterable

from goxray.audit.modules.replacing import stands_for
from goxray.audit.modules.versions import within
from goxray.audit.policy import Policy
from goxray.audit.rules.mod003 import covers
from goxray.core.audit_result import Certificate, Module


def certificates_of(modules: Iterable[Module], policy: Policy) -> tuple[Certificate, ...]:
    """Return the certificate of each module that the policy's list has one for, in that version; by module.

    A replaced module is looked up as what stands for it, as the rule on the list (MOD003) does.
    """
    found = set()
    for module in modules:
        path, version = stands_for(module)
        for allowed in policy.modules:
            if (
                allowed.certificate
                and not module.main
                and covers(allowed.path, path)
                and within(version, allowed.versions)
            ):
                found.add(Certificate(module.path, module.version, allowed.certificate))
                break
    return tuple(sorted(found, key=lambda each: (each.module, each.version)))
