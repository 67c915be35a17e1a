"""Certificate numbers: of the version that is built in, looked up as the rule on the list does."""

from __future__ import annotations

import pytest

from goxray.audit.certificates import certificates_of
from goxray.audit.policy import Allowed, Policy
from goxray.core.audit_result import Module

LIST = (
    Allowed("example.cn/...", certificate="GM-1"),
    Allowed("example.org/sm", ">=v1.2.0, <v2.0.0", "GM-2"),
    Allowed("example.org/plain"),
)


@pytest.mark.parametrize(
    ("module", "number"),
    [
        (Module("example.cn/deep/one", "v0.1.0"), "GM-1"),
        (Module("example.cnx/one", "v0.1.0"), ""),
        (Module("example.org/sm", "v1.2.0"), "GM-2"),
        (Module("example.org/sm", "v1.1.9"), ""),
        (Module("example.org/sm", "v2.0.0"), ""),
        (Module("example.org/plain", "v1.0.0"), ""),
        (Module("example.cn/main", "", main=True), ""),
        (Module("example.org/other", "v9.0.0", replaced_by="example.org/sm v1.3.0"), "GM-2"),
    ],
)
def test_a_module_has_the_number_of_the_list(module: Module, number: str) -> None:
    found = certificates_of([module], Policy(modules=LIST))
    assert [each.number for each in found] == ([number] if number else [])
    assert all((each.module, each.version) == (module.path, module.version) for each in found)


def test_each_version_once_in_order() -> None:
    modules = [Module("example.cn/b", "v1.0.0"), Module("example.cn/a", "v1.0.0"), Module("example.cn/b", "v1.0.0")]
    assert [each.module for each in certificates_of(modules, Policy(modules=LIST))] == ["example.cn/a", "example.cn/b"]
