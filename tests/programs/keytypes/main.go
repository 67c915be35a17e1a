// Program keytypes holds maps of many key types, made by the compiler and by reflect, prints its process id and waits for
// the end of its input.
package main

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"unsafe"
)

type named string
type score float64
type word uint32
type blank struct {
	a int32
	_ int32
	b string
	_ [3]byte
	c float32
}
type padded struct {
	a byte
	b int64
	c byte
}
type nest struct {
	x struct{ a, b int16 }
	s named
	f score
	i any
	y [2]padded
}
type ptrs struct{ p *int }
type ptrz struct {
	_ struct{}
	p *int
}
type eface any
type stringer interface{ String() string }

func (p ptrs) String() string  { return "" }
func (p ptrz) String() string  { return "" }
func (p named) String() string { return "" }
func (p nest) String() string  { return "" }

var (
	byNamed    = map[named]int{}
	byScore    = map[score]int{}
	byWord     = map[word]int{}
	byBlank    = map[blank]int{}
	byPadded   = map[padded]int{}
	byNest     = map[nest]int{}
	byPtrs     = map[ptrs]int{}
	byStringer = map[stringer]int{}
	byEface    = map[eface]int{}
	byArr      = map[[3]score]int{}
	byArrS     = map[[5]named]int{}
	byC        = map[complex64]int{}
	byLong     = map[[100]named]int{}
	byUP       = map[unsafe.Pointer]int{}
	byLike     = map[like]int{}
	byIfArr    = map[[2]any]int{}
	hold       []any
)

type like struct {
	str *byte
	len int
}

func local1(n int) any {
	type T struct{ a, b int }
	m := map[T]int{}
	for i := 0; i < n; i++ {
		m[T{i, i}] = i
	}
	return m
}
func local2(n int) any {
	type T struct{ a string }
	m := map[T]int{}
	for i := 0; i < n; i++ {
		m[T{fmt.Sprint(i)}] = i
	}
	return m
}
func local3(n int) any {
	type T struct{ a, b float64 }
	m := map[T]int{}
	for i := 0; i < n; i++ {
		m[T{float64(i), 0}] = i
	}
	return m
}

func generic[K comparable](n int, f func(int) K) map[K]struct{} {
	m := map[K]struct{}{}
	for i := 0; i < n; i++ {
		m[f(i)] = struct{}{}
	}
	return m
}

func made(n int) {
	st := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeOf(int32(0))}, {Name: "B", Type: reflect.TypeOf(int32(0))}, {Name: "C", Type: reflect.TypeOf("")}, {Name: "D", Type: reflect.TypeOf(int8(0))}})
	st2 := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeOf(int32(0))}, {Name: "B", Type: reflect.TypeOf(int32(0))}})
	ar := reflect.ArrayOf(7, st)
	for _, k := range []reflect.Type{st, st2, ar, reflect.PtrTo(st), reflect.TypeOf(nest{}), reflect.TypeOf(byBlank).Key(), reflect.ArrayOf(3, reflect.TypeOf(int64(0)))} {
		mt := reflect.MapOf(k, reflect.TypeOf([3]int8{}))
		m := reflect.MakeMap(mt)
		for i := 0; i < n; i++ {
			v := reflect.New(k).Elem()
			switch k.Kind() {
			case reflect.Struct:
				if k.NumField() > 0 && k.Field(0).Type.Kind() == reflect.Int32 && k.Field(0).PkgPath == "" {
					v.Field(0).SetInt(int64(i))
				}
			case reflect.Array:
				if k.Elem().Kind() == reflect.Struct {
					v.Index(3).Field(1).SetInt(int64(i))
				} else {
					v.Index(1).SetInt(int64(i))
				}
			case reflect.Ptr:
				v.Set(reflect.New(k.Elem()))
			}
			m.SetMapIndex(v, reflect.Zero(mt.Elem()))
		}
		hold = append(hold, m.Interface())
		byStringerAny[v0(k)] = 1
	}
}

var byStringerAny = map[any]int{}

func v0(k reflect.Type) any { return reflect.New(k).Elem().Interface() }

func onstack(ch chan int) {
	m := map[named]int{}
	k := map[[2]score]int{}
	for i := 0; i < 5; i++ {
		m[named(fmt.Sprint(i))] = i
		k[[2]score{1, score(i)}] = 1
	}
	<-ch
	fmt.Println(len(m), len(k))
}

func main() {
	n := 500
	for i := 0; i < n; i++ {
		s := fmt.Sprint("key", i)
		byNamed[named(s)] = i
		byScore[score(i)/3] = i
		byWord[word(i)] = i
		byBlank[blank{a: int32(i), b: s, c: float32(i)}] = i
		byPadded[padded{byte(i), int64(i), 3}] = i
		ne := nest{s: named(s), f: score(i), i: i}
		ne.y[1].b = int64(i)
		if i%3 == 0 {
			ne.i = s
		}
		if i%3 == 1 {
			ne.i = [3]any{s, i, nil}
		}
		byNest[ne] = i
		byPtrs[ptrs{&i}] = i
		byStringer[ptrs{new(int)}] = i
		byStringer[ptrz{p: new(int)}] = i
		byStringer[named(s)] = i
		byStringer[ne] = i
		byEface[ne] = i
		byEface[ptrz{p: new(int)}] = i
		byEface[score(i)] = i
		byEface[struct{}{}] = i
		byEface[complex(float64(i), 1)] = i
		byEface[[1]*int{new(int)}] = i
		byEface[blank{a: int32(i), b: s}] = i
		byEface[padded{1, int64(i), 2}] = i
		byEface[[0]string{}] = 1
		byArr[[3]score{score(i), 0, 1}] = i
		byArrS[[5]named{named(s), "", named(s)}] = i
		byC[complex(float32(i), 0)] = i
		byLong[[100]named{named(s)}] = i
		byUP[unsafe.Pointer(new(int))] = i
		byLike[like{new(byte), i}] = i
		byIfArr[[2]any{s, i}] = i
		byNamed[named(make([]byte, i*10))] = 1
	}
	hold = append(hold, local1(100), local2(100), local3(100), local1(5), local2(5), local3(5),
		generic(100, func(i int) named { return named(fmt.Sprint(i)) }),
		generic(100, func(i int) blank { return blank{a: int32(i)} }),
		generic(100, func(i int) score { return score(i) }),
		generic(100, func(i int) [2]any { return [2]any{i, score(i)} }))
	made(100)
	var l1 any = local3(50)
	ch := make(chan int)
	go onstack(ch)
	for i := 0; i < 1000; i++ { // garbage
		local2(9)
		local1(20)
		local3(3)
	}
	fmt.Println(os.Getpid())
	_, _ = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(l1)
	ch <- 1
}
