"""The clauses that rules serve, with their short titles. The standards' own texts were not at hand: none is certain."""

from __future__ import annotations

from goxray.core.audit_result import Clause
from goxray.core.words import Words

_LEVEL3 = {
    "8.1.2.2": Words("communication transmission", "通信传输"),
    "8.1.4.1": Words("identity authentication", "身份鉴别"),
    "8.1.4.3": Words("security audit", "安全审计"),
    "8.1.4.4": Words("intrusion prevention", "入侵防范"),
    "8.1.4.6": Words("trusted verification", "可信验证"),
    "8.1.4.7": Words("data integrity", "数据完整性"),
    "8.1.4.8": Words("data confidentiality", "数据保密性"),
    "8.1.4.10": Words("protection of residual information", "剩余信息保护"),
    "8.1.4.11": Words("protection of personal information", "个人信息保护"),
    "8.1.5.4": Words("centralised control", "集中管控"),
}

_CRYPTO_USE = Words("baseline requirements for cryptography application", "信息系统密码应用基本要求")

CRYPTO_APPLICATION = Clause("GB/T 39786", title=_CRYPTO_USE)
"""The standard for the use of cryptography, without a clause: the catalogue names none."""

SM2_USE = Clause("GM/T 0009", title=Words("SM2 cryptography algorithm usage", "SM2 密码算法使用规范"))


def level3(number: str) -> Clause:
    """Return a clause of GB/T 22239-2019, level 3 (chapter 8); ``8.1.4.3 b`` is item b of it."""
    return Clause("GB/T 22239-2019", number, _LEVEL3[number.partition(" ")[0]])
