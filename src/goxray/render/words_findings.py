"""What findings on a time axis and explained cross-checks say, in English and Chinese; part of the one catalogue.

``tf.<rule>.title``, ``.why`` and ``.do``; ``tc.<why>`` and ``tc.figure.<figure>``. Placeholders are the names of the
figures that the finding or the cross-check carries.
"""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_PRESSURE: dict[str, _Entry] = {
    "tf.assists-high.title": (
        "Assists took {share_percent} of the CPU time while marking ({assist_cpu_ms} in {cycles_n} cycles).",
        "标记期间 {share_percent} 的 CPU 时间用于 assist（{cycles_n} 次 GC 共 {assist_cpu_ms}）。",
    ),
    "tf.assists-high.why": (
        "The pacer plans for none. The program allocates faster than the background workers mark, or a limit leaves "
        "them too little time; the requests that allocate pay for it.",
        "pacer 的计划是不需要 assist。分配快于后台标记，或者内存上限让标记没有足够的时间，代价由正在分配的请求承担。",
    ),
    "tf.assists-high.do": (
        "Allocate less while serving (goxray profile FILE names the sites), or give the collector an earlier start: a "
        "higher GOGC or memory limit, more processors.",
        "减少处理请求时的分配（goxray profile FILE 列出分配点），或让 GC 更从容：调高 GOGC 或内存上限，增加处理器。",
    ),
    "tf.gc-too-frequent.title": (
        "{cycles_n} collections, one every {every_s}, took {busy_percent} of the time: the goal is only {room_percent} "
        "above what is live ({live_bytes}).",
        "共 {cycles_n} 次 GC，平均每 {every_s} 一次，占用 {busy_percent} 的时间：目标仅比存活的 {live_bytes} 高 "
        "{room_percent}。",
    ),
    "tf.gc-too-frequent.why": (
        "A memory limit, or a low GOGC, holds the goal down. While a collection runs it takes 25% of the processors.",
        "内存上限或较低的 GOGC 压低了目标。GC 运行期间占用 25% 的处理器。",
    ),
    "tf.gc-too-frequent.do": (
        "Raise GOMEMLIMIT if the machine has the memory, raise GOGC if that holds the goal down, or keep less alive "
        "(goxray heap PID).",
        "机器还有内存时调高 GOMEMLIMIT；若是 GOGC 所致则调高 GOGC；或者减少存活的数据（goxray heap PID）。",
    ),
    "tf.death-spiral.title": (
        "{cycles_n} collections back to back took {busy_percent} of the time and freed {freed_bytes} each: "
        "{live_bytes} is live, and the goal is {goal_bytes}.",
        "{cycles_n} 次 GC 首尾相接，占用 {busy_percent} 的时间，每次只释放 {freed_bytes}：存活 {live_bytes}，目标 "
        "{goal_bytes}。",
    ),
    "tf.death-spiral.why": (
        "What lives fills the memory limit. GOGC never sets a goal at what is live; only GOMEMLIMIT does.",
        "存活的数据已占满内存上限。GOGC 不会把目标定在存活量上，只有 GOMEMLIMIT 会。",
    ),
    "tf.death-spiral.do": (
        "Raise GOMEMLIMIT, or unset it and let the service be restarted rather than crawl; then find what is alive: "
        "goxray heap PID.",
        "调高 GOMEMLIMIT，或取消它，宁可让服务重启也不要让它空转；然后找出存活的数据：goxray heap PID。",
    ),
    "tf.cpu-limiter.title": (
        "The runtime gave up on the memory limit in cycle {cycle_n}: collecting took half of the processors' time.",
        "第 {cycle_n} 次 GC 时运行时放弃了内存上限：GC 占用了一半的处理器时间。",
    ),
    "tf.cpu-limiter.why": (
        "The limiter caps collecting at 50% of the CPU; while it is on, the heap grows past GOMEMLIMIT.",
        "limiter 把 GC 的 CPU 占用限制在 50%；它生效时堆会超过 GOMEMLIMIT。",
    ),
    "tf.cpu-limiter.do": (
        "Raise GOMEMLIMIT, or keep less alive.",
        "调高 GOMEMLIMIT，或减少存活的数据。",
    ),
    "tf.goal-overshoot.title": (
        "{over_n} of {cycles_n} collections ended over 10% above their goal; the worst by {worst_percent}, at "
        "{peak_bytes} for a goal of {goal_bytes}.",
        "{cycles_n} 次 GC 中有 {over_n} 次结束时超过目标 10% 以上；最严重的超出 {worst_percent}，目标 {goal_bytes}，"
        "实际 {peak_bytes}。",
    ),
    "tf.goal-overshoot.why": (
        "While it marks, the program allocates more at once than was left up to the goal: large blocks, or more "
        "goroutines than processors.",
        "标记期间程序一次分配的内存超过了到目标为止的余量：大块内存，或 goroutine 多于处理器。",
    ),
    "tf.goal-overshoot.do": (
        "Plan memory by the peak, not by the goal; reuse large buffers.",
        "按峰值而不是按目标规划内存；复用大缓冲区。",
    ),
}

