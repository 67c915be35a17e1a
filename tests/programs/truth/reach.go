package main

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"example.com/truth/store"
)

// The set "reach": small maps, each held in another way.

type user struct {
	Name string
	Tags map[string]bool
}

type cache struct {
	hits   int
	byUser map[string]*user
	never  map[string]int
	nested struct {
		tags map[int]bool
	}
}

type embedded struct {
	cache
	extra map[string]int
}

type node struct {
	next *node
	m    map[int]string
}

type headers map[string][]string

func (h headers) String() string { return fmt.Sprint(len(h)) }

type set[T comparable] map[T]struct{}

type pair[A, B any] struct {
	first  A
	second B
}

type genericCache[K comparable, V any] struct {
	m map[K]V
}

type holder struct {
	n int
	m map[string]int64
}

func (h holder) get(key string) int64 { return h.m[key] + int64(h.n) }

type box struct {
	m map[string]uint8
	n int
}

type contextKey struct{}

type far struct {
	next *far
	m    map[int]uint64
}

// numbered has numbers that equal addresses, beside a pointer.
type numbered struct {
	p       *int
	numbers [3]uintptr
}

var (
	gPlain       map[string]int
	gNil         map[string]int
	gNamed       headers
	gValues      url.Values
	gSet         set[string]
	gPairs       set[pair[int, string]]
	gGeneric     = &genericCache[string, pair[int, bool]]{}
	gCache       cache
	gCachePtr    *cache
	gEmbedded    embedded
	gAnonymous   struct{ inner map[string]int }
	gPtrToMap    *map[string]int
	gSlice       []map[int]int
	gTail        []map[int]int16
	gArray       [4]map[int]int
	gMatrix      [2][3]map[int]int8
	gUsers       []user
	gUserPtrs    []*user
	gNested      map[string]map[int]int
	gThreeDeep   map[string]map[string]map[int]bool
	gByStruct    map[string]user
	gByArray     map[string][2]map[int]uint16
	gBySlice     map[string][]map[int]uint32
	gByPtrKey    map[*user]int
	gByIfaceKey  map[any]int
	gList        *node
	gChan        chan map[string]int
	gChanStruct  chan user
	gClosure     func(string) int
	gClosureRef  func(string) int
	gClosures    []func() int
	gMethod      func(string) int64
	gIface       any
	gStringer    fmt.Stringer
	gIfaceStruct any
	gIfacePtr    any
	gAnys        []any
	gContext     context.Context
	gAtomicPtr   atomic.Pointer[map[string]int]
	gAtomicValue atomic.Value
	gSyncMap     sync.Map
	gPool        sync.Pool
	gOnce        = sync.OnceValue(makeOnce)
	gFinalized   *box
	gUnsafe      unsafe.Pointer
	gInterior    *int
	gNumbered    unsafe.Pointer
	gFar         *far
	gReflect     any
	gReflectNew  any
	gShared1     map[string]float32
	gShared2     map[string]float32
)

// nilOwners are places that hold no map: nothing may be listed for them.
var nilOwners = []string{"main.gNil", "main.gCache.never"}

func counted(n int) map[string]int {
	m := map[string]int{}
	for i := 0; i < n; i++ {
		m[name(i)] = i
	}
	return m
}

func ints[V any](n int) map[int]V {
	m := map[int]V{}
	for i := 0; i < n; i++ {
		var v V
		m[i] = v
	}
	return m
}

func tags(n int) map[string]bool {
	m := map[string]bool{}
	for i := 0; i < n; i++ {
		m[name(i)] = i%2 == 0
	}
	return m
}

func makeReach() {
	for _, f := range []func(){
		reachGlobals, reachGenerics, reachSequences, reachNested, reachChannels, reachClosures, reachInterfaces,
		reachSync, reachRuntime, reachReflect, reachCleanup, reachUntyped, reachDropped,
	} {
		elsewhere(f)
	}
}

