"""What the layout data keeps of a runtime: which structs, which constants, and their lasting names.

Go moves and renames things between versions. A constant is stored under the name it would have without its
package, a leading underscore, and the ``Old`` or ``Swiss`` that 1.24 and 1.25 put in front of map names. A
struct is stored under DWARF's name, and a concept whose struct was renamed also under an alias.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

PACKAGES = (
    "runtime",
    "internal/abi",
    "internal/goarch",
    "internal/goexperiment",
    "internal/runtime/gc",
    "internal/runtime/maps",
    "sync",
)

STRUCTS = re.compile(
    r"""
    runtime\.(
        # heap
        mheap | mspan | mcentral | mcache | heapArena | mSpanList | spanInlineMarkBits | arenaHint | spanSet\w*
      | special \w* | fin[bB]lock | finalizer | cleanup(?:Fn|Block\w*|Queue) | gcBits(?:Arena|Header) | pinnerBits
      | liveUserArenaChunk | userArena
        # threads and goroutines
      | g | gobuf | stack | m | p | schedt | sudog | waitq | hchan | _defer | _panic | coro | synctestBubble
      | stackObjectRecord | stackmap | timers? | timeTimer | timerWhen | pollDesc | pollCache | semaRoot
        # types, functions, modules
      | moduledata | modulehash | pcHeader | functab | _func | inlinedCall | textsect | bitvector | itab
      | reflectMethodValue | ucontext | stackt | sigcontext
      | itabTableType | funcval | eface | iface | slice | stringStruct
        # maps
      | hmap | mapextra | bmap
        # statistics
      | mstats | consistentHeapStats | heapStatsDelta | gcControllerState | MemStats | cpuStats | timeHistogram
        # the collector's and the scavenger's state; writeBarrier and scavenge are variables
      | workType | gcTrigger | gcCPULimiterState | sweepdata | activeSweep | scavengerState | scavenge | writeBarrier
      | pallocData | scavChunkData | gcWork | workbufhdr
    )
  | internal/abi\.(\w*Type | RegArgs | Imethod | Method | StructField | Name | ITab)
  | internal/runtime/maps\.(Map | table | groupReference | groupsReference)
  | sync\.(Pool | poolLocal | poolLocalInternal | poolChain | poolChainElt | poolDequeue)
    """,
    re.VERBOSE,
)

ALIASES: Mapping[str, tuple[str, ...]] = {
    "maptype": ("internal/abi.SwissMapType", "internal/abi.OldMapType", "internal/abi.MapType"),
    "map": ("runtime.hmap", "internal/runtime/maps.Map"),
    "itab": ("internal/abi.ITab", "runtime.itab"),
    "finblock": ("runtime.finblock", "runtime.finBlock"),
    "type": ("internal/abi.Type",),
    "ptrtype": ("internal/abi.PtrType",),
    "slicetype": ("internal/abi.SliceType",),
    "arraytype": ("internal/abi.ArrayType",),
    "chantype": ("internal/abi.ChanType",),
    "interfacetype": ("internal/abi.InterfaceType",),
    "functype": ("internal/abi.FuncType",),
    "structtype": ("internal/abi.StructType",),
    "structfield": ("internal/abi.StructField",),
    "uncommontype": ("internal/abi.UncommonType",),
    "imethod": ("internal/abi.Imethod",),
    "method": ("internal/abi.Method",),
}

_KINDS = (
    r"Invalid|Bool|(?:Int|Uint)(?:8|16|32|64)?|Uintptr|Float(?:32|64)|Complex(?:64|128)|Array|Chan|Func|Interface|Map|"
    r"Pointer|Slice|String|Struct|UnsafePointer"
)

_CONSTANTS: tuple[tuple[str, str], ...] = (
    (rf"internal/abi\.({_KINDS})", r"Kind\1"),
    (r"internal/abi\.(TFlag\w+|Kind[A-Z]\w+|FuncID\w+|FuncFlag\w+|FUNCDATA_\w+|PCDATA_\w+|UnsafePoint\w+)", r"\1"),
    (r"internal/abi\.(RecvDir|SendDir|BothDir|Stack(?:Small|Big|NosplitBase))", r"\1"),
    (r"internal/abi\.(?:Old|Swiss)?(Map\w+)", r"\1"),
    (r"internal/abi\.Current(PCLnTabMagic)", r"\1"),
    (r"runtime\._(G[a-z]\w+|P[a-z]+|KindSpecial\w+|FinBlockSize|FixAllocChunk|StackCacheSize|NumStackOrders)", r"\1"),
    (r"runtime\.(G[a-z]\w+)", r"\1"),
    (r"runtime\.(mSpan(?:Dead|InUse|Manual)|waitReason\w+|maxStackScanSlack)", r"\1"),
    (r"runtime\.(maxSmallSize|pageSize|pageShift|maxTinySize|tinySizeClass|numSpanClasses|maxObjsPerSpan)", r"\1"),
    (r"runtime\.(minSizeForMallocHeader|mallocHeaderSize|smallSize(?:Div|Max)|largeSizeDiv|minLegalPointer)", r"\1"),
    (r"internal/runtime/gc\.PageShift", "pageShift"),
    (r"internal/runtime/gc\.MaxObjsPerSpan", "maxObjsPerSpan"),
    (r"internal/runtime/gc\.S(mallSize(?:Div|Max))", r"s\1"),
    (r"internal/runtime/gc\.LargeSizeDiv", "largeSizeDiv"),
    (r"runtime\.(heapArena\w+|logHeapArenaBytes|pagesPerArena|arena\w+|heapAddrBits|maxAlloc)", r"\1"),
    (r"runtime\.(pallocChunk\w+|pallocChunks\w+|gcBits\w+|spanSet\w+|persistentChunkSize|userArenaChunk\w+)", r"\1"),
    (r"runtime\.(hchanSize|pollBlockSize|pcbucketsize|minfunc|stackMin|stackSystem|fixedStack|stackGuard)", r"\1"),
    (r"runtime\.(loadFactorNum|loadFactorDen|empty(?:Rest|One)|evacuated\w+|minTopHash|noCheck)", r"\1"),
    (r"runtime\.(iterator|oldIterator|hashWriting|sameSizeGrow|dataOffset|maxKeySize|maxElemSize)", r"\1"),
    (r"runtime\._(GCoff|GCmark|GCmarktermination)", r"\1"),
    (r"runtime\.(gc(?:Background|Force|ForceBlock)Mode|gcTrigger(?:Heap|Time|Cycle)|sweepDrainedMask)", r"\1"),
    (r"runtime\.(memoryLimit\w*Headroom\w*|(?:min|max)TriggerRatioNum|triggerRatioDen|scavengePercent)", r"\1"),
    (r"runtime\.(retainExtraPercent|reduceExtraPercent|timeHist\w+)", r"\1"),
    (r"runtime\.(defaultHeapMinimum|semTabSize|itabInitSize|ptrBits|taggedPointerBits)", r"\1"),
    (r"internal/goarch\.(MinFrameSize|StackAlign|PCQuantum|DefaultPhysPageSize)", r"\1"),
    (r"runtime\.(usesLR|framepointer_enabled)", r"\1"),
    (r"internal/abi\.((?:Int|Float)ArgRegs|EffectiveFloatRegSize)", r"\1"),
    (r"internal/runtime/maps\.(ctrl\w+|max\w+|bitset\w+|groupSlots\w*|hintMax\w*)", r"\1"),
)
CONSTANTS = tuple((re.compile(pattern), name) for pattern, name in _CONSTANTS)


def _unused(classic: bool) -> tuple[str, ...]:
    """Return how the names begin that belong to the kind of maps that a build does not use.

    1.24 and 1.25 declare the map types of both kinds, and the Swiss map package exists beside classic maps.
    """
    return ("internal/abi.SwissMap", "internal/runtime/maps.") if classic else ("internal/abi.OldMap",)


def constants(found: Mapping[str, str], *, classic: bool) -> dict[str, int]:
    """Return the kept constants under their lasting names.

    Raises:
        ValueError: two constants of different value would get the same name.
    """
    kept: dict[str, int] = {}
    for full, text in found.items():
        if full.startswith(_unused(classic)):
            continue
        for pattern, name in CONSTANTS:
            match = pattern.fullmatch(full)
            if match is None:
                continue
            short, value = match.expand(name), int(text)
            if kept.setdefault(short, value) != value:
                raise ValueError(f"{full} = {value}, but {short} is already {kept[short]}")
            break
    if "TFlagDirectIface" in kept:
        # 1.26 moved the flag out of Type.Kind_, which now holds the kind alone; the old constant stayed behind
        # unused, and must not be taken for the real one.
        kept.pop("KindDirectIface", None)
        kept["KindMask"] = 0xFF
    return dict(sorted(kept.items()))


def struct_names(found: Mapping[str, Iterable[str]], *, classic: bool) -> list[str]:
    """Return the structs to keep: those asked for and those they hold by value.

    ``found`` maps each struct to the structs among its fields.
    """
    queue = [name for name in found if STRUCTS.fullmatch(name) and not name.startswith(_unused(classic))]
    kept: set[str] = set()
    while queue:
        name = queue.pop()
        if name in kept:
            continue
        kept.add(name)
        queue += found.get(name, ())
    return sorted(kept)


def aliases(structs: Iterable[str]) -> dict[str, str]:
    """Return which struct each lasting name stands for in this build."""
    present = set(structs)
    chosen = {
        alias: next((name for name in candidates if name in present), "") for alias, candidates in ALIASES.items()
    }
    return {alias: name for alias, name in chosen.items() if name}