_HABITS: dict[str, _Entry] = {
    "tf.forced-gc.title": (
        "The program itself asked for {forced_n} of {cycles_n} collections, one every {every_s}.",
        "{cycles_n} 次 GC 中有 {forced_n} 次是程序自己要求的，平均每 {every_s} 一次。",
    ),
    "tf.forced-gc.why": (
        "runtime.GC or debug.FreeOSMemory was called. The caller waits until the cycle ends, and the pacer did not "
        "ask for the work.",
        "有代码调用了 runtime.GC 或 debug.FreeOSMemory。调用者要等到该次 GC 结束，而 pacer 并不需要它。",
    ),
    "tf.forced-gc.do": (
        "Remove the calls. To bound memory, set GOMEMLIMIT instead.",
        "去掉这些调用；要限制内存，请改用 GOMEMLIMIT。",
    ),
    "tf.periodic-gc.title": (
        "{cycles_n} collections in a row came after two minutes without one (every {every_s}).",
        "连续 {cycles_n} 次 GC 都是在两分钟没有 GC 之后发生的（间隔 {every_s}）。",
    ),
    "tf.periodic-gc.why": (
        "The program hardly allocates; the runtime collects at least every two minutes.",
        "程序几乎不分配内存；运行时至少每两分钟做一次 GC。",
    ),
    "tf.periodic-gc.do": ("Nothing: this is what an idle service looks like.", "无需处理：空闲的服务就是这样。"),
    "tf.tiny-heap.title": (
        "{per_second_n} collections a second with {live_bytes} live: the goal is the least one, {goal_bytes}.",
        "每秒 {per_second_n} 次 GC，而存活只有 {live_bytes}：目标已是最小值 {goal_bytes}。",
    ),
    "tf.tiny-heap.why": (
        "With next to nothing alive each 4 MiB that is allocated starts a collection (at GOGC=100).",
        "存活数据极少时，每分配 4 MiB 就会触发一次 GC（GOGC=100 时）。",
    ),
    "tf.tiny-heap.do": (
        "Set GOMEMLIMIT to what the service may use and raise GOGC, or turn it off: GOGC=off.",
        "把 GOMEMLIMIT 设为服务可用的内存，并调高 GOGC，或用 GOGC=off 关闭。",
    ),
    "tf.long-stops.title": (
        "{stops_n} of {of_n} stops of the world took 10 ms or more; the longest {longest_ms}.",
        "{of_n} 次 STW 中有 {stops_n} 次达到 10 毫秒以上，最长 {longest_ms}。",
    ),
    "tf.long-stops.why": (
        "The stops' own work takes well under a millisecond. A goroutine could not be stopped (a tight loop in "
        "assembly or cgo, asyncpreemptoff=1), or the machine had no processor to give (CPU limit, neighbours).",
        "STW 自身的工作远小于 1 毫秒。要么有 goroutine 停不下来（汇编或 cgo 中的紧循环、asyncpreemptoff=1），"
        "要么机器给不出处理器（CPU 配额、邻居）。",
    ),
    "tf.long-stops.do": (
        "Look at throttling first (cpu.stat of the cgroup), then at GOMAXPROCS against the CPU limit; an execution "
        "trace shows who ran on.",
        "先看是否被限流（cgroup 的 cpu.stat），再看 GOMAXPROCS 与 CPU 配额是否相称；执行 trace 会显示是谁没有停下。",
    ),
}