func reachGlobals() {
	gPlain = counted(3)
	add("global", gPlain, "main.gPlain")
	gNamed = headers{"Accept": {"a", "b"}, "Host": nil}
	add("global of a named type", gNamed, "main.gNamed")
	gValues = url.Values{"q": {"x"}}
	add("global of another package's named type", gValues, "main.gValues")
	gCache.byUser = map[string]*user{"ann": {Tags: tags(2)}}
	gCache.nested.tags = ints[bool](20)
	add("field of a struct", gCache.byUser, "main.gCache.byUser")
	add("field of a struct in a map behind a pointer", gCache.byUser["ann"].Tags, "main.gCache.byUser[...].Tags")
	add("field of a nested struct", gCache.nested.tags, "main.gCache.nested.tags")
	gCachePtr = &cache{byUser: map[string]*user{}}
	add("field behind a pointer", gCachePtr.byUser, "main.gCachePtr.byUser")
	gEmbedded.byUser = map[string]*user{}
	gEmbedded.extra = counted(1)
	add("embedded struct", gEmbedded.byUser, "main.gEmbedded.byUser", "main.gEmbedded.cache.byUser")
	add("beside an embedded struct", gEmbedded.extra, "main.gEmbedded.extra")
	gAnonymous.inner = counted(9)
	add("struct of no name", gAnonymous.inner, "main.gAnonymous.inner")
	pointed := counted(4)
	gPtrToMap = &pointed
	add("pointer to a map", pointed, "main.gPtrToMap", "*main.gPtrToMap", "(*main.gPtrToMap)")
	gList = &node{next: &node{next: &node{m: map[int]string{1: "third"}}}}
	add("linked list", gList.next.next.m).contains("main.gList", ".m")
	gShared1 = map[string]float32{"both": 1}
	gShared2 = gShared1
	add("held twice", gShared1, "main.gShared1", "main.gShared2")
	store.Fill(12, name)
	add("another package's variable", store.Sessions(), "example.com/truth/store.sessions")
	for key, session := range store.Sessions() {
		add("elem of another package's map: "+key, session.Attributes, "example.com/truth/store.sessions[...].Attributes")
	}
	add("another package's field", store.Default.ByName(), "example.com/truth/store.Default.byName")
}

func reachGenerics() {
	gSet = set[string]{"a": {}, "b": {}}
	add("generic map type", gSet, "main.gSet")
	gPairs = set[pair[int, string]]{{1, "x"}: {}}
	add("generic map type of a generic type", gPairs, "main.gPairs")
	gGeneric.m = map[string]pair[int, bool]{"k": {1, true}}
	add("field of a generic type", gGeneric.m, "main.gGeneric.m")
}

func reachSequences() {
	gSlice = []map[int]int{ints[int](1), nil, ints[int](9)}
	add("elem of a slice", gSlice[0], "main.gSlice[...]")
	add("later elem of a slice", gSlice[2], "main.gSlice[...]")
	gTail = []map[int]int16{ints[int16](2), ints[int16](3), ints[int16](4)}[:1]
	add("first of a slice cut short", gTail[0], "main.gTail[...]")
	add("just behind a slice's length", gTail[:2][1]).untyped()
	add("behind a slice's length", gTail[:3][2]).untyped()
	gArray[1] = ints[int](2)
	gArray[3] = ints[int](10)
	add("elem of an array", gArray[1], "main.gArray[...]")
	add("last elem of an array", gArray[3], "main.gArray[...]")
	gMatrix[1][2] = ints[int8](5)
	add("elem of an array of arrays", gMatrix[1][2], "main.gMatrix[...][...]")
	gUsers = []user{{Tags: tags(1)}, {}, {Tags: tags(12)}}
	add("field of a slice's elem", gUsers[2].Tags, "main.gUsers[...].Tags")
	gUserPtrs = []*user{{Tags: tags(3)}}
	add("field behind a slice's pointer", gUserPtrs[0].Tags, "main.gUserPtrs[...].Tags")
	for i := 0; i < 300; i++ { // a slice in an object over 512 bytes, with a malloc header from Go 1.22 on
		gUsers = append(gUsers, user{Name: name(i), Tags: tags(i % 11)})
	}
	for i := range gUsers {
		if gUsers[i].Tags != nil && i != 2 {
			add("field of a long slice's elem "+itoa(i), gUsers[i].Tags, "main.gUsers[...].Tags")
		}
	}
}

func reachNested() {
	gNested = map[string]map[int]int{"in": ints[int](3), "out": ints[int](30), "none": nil}
	add("map of maps", gNested, "main.gNested")
	add("elem of a map", gNested["in"], "main.gNested[...]")
	add("larger elem of a map", gNested["out"], "main.gNested[...]")
	gThreeDeep = map[string]map[string]map[int]bool{}
	for i := 0; i < 20; i++ {
		gThreeDeep[name(i)] = map[string]map[int]bool{"x": ints[bool](i)}
	}
	add("map of maps of maps", gThreeDeep, "main.gThreeDeep")
	for key, m := range gThreeDeep {
		add("map of maps in a map: "+key, m, "main.gThreeDeep[...]")
		add("map in a map in a map: "+key, m["x"], "main.gThreeDeep[...][...]")
	}
	gByStruct = map[string]user{"u": {Tags: tags(5)}}
	add("map of structs", gByStruct, "main.gByStruct")
	add("field of a map's elem", gByStruct["u"].Tags, "main.gByStruct[...].Tags")
	gByArray = map[string][2]map[int]uint16{"a": {nil, ints[uint16](2)}}
	add("map of arrays", gByArray, "main.gByArray")
	add("array in a map's elem", gByArray["a"][1], "main.gByArray[...][...]")
	gBySlice = map[string][]map[int]uint32{"s": {ints[uint32](2), ints[uint32](11)}}
	add("map of slices", gBySlice, "main.gBySlice")
	add("first of a slice in a map's elem", gBySlice["s"][0], "main.gBySlice[...][...]")
	add("slice in a map's elem", gBySlice["s"][1], "main.gBySlice[...][...]")
	key := &user{Tags: tags(4)}
	gByPtrKey = map[*user]int{key: 1}
	add("map with pointer keys", gByPtrKey, "main.gByPtrKey")
	add("behind a map's key", key.Tags).contains("main.gByPtrKey")
	gByIfaceKey = map[any]int{key: 1, 2: 2, "three": 3, [2]int{4, 4}: 4}
	add("map with interface keys", gByIfaceKey, "main.gByIfaceKey")
}

