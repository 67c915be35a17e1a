"""Which series the names of runtime/metrics, the fields of MemStats and Prometheus' go_ metrics become.

What each means: runtime/metrics/description.go, runtime/mstats.go; Prometheus' names are those of its Go client.
"""

from __future__ import annotations

from typing import Final

NO_LIMIT: Final = float(1 << 62)
"""A memory limit, a goal or a GOGC from here on is none: math.MaxInt64 and the like."""

METRICS: Final = {
    "/gc/heap/live:bytes": "heap_live",
    "/gc/heap/goal:bytes": "heap_goal",
    "/gc/heap/objects:objects": "heap_objects",
    "/memory/classes/heap/objects:bytes": "heap_alloc",
    "/memory/classes/heap/released:bytes": "heap_released",
    "/memory/classes/heap/stacks:bytes": "stacks",
    "/gc/scan/globals:bytes": "globals",
    "/memory/classes/total:bytes": "sys",
    "/gc/gomemlimit:bytes": "memory_limit",
    "/gc/gogc:percent": "gogc",
    "/gc/cycles/total:gc-cycles": "gc_cycles",
    "/gc/cycles/forced:gc-cycles": "gc_forced_cycles",
    "/gc/limiter/last-enabled:gc-cycle": "gc_limiter_cycle",
    "/sched/goroutines:goroutines": "goroutines",
    "/sched/gomaxprocs:threads": "procs",
    "process_resident_memory_bytes": "rss",
}
"""Names of runtime/metrics, and the one of Prometheus' process collector that belongs beside them."""

SUMS: Final = {
    "heap_inuse": ("/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes"),
    "heap_idle": ("/memory/classes/heap/free:bytes", "/memory/classes/heap/released:bytes"),
}
"""HeapInuse and HeapIdle of MemStats (runtime/mstats.go, readmemstats_m) in terms of runtime/metrics."""

GC_CPU: Final = "/cpu/classes/gc/total:cpu-seconds"
GC_IDLE: Final = "/cpu/classes/gc/mark/idle:cpu-seconds"
"""What the collector did on processors that had nothing else to do: GCCPUFraction does not count it."""

ALL_CPU: Final = "/cpu/classes/total:cpu-seconds"
PAUSES: Final = ("/sched/pauses/total/gc:seconds", "/gc/pauses:seconds")
"""Histograms of how long the collector stopped the world: the second is the first's name up to Go 1.21."""

MEMSTATS: Final = {
    "HeapAlloc": "heap_alloc",
    "HeapInuse": "heap_inuse",
    "HeapIdle": "heap_idle",
    "HeapReleased": "heap_released",
    "HeapObjects": "heap_objects",
    "StackInuse": "stacks",
    "Sys": "sys",
    "NextGC": "heap_goal",
    "NumGC": "gc_cycles",
    "NumForcedGC": "gc_forced_cycles",
}

HOLD: Final = frozenset({
    "heap_live", "heap_goal", "memory_limit", "gogc", "gc_cycles", "gc_forced_cycles", "gc_limiter_cycle", "procs",
})  # fmt: skip
"""Series whose value stays until the next one."""

PROMETHEUS: Final = {
    "go_memstats_heap_alloc_bytes": ("memstats", "HeapAlloc", 1.0),
    "go_memstats_alloc_bytes": ("memstats", "HeapAlloc", 1.0),
    "go_memstats_heap_inuse_bytes": ("memstats", "HeapInuse", 1.0),
    "go_memstats_heap_idle_bytes": ("memstats", "HeapIdle", 1.0),
    "go_memstats_heap_released_bytes": ("memstats", "HeapReleased", 1.0),
    "go_memstats_heap_released_bytes_total": ("memstats", "HeapReleased", 1.0),
    "go_memstats_heap_objects": ("memstats", "HeapObjects", 1.0),
    "go_memstats_stack_inuse_bytes": ("memstats", "StackInuse", 1.0),
    "go_memstats_sys_bytes": ("memstats", "Sys", 1.0),
    "go_memstats_next_gc_bytes": ("memstats", "NextGC", 1.0),
    "go_memstats_last_gc_time_seconds": ("memstats", "LastGC", 1e9),
    "go_memstats_gc_cpu_fraction": ("memstats", "GCCPUFraction", 1.0),
    "go_gc_duration_seconds_count": ("memstats", "NumGC", 1.0),
    "go_gc_heap_live_bytes": ("metrics", "/gc/heap/live:bytes", 1.0),
    "go_gc_heap_goal_bytes": ("metrics", "/gc/heap/goal:bytes", 1.0),
    "go_gc_gomemlimit_bytes": ("metrics", "/gc/gomemlimit:bytes", 1.0),
    "go_gc_gogc_percent": ("metrics", "/gc/gogc:percent", 1.0),
    "go_gc_cycles_total_gc_cycles_total": ("metrics", "/gc/cycles/total:gc-cycles", 1.0),
    "go_gc_cycles_forced_gc_cycles_total": ("metrics", "/gc/cycles/forced:gc-cycles", 1.0),
    "go_gc_limiter_last_enabled_gc_cycle": ("metrics", "/gc/limiter/last-enabled:gc-cycle", 1.0),
    "go_goroutines": ("metrics", "/sched/goroutines:goroutines", 1.0),
    "go_sched_goroutines_goroutines": ("metrics", "/sched/goroutines:goroutines", 1.0),
    "go_sched_gomaxprocs_threads": ("metrics", "/sched/gomaxprocs:threads", 1.0),
    "process_resident_memory_bytes": ("metrics", "process_resident_memory_bytes", 1.0),
}
"""Where each goes in a sample, under which name, times what."""