_MEMORY: dict[str, _Entry] = {
    "tf.fragmentation.title": (
        "{unused_bytes} of {inuse_bytes} in use by the heap held no object at any look ({share_percent}).",
        "堆使用中的 {inuse_bytes} 里，始终有 {unused_bytes}（{share_percent}）不含任何对象。",
    ),
    "tf.fragmentation.why": (
        "Spans are kept for the few objects that still live in them: they can only be used again for objects of the "
        "same size class.",
        "span 因其中少数存活对象而保留，只能再用于同一 size class 的对象。",
    ),
    "tf.fragmentation.do": (
        "Look for what survived a burst: caches filled while it ran, maps that keep pointers. Copying what is left "
        "into fresh memory frees the spans.",
        "找出一次突发之后留下的对象：突发期间填充的缓存、保存指针的 map。把剩下的复制到新内存中即可释放这些 span。",
    ),
    "tf.scavenger-behind.title": (
        "{backed_bytes} of idle heap stay with the process, {over_bytes} more than the scavenger means to keep; it "
        "gave back {given_bytes} meanwhile.",
        "有 {backed_bytes} 空闲堆内存仍留在进程里，比 scavenger 打算保留的多 {over_bytes}；这段时间它归还了 "
        "{given_bytes}。",
    ),
    "tf.scavenger-behind.why": (
        "The background scavenger uses 1% of the processors' time, and keeps 10% over the next goal. Without a goal "
        "(GOGC=off) and without a limit it does nothing.",
        "后台 scavenger 只用 1% 的处理器时间，并保留比下次目标多 10% 的内存。"
        "没有目标（GOGC=off）也没有上限时它不工作。",
    ),
    "tf.scavenger-behind.do": (
        "Set GOMEMLIMIT, or call debug.FreeOSMemory once after a rare peak.",
        "设置 GOMEMLIMIT，或在罕见的峰值之后调用一次 debug.FreeOSMemory。",
    ),
    "tf.growth.title": (
        "Live heap keeps growing: {grown_bytes} more in this time, {now_bytes} now ({per_hour_bytes} an hour).",
        "存活堆持续增长：这段时间增加 {grown_bytes}，现为 {now_bytes}（每小时 {per_hour_bytes}）。",
    ),
    "tf.growth.why": (
        "It is what collections leave alive: more and more is referenced. At this speed it doubles in {doubles_s}.",
        "这是 GC 之后仍存活的量：被引用的数据越来越多。按此速度 {doubles_s} 后翻倍。",
    ),
    "tf.growth.do": (
        "Take two snapshots and compare: goxray snapshot, goxray diff. A cache that fills stops by itself.",
        "取两个快照并比较：goxray snapshot、goxray diff。正在填充的缓存会自行停止增长。",
    ),
    "tf.growth-meets-limit.title": (
        "Memory meets its limit of {limit_bytes} in {in_s} (90%: {earliest_s} to {latest_s}): {now_bytes} now, "
        "{per_hour_bytes} more an hour.",
        "内存将在 {in_s} 后达到上限 {limit_bytes}（90% 区间：{earliest_s} 到 {latest_s}）：现为 {now_bytes}，"
        "每小时增加 {per_hour_bytes}。",
    ),
    "tf.growth-meets-limit.why": (
        "A line through {points_n} points of the later half; its error allows for waves of traffic. Live heap is held "
        "against GOMEMLIMIT, the process against its cgroup.",
        "取后半段 {points_n} 个点拟合的直线，误差已考虑流量的起伏。存活堆对照 GOMEMLIMIT，进程对照其 cgroup。",
    ),
    "tf.growth-meets-limit.do": (
        "Find what grows before then: goxray snapshot now and later, goxray diff between them.",
        "在那之前找出增长的部分：现在与稍后各做一次 goxray snapshot，再用 goxray diff 比较。",
    ),
}

_CHECKS: dict[str, _Entry] = {
    "tc.figure.live_heap": ("live heap after a collection", "GC 之后存活的堆"),
    "tc.figure.pauses": ("pauses, all cycles together", "各次 GC 的停顿之和"),
    "tc.figure.resident": ("memory held from the system, RSS", "向系统取得的内存与 RSS"),
    "tc.figure.charged": ("RSS, what the cgroup is charged for", "RSS 与计入 cgroup 的内存"),
    "tc.moved": (
        "They were read at different times, and the figure moved meanwhile.",
        "两次读取的时刻不同，其间数字发生了变化。",
    ),
    "tc.sampled": (
        "A profile is an estimate: ± {error_bytes} at 95%, from {seen_n} sampled objects.",
        "profile 是估计值：由 {seen_n} 个采样对象得出，95% 误差为 ± {error_bytes}。",
    ),
    "tc.profile-lags": (
        "A profile shows what the last collection but one left alive ({before_bytes}, ± {error_bytes} of sampling): "
        "the runtime publishes a cycle's figures when the next one has ended.",
        "profile 显示的是倒数第二次 GC 之后存活的量（{before_bytes}，采样误差 ± {error_bytes}）："
        "运行时要等下一次 GC 结束才发布一次 GC 的数字。",
    ),
    "tc.stop-clock": (
        "gctrace counts from before goroutines are asked to stop, and to after they run again.",
        "gctrace 从要求 goroutine 停下之前开始计时，到它们重新运行之后为止。",
    ),
    "tc.untouched": (
        "{difference_bytes} were taken from the system and never touched: they weigh nothing yet.",
        "有 {difference_bytes} 已向系统申请但从未访问，还不占物理内存。",
    ),
    "tc.files": (
        "RSS has pages of files beside: the executable, its libraries, mapped files ({difference_bytes}).",
        "RSS 还包含文件的页：可执行文件、库与映射的文件（{difference_bytes}）。",
    ),
    "tc.foreign": (
        "{difference_bytes} of anonymous memory are none of the Go runtime's: C code or mmap.",
        "有 {difference_bytes} 匿名内存不属于 Go 运行时：来自 C 代码或 mmap。",
    ),
    "tc.outside": (
        "RSS has {difference_bytes} that Go does not count: pages of files, C code or mmap.",
        "RSS 中有 {difference_bytes} 不由 Go 统计：文件的页、C 代码或 mmap。",
    ),
    "tc.charged-more": (
        "The cgroup is charged for {difference_bytes} more: page cache, memory of the kernel, other processes in it.",
        "cgroup 多计 {difference_bytes}：页缓存、内核内存以及其中的其他进程。",
    ),
    "tc.charged-less": (
        "The cgroup is charged for {difference_bytes} less: pages of files that another cgroup read first.",
        "cgroup 少计 {difference_bytes}：由其他 cgroup 先读入的文件页。",
    ),
}

FINDING_WORDS: dict[str, _Entry] = {**_PRESSURE, **_HABITS, **_MEMORY, **_CHECKS}
"""Key to (English, Chinese)."""