func reachChannels() {
	gChan = make(chan map[string]int, 4)
	first, second := counted(2), counted(11)
	gChan <- first
	gChan <- second
	add("channel buffer", first).contains("main.gChan")
	add("second in a channel buffer", second).contains("main.gChan")
	gChanStruct = make(chan user, 3)
	sent := user{Tags: tags(6)}
	gChanStruct <- sent
	add("struct in a channel buffer", sent.Tags).contains("main.gChanStruct", "Tags")
}

func reachClosures() {
	gClosure = closureByValue()
	gClosureRef = closureByReference()
	h := holder{n: 1, m: map[string]int64{"method": 1}}
	add("receiver of a method value", h.m).contains("main.gMethod").captured()
	gMethod = h.get
	gOnce()
	add("captured, with indirect keys and elems", captured(func(m map[key129]elem136) {
		insert(m, 0, 300, func(i int) key129 { return key129{byte(i), byte(i >> 8)} }, zero[elem136])
	})).contains("main.gClosures").captured()
	add("captured, growing", captured(func(m map[string]string) {
		insert(m, 0, 900, name, name)
		insertUntil(m, 900, halfMoved, name)
	})).contains("main.gClosures").captured()
	add("captured, with deletes", captured(func(m map[int32]int8) {
		insert(m, 0, 5000, func(i int) int32 { return int32(i) }, zero[int8])
		for i := int32(0); i < 4500; i++ {
			delete(m, i)
		}
	})).contains("main.gClosures").captured()
}

// captured makes a map that only a closure holds, and fills it.
func captured[K comparable, V any](fill func(map[K]V)) map[K]V {
	m := map[K]V{}
	fill(m)
	gClosures = append(gClosures, func() int { return len(m) })
	return m
}

func closureByValue() func(string) int {
	m := counted(5)
	add("captured by value", m).contains("main.gClosure").captured()
	return func(key string) int { return m[key] }
}

func closureByReference() func(string) int {
	m := counted(6)
	add("captured by reference", m).contains("main.gClosureRef").captured()
	return func(key string) int {
		if len(m) > 1000 {
			m = nil
		}
		return m[key]
	}
}

func makeOnce() map[string]int {
	m := counted(7)
	add("result of sync.OnceValue", m).captured()
	return m
}

func reachInterfaces() {
	direct := map[string]uint16{"direct": 1}
	gIface = direct
	add("interface", direct).contains("main.gIface")
	named := headers{"X": nil}
	gStringer = named
	add("interface with methods", named).contains("main.gStringer")
	held := holder{m: map[string]int64{"held": 1}}
	gIfaceStruct = held
	add("struct in an interface", held.m).contains("main.gIfaceStruct")
	behind := &holder{m: map[string]int64{"behind": 1, "again": 2}}
	gIfacePtr = behind
	add("behind a pointer in an interface", behind.m).contains("main.gIfacePtr")
	inAnys := map[int8]string{1: "a"}
	gAnys = []any{1, "x", inAnys, nil}
	add("interface in a slice", inAnys).contains("main.gAnys")
	value := map[string]complex128{"ctx": 1}
	gContext = context.WithValue(context.Background(), contextKey{}, value)
	gContext = context.WithValue(gContext, &gIface, "other")
	add("context value", value).contains("main.gContext")
}

