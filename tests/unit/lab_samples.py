"""Hand-made results of the lab: every verdict and reason, odd names, a model beside a measurement."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from goxray.core.lab_result import (
    Catalogue,
    ClaimInfo,
    Deciding,
    ExperimentInfo,
    LabFault,
    LabResult,
    MachineInfo,
    Measured,
    OverallVerdict,
    Part,
    Saying,
    Verdict,
    VersionVerdict,
)
from goxray.core.words import Words

VERSIONS = ("1.21.13", "1.23.9", "1.24.11", "1.27.3")
SHA = "5f" * 32
OTHER = "a7" * 32
RATIO = "ns_per_op (rwmutex, 90% reads) / ns_per_op (syncmap, 90% reads) >= 3"


def claim(id_: str, experiment: str, en: str, zh: str, *sayings: Saying, topic: str = "map-layout") -> ClaimInfo:
    return ClaimInfo(
        id_,
        experiment,
        topic,
        id_[1:4],
        "3.1",
        Words(en, zh),
        Words(f"Another figure than {en.lower()}", f"测得的数值与“{zh}”不同。"),
        "",
        sayings=sayings,
    )


HINT = claim(
    "C000-46", "map-hint", "A hint of 1000 gives 1024 buckets, 8 KB.", "hint 为 1000 时分配 1024 个桶，共 8 KB。",
    Saying("between", "bytes", case="hint 1000", low=8192, high=8320,
           says=Words("1024 buckets take 8 KB", "1024 个桶占 8 KB")),
)  # fmt: skip
POWER = claim(
    "C000-42", "map-hint", "A hint is rounded up to a power of two of buckets.", "hint 会向上取整为 2 的幂个桶。",
    Saying("equals", "is_power", low=1, high=1),
)  # fmt: skip
FREE = claim(
    "C000-43", "map-hint", "A small map of up to eight entries costs nothing at make.",
    "不超过八个条目的小 map 在 make 时不分配内存。",
    Saying("equals", "bytes", low=0, high=0),
    Saying("present", where="source:runtime/map.go internal/runtime/maps/map.go", pattern="func makemap_small"),
)  # fmt: skip
MUTEX = claim(
    "C003-07", "sync-map-reads",
    "sync.Map beats a map behind a RWMutex at least threefold when nine reads in ten hit known keys.",
    "当九成读取命中已有键时，sync.Map 至少比 RWMutex 加 map 快三倍。",
    Saying("ratio_at_least", "ns_per_op", "rwmutex", "90% reads", over=("ns_per_op", "syncmap", "90% reads"), low=3),
    Saying("equals", "lost", low=0, high=0, check=True),
    topic="sync",
)  # fmt: skip
URING = replace(
    claim(
        "C001-30", "uring", "Raw io_uring serves twice as many requests as the netpoller.",
        "直接使用 io_uring 处理的请求数是 netpoll 的两倍。", topic="network",
    ),
    cannot=Words("io_uring is switched off in this kernel", "本机内核关闭了 io_uring"),
    needs=Words("Linux 5.19 or newer with io_uring allowed, and a second machine as the client",
                "允许 io_uring 的 Linux 5.19 以上内核，以及一台作客户端的机器"),
)  # fmt: skip
CLAIMS = (POWER, FREE, HINT, URING, MUTEX)


def verdict(
    info: ClaimInfo, version: str, said: Verdict, figure: Deciding | None = None, **more: Any
) -> VersionVerdict:
    plain: dict[str, Any] = {"method": "run", "trials": 2, "source_sha256": SHA, "deciding": figure}
    return VersionVerdict(info.id, info.experiment, version, version, said, **(plain | more))


def hint_figure(value: float, predicted: float | None = None) -> Deciding:
    return Deciding("bytes", value, value, value, "bytes", arm="main", case="hint 1000", predicted=predicted)


def ratio(value: float, low: float, high: float) -> Deciding:
    return Deciding("ns_per_op / ns_per_op (syncmap)", value, low, high, "x", arm="rwmutex", case="90% reads")


def verdicts() -> tuple[VersionVerdict, ...]:
    cases = {"condition": ("hint 8", "hint 1024"), "otherwise": ("hint 10", "hint 1000")}
    one = Deciding("is_power", 1, 1, 1, "1")
    wrong = Part("between", "8,192 <= bytes (main, hint 1000) <= 8,320", "fails", "36,944 bytes (2 trials)",
                 "hint 1000", says=Words("1024 buckets take 8 KB", "1024 个桶占 8 KB"))  # fmt: skip
    unsure = Part("ratio_at_least", RATIO, "unsure", "2.9x (2.4 to 3.3, 12 trials)", "90% reads", "noise")
    slow = Part("ratio_at_least", RATIO, "fails", "1.42x (1.31 to 1.50, 12 trials)", "90% reads")
    noisy: dict[str, Any] = {"trials": 12, "source_sha256": OTHER, "parts": (slow,)}
    return (
        *(verdict(POWER, version, "SUPPORTED", one) for version in VERSIONS[:2]),
        *(verdict(POWER, version, "CONDITIONAL", one, **cases) for version in VERSIONS[2:]),
        verdict(FREE, VERSIONS[0], "REFUTED", Deciding("bytes", 48, 48, 48, "bytes"), method="run"),
        verdict(FREE, VERSIONS[1], "REFUTED", Deciding("bytes", 48, 48, 48, "bytes"), method="run"),
        *(verdict(FREE, version, "SUPPORTED", Deciding("bytes", 0, 0, 0, "bytes")) for version in VERSIONS[2:]),
        *(verdict(HINT, version, "REFUTED", hint_figure(36_944, 36_944), parts=(wrong,)) for version in VERSIONS[:2]),
        *(verdict(HINT, version, "REFUTED", hint_figure(37_224, 37_160), parts=(wrong,)) for version in VERSIONS[2:]),
        *(verdict(URING, version, "INCONCLUSIVE", method="none", trials=0, reason="cannot") for version in VERSIONS),
        verdict(MUTEX, VERSIONS[0], "REFUTED", ratio(1.42, 1.31, 1.5), **noisy),
        verdict(MUTEX, VERSIONS[1], "REFUTED", ratio(1.44, 1.35, 1.52), **noisy),
        verdict(MUTEX, VERSIONS[2], "INCONCLUSIVE", ratio(2.9, 2.4, 3.3),
                **(noisy | {"reason": "noise", "parts": (unsure,)})),
        verdict(MUTEX, VERSIONS[3], "INCONCLUSIVE", method="none", trials=0, reason="timed-out",
                detail="killed after 20 s", source_sha256=OTHER),
    )  # fmt: skip


OVERALL = (
    OverallVerdict("C000-42", "map-hint", "CONDITIONAL", VERSIONS[:2], (), VERSIONS[2:], (), ("hint 8", "hint 1024")),
    OverallVerdict("C000-43", "map-hint", "CONDITIONAL", VERSIONS[2:], VERSIONS[:2]),
    OverallVerdict("C000-46", "map-hint", "REFUTED", (), VERSIONS),
    OverallVerdict("C001-30", "uring", "INCONCLUSIVE", unsure_on=VERSIONS, reason="cannot"),
    OverallVerdict("C003-07", "sync-map-reads", "REFUTED", (), VERSIONS[:2], (), VERSIONS[2:]),
)


def measured() -> tuple[Measured, ...]:
    found = []
    for version, bytes_ in zip(VERSIONS, (36_944.0, 36_944.0, 37_224.0, 37_224.0), strict=True):
        for case, value, said in (("hint 8", 208.0, 208.0), ("hint 1000", bytes_, 36_944.0)):
            values = (value, value)
            found.append(
                Measured("map-hint", version, "main", case, "bytes", "bytes", True, values, value, value, value, said)
            )
    for version, centre in zip(VERSIONS[:3], (90.0, 92.0, 95.0), strict=True):
        for arm, factor in (("rwmutex", 1.42), ("syncmap", 1.0)):
            values = tuple(round(centre * factor * (1 + step / 100), 2) for step in (-4, -2, -1, 0, 0, 1, 3, 9))
            median = round(centre * factor, 2)
            found.append(Measured("sync-map-reads", version, arm, "90% reads", "ns_per_op", "ns", False, values, median,
                                  round(median * 0.98, 2), round(median * 1.03, 2)))  # fmt: skip
    return tuple(found)


EXPERIMENTS = (
    ExperimentInfo("map-hint", "map-layout", Words("What a hint allocates", "make 的 hint 到底分配多少内存"),
                   Words("Counts bytes and objects\nthat make(map[int64]int64, hint) allocates.",
                         "统计 make(map[int64]int64, hint) 分配的\n字节数与对象数。"),
                   ("C000-42", "C000-43", "C000-46"), ("main",), "run", SHA),
    ExperimentInfo("sync-map-reads", "sync", Words("sync.Map against RWMutex by read share",
                   "按读取比例比较 sync.Map 与 RWMutex"),
                   Words("Times both in pairs in one process.", "在同一进程中成对计时。"),
                   ("C003-07",), ("rwmutex", "syncmap"), "run", OTHER),
    ExperimentInfo("uring", "network", Words("netpoll against raw io_uring", "netpoll 与直接使用 io_uring 的比较"),
                   Words("Asks the kernel for a ring.", "向内核申请一个 ring。"),
                   ("C001-30",), ("main",), "run", OTHER),
)  # fmt: skip
MACHINE = MachineInfo("Linux 6.8.0", "AMD EPYC 7B13", 2, 8 << 30, 0.013)
FAULT = LabFault("sync-map-reads", "1.27.3", "timed-out", "killed after 20 s")


def lab_result(**more: Any) -> LabResult:
    plain: dict[str, Any] = {
        "mode": "quick", "versions": VERSIONS, "claims": CLAIMS, "experiments": EXPERIMENTS, "verdicts": verdicts(),
        "overall": OVERALL, "measured": measured(), "machine": MACHINE, "started": "2026-11-21T21:40:00Z",
        "seconds": 34.2, "faults": (FAULT,), "kept_in": "/home/me/.cache/goxray/lab",
    }  # fmt: skip
    return LabResult(**(plain | more))


def nothing() -> LabResult:
    return lab_result(
        versions=(), claims=(), experiments=(), verdicts=(), overall=(), measured=(), faults=(), mode="kept", kept_in=""
    )


def troubled() -> LabResult:
    """Interrupted, names that try to do something, more faults than are shown."""
    odd = "\x1b[31mred\u202e</script><b>|x"
    info = replace(HINT, id="C009-01", text=Words(f"It says {odd}.", f"它说 {odd}。"), refuted_by=Words(odd, odd))
    figure = Deciding(odd, 1.5, 1.25, 1.75, "ns", odd, odd)
    rows = (
        verdict(info, VERSIONS[0], "CONDITIONAL", figure, condition=(odd,),
                otherwise=tuple(f"case {n}" for n in range(9)),
                parts=(Part("equals", odd, "fails", odd, odd),), part_only=True),
        verdict(info, VERSIONS[1], "INCONCLUSIVE", reason="build-failed", detail=odd * 40),
    )  # fmt: skip
    faults = tuple(LabFault("map-hint", version, "crashed", f"{odd} {n}") for n in range(3) for version in VERSIONS)
    overall = (OverallVerdict(info.id, "map-hint", "CONDITIONAL", (), (), VERSIONS[:1], VERSIONS[1:2], (odd,)),)
    return lab_result(
        claims=(info, POWER), verdicts=rows, overall=overall, faults=faults, interrupted=True, versions=VERSIONS[:2],
        machine=replace(MACHINE, noise=None), measured=(), experiments=EXPERIMENTS[:1], seconds=0.2,
    )  # fmt: skip


def catalogue(**more: Any) -> Catalogue:
    plain: dict[str, Any] = {
        "experiments": EXPERIMENTS, "claims": CLAIMS, "known": verdicts(), "overall": OVERALL, "measured": measured(),
    }  # fmt: skip
    return Catalogue(**(plain | more))
