// What becomes of a hash function of one's own: as a method of the key, beside the map, and put into the map's type.
package main

import (
	"fmt"
	"hash/fnv"
	"os"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

var hashed, compared int

// ownKey has the methods that a hash table with a hook would call.
type ownKey struct{ text string }

func (k ownKey) Hash() uint64 { hashed++; return fnv1a(k.text) }

func (k ownKey) HashCode() int { hashed++; return int(fnv1a(k.text)) }

func (k ownKey) Equal(other ownKey) bool { compared++; return k.text == other.text }

// fnv1a is a program's own copy of FNV-1a with 64 bits.
func fnv1a(text string) uint64 {
	hash := uint64(0xcbf29ce484222325)
	for i := 0; i < len(text); i++ {
		hash = (hash ^ uint64(text[i])) * 0x100000001b3
	}
	return hash
}

func methods() {
	m := map[ownKey]int{}
	for i := 0; i < 1000; i++ {
		m[ownKey{strconv.Itoa(i)}] = i
	}
	found := 0
	for i := 0; i < 1000; i++ {
		if value, there := m[ownKey{strconv.Itoa(i)}]; there && value == i {
			found++
		}
	}
	emit("", "found", float64(found), "1")
	emit("", "calls_of_the_key's_methods", float64(hashed+compared), "1")
	ownKey{}.Hash()
	emit("", "calls_seen_when_called", float64(hashed), "1")
}

// beside keeps an index by FNV-1a of its own next to a map of the same keys, as a program with a copied hash does.
func beside() {
	m := map[string]int{}
	own := map[uint64][]string{}
	library := fnv.New64a()
	same := 0
	for i := 0; i < 10_000; i++ {
		key := "key " + strconv.Itoa(i)
		m[key] = i
		hash := fnv1a(key)
		own[hash] = append(own[hash], key)
		library.Reset()
		library.Write([]byte(key))
		if library.Sum64() == hash {
			same++
		}
	}
	missed := 0
	for _, keys := range own {
		for _, key := range keys {
			if value, there := m[key]; !there || key != "key "+strconv.Itoa(value) {
				missed++
			}
		}
	}
	emit("", "lookups_that_fail", float64(missed), "1")
	emit("", "copy_is_fnv1a", float64(same)/10_000, "1")
	// An empty text leaves FNV's start value: both halves, because a figure has 53 bits.
	library.Reset()
	emit("", "fnv_start_high", float64(library.Sum64()>>32), "1")
	emit("", "fnv_start_low", float64(library.Sum64()&0xffff_ffff), "1")
}

// others are the hashes that take the place of the runtime's.
var others = []struct {
	name string
	hash func(key uint64) uintptr
}{
	{"another hash of 64 bits", func(key uint64) uintptr { return uintptr(key * 0x9e37_79b9_7f4a_7c15) }},
	{"a hash of 32 bits", func(key uint64) uintptr { return uintptr(uint32(key * 0x9e37_79b9)) }},
	{"one hash for all keys", func(uint64) uintptr { return 7 }},
}

// swapped replaces the hash function of a map in use in a process of its own for each hash, and tells which ends badly.
func swapped() {
	for i, other := range others {
		said, _, err := runAgain("LAB_ARMS=child", "LAB_HASH="+strconv.Itoa(i))
		truth(other.name, "crashes", err != nil)
		if count, wrong := strconv.Atoi(strings.TrimSpace(said)); err == nil && wrong == nil {
			// A few may still be found by chance, where bucket and mark of the other hash happen to be the same.
			truth(other.name, "nearly_all_keys_lost", count >= 250 && count <= 300)
		}
	}
}

// swap makes a map type at run time, whose data can be written to, puts 300 keys into a map, replaces the hash function,
// and then looks up, assigns, deletes and ranges. The process may take 200 MB more than it has: a map that cannot tell
// keys apart ends soon and not with the machine's memory.
func swap() {
	var pages uint64
	if used, err := os.ReadFile("/proc/self/statm"); err == nil {
		fmt.Sscan(string(used), &pages)
	}
	most := pages*uint64(os.Getpagesize()) + 200<<20
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(70)
	}
	which, err := strconv.Atoi(os.Getenv("LAB_HASH"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(70)
	}
	typ := reflect.MapOf(reflect.TypeOf(uint64(0)), reflect.TypeOf([3]uint64{}))
	m := reflect.MakeMap(typ)
	element := reflect.Zero(typ.Elem())
	for key := uint64(0); key < 300; key++ {
		m.SetMapIndex(reflect.ValueOf(key), element)
	}
	reflected(typ).hasher = func(key unsafe.Pointer, _ uintptr) uintptr {
		return others[which].hash(*(*uint64)(key))
	}
	missed := 0
	for key := uint64(0); key < 300; key++ {
		if !m.MapIndex(reflect.ValueOf(key)).IsValid() {
			missed++
		}
	}
	for key := uint64(300); key < 2000; key++ {
		m.SetMapIndex(reflect.ValueOf(key), element)
	}
	for key := uint64(200); key < 400; key++ {
		m.SetMapIndex(reflect.ValueOf(key), reflect.Value{})
	}
	for walk := m.MapRange(); walk.Next(); {
		missed += 0 * int(walk.Key().Uint())
	}
	fmt.Println(missed)
}

// inInterface uses a struct that holds a slice as a key of a map whose keys are interfaces.
func inInterface() {
	m := map[any]int{}
	m[struct{ list []int }{}] = 1
	fmt.Println(len(m))
}

// shifted is no version's header of a map: a field was added at its start.
type shifted struct {
	added uint64
	count int
}

// changedView looks at a map as if its layout had changed.
func changedView() {
	m := make(map[int]int, 100)
	for i := 0; i < 100; i++ {
		m[i] = i
	}
	truth("", "view_is_wrong", (*(**shifted)(unsafe.Pointer(&m))).count != len(m))
}

// misaligned converts a pointer in the way that the check is for; the misuse is intended.
func misaligned() {
	memory := make([]byte, 64)
	fmt.Fprintln(os.Stderr, *(**byte)(unsafe.Add(unsafe.Pointer(&memory[0]), 1)))
}

func main() {
	lab(map[string]func(){
		"methods": methods, "beside": beside, "swapped": swapped, "child": swap,
		"in-interface": inInterface,
		"changed-view": changedView, "misaligned": misaligned,
	})
}