func reachSync() {
	stored := counted(8)
	gAtomicPtr.Store(&stored)
	add("atomic.Pointer", stored).contains("main.gAtomicPtr")
	value := map[string]uint64{"v": 1}
	gAtomicValue.Store(value)
	add("atomic.Value", value).contains("main.gAtomicValue")
	pooled := map[string]int32{"p": 1}
	gPool.Put(pooled)
	add("sync.Pool", pooled).untyped().mortal()
	for i := 0; i < 40; i++ {
		m := map[int]float64{i: 1, i + 1: 2}
		gSyncMap.Store(name(i), m)
		add("value of sync.Map "+itoa(i), m).contains("main.gSyncMap")
		if i == 20 {
			gSyncMap.Range(func(any, any) bool { return true }) // moves what is stored so far to the read-only part
		}
	}
	inner := reflect.ValueOf(&gSyncMap).Elem()
	if dirty := inner.FieldByName("dirty"); dirty.IsValid() { // sync.Map is made of maps up to Go 1.23
		addTyped("sync.Map's dirty", *(*uintptr)(dirty.Addr().UnsafePointer()), dirty.Type(), "main.gSyncMap.dirty")
		read := inner.FieldByName("read") // an atomic.Pointer, whose first field is a [0]*T
		readOnly := read.Type().Field(0).Type.Elem().Elem()
		m, _ := readOnly.FieldByName("m")
		at := *(*unsafe.Pointer)(read.Field(read.NumField() - 1).Addr().UnsafePointer())
		addTyped("sync.Map's read", *(*uintptr)(unsafe.Add(at, m.Offset)), m.Type).contains("main.gSyncMap.read")
	}
}

func reachRuntime() {
	finalized := counted(10)
	add("captured by a finalizer", finalized).captured()
	gFinalized = &box{n: 1}
	runtime.SetFinalizer(gFinalized, func(b *box) { b.n = len(finalized) })
	timed := counted(11)
	add("captured by a timer", timed).captured()
	time.AfterFunc(24*time.Hour, func() { timed["now"]++ })
}

func reachReflect() {
	gReflect = reflect.MakeMapWithSize(reflect.TypeOf(map[int16]string{}), 30).Interface()
	m := gReflect.(map[int16]string)
	m[1] = "one"
	add("reflect.MakeMap", m).contains("main.gReflect")
	made := reflect.MakeMap(reflect.MapOf(reflect.TypeOf(uint16(0)), reflect.TypeOf([3]string{})))
	for i := 0; i < 25; i++ {
		made.SetMapIndex(reflect.ValueOf(uint16(i)), reflect.ValueOf([3]string{"x"}))
	}
	gReflectNew = made.Interface()
	addTyped("reflect.MapOf", made.Pointer(), made.Type()).contains("main.gReflectNew").untyped()
}

func reachUntyped() {
	m := map[uint32]string{1: "unsafe", 2: "pointer"}
	gUnsafe = *(*unsafe.Pointer)(unsafe.Pointer(&m))
	add("unsafe.Pointer", m).untyped()
	b := &box{m: map[string]uint8{"interior": 1}}
	gInterior = &b.n
	add("beside an interior pointer", b.m).untyped()
	first, second := map[int]uint64{1: 1}, map[int]uint64{2: 2}
	gFar = &far{next: &far{next: &far{next: &far{next: &far{m: second}, m: first}}}}
	add("known to a number", first).contains("main.gFar")
	add("known to numbers like an interface", second).contains("main.gFar")
	other := uintptr(typeWord(reflect.TypeOf(map[int]float64{})))
	gNumbered = unsafe.Pointer(&numbered{new(int), [3]uintptr{headerOf(first), other, headerOf(second)}})
}

// gDropped held the maps that nothing holds any more.
var gDropped droppable

// droppable is the type of gDropped.
type droppable struct {
	some     map[string]int
	empty    map[string]int
	large    map[int]int
	growing  map[string]string
	deleted  map[int]int
	noSizes  map[struct{}]struct{}
	narrow   map[uint8]struct{}
	indirect map[key129]elem136
}

func reachDropped() {
	gDropped.some, gDropped.empty, gDropped.large = counted(20), map[string]int{}, ints[int](3000)
	add("dropped", gDropped.some).untyped().mortal()
	add("dropped empty", gDropped.empty).untyped().mortal()
	add("dropped large", gDropped.large).untyped().mortal()
	gDropped.growing, gDropped.deleted = map[string]string{}, intMap(900)
	insert(gDropped.growing, 0, 500, name, name)
	insertUntil(gDropped.growing, 500, halfMoved, name)
	for i := 0; i < 700; i++ {
		delete(gDropped.deleted, i)
	}
	gDropped.noSizes = map[struct{}]struct{}{{}: {}}
	gDropped.narrow, gDropped.indirect = map[uint8]struct{}{}, map[key129]elem136{}
	insert(gDropped.narrow, 0, 200, func(i int) uint8 { return uint8(i) }, zero[struct{}])
	insert(gDropped.indirect, 0, 70, func(i int) key129 { return key129{byte(i)} }, zero[elem136])
	add("dropped growing", gDropped.growing).untyped().mortal()
	add("dropped with deletes", gDropped.deleted).untyped().mortal()
	add("dropped without sizes", gDropped.noSizes).untyped().mortal()
	add("dropped narrow", gDropped.narrow).untyped().mortal()
	add("dropped indirect", gDropped.indirect).untyped().mortal()
	gDropped = droppable{}
}
