package main

import (
	"math"
	"math/rand"
	"reflect"
	"unsafe"
)

var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 97, 112, 127,
	128, 129, 144, 145, 200, 255, 256, 257, 384, 385, 1000}

// Some strings are much longer; each takes as long to hash as many others, so that they are few.
const (
	long, longEvery       = 5000, 50
	longest, longestEvery = 70000, 400
)

var texts int

// scramble fills memory with random bytes, padding and blank fields included, as far as no pointer lies in it.
func scramble(p unsafe.Pointer, size uintptr, random *rand.Rand) {
	for i := uintptr(0); i < size; i++ {
		*(*byte)(unsafe.Add(p, i)) = byte(random.Intn(256))
	}
}

// fill writes a random value of the type at p.
func fill(t reflect.Type, p unsafe.Pointer, random *rand.Rand) {
	switch t.Kind() {
	case reflect.String:
		*(*string)(p) = text(random)
	case reflect.Float32:
		*(*float32)(p) = float32(float(random))
	case reflect.Float64:
		*(*float64)(p) = float(random)
	case reflect.Complex64:
		*(*[2]float32)(p) = [2]float32{float32(float(random)), float32(float(random))}
	case reflect.Complex128:
		*(*[2]float64)(p) = [2]float64{float(random), float(random)}
	case reflect.Pointer:
		reflect.NewAt(t, p).Elem().Set(reflect.New(t.Elem()))
	case reflect.Chan:
		reflect.NewAt(t, p).Elem().Set(reflect.MakeChan(t, 0))
	case reflect.Interface:
		if t.NumMethod() == 0 {
			*(*any)(p) = heldValues[random.Intn(len(heldValues))]
		} else {
			*(*marked)(p) = markedValues[random.Intn(len(markedValues))]
		}
	case reflect.Array:
		for i := 0; i < t.Len(); i++ {
			fill(t.Elem(), unsafe.Add(p, uintptr(i)*t.Elem().Size()), random)
		}
	case reflect.Struct:
		if !pointers(t) {
			scramble(p, t.Size(), random)
		}
		for i := 0; i < t.NumField(); i++ {
			fill(t.Field(i).Type, unsafe.Add(p, t.Field(i).Offset), random)
		}
	case reflect.Bool:
		*(*bool)(p) = random.Intn(2) == 1
	default:
		scramble(p, t.Size(), random)
	}
}

func text(random *rand.Rand) string {
	size := lengths[random.Intn(len(lengths))]
	texts++
	switch {
	case texts%longestEvery == 0:
		size = longest
	case texts%longEvery == 0:
		size = long
	}
	bytes := make([]byte, size+1)
	random.Read(bytes)
	return string(bytes[1:])
}

func float(random *rand.Rand) float64 {
	special := []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1.5}
	if pick := random.Intn(2 * len(special)); pick < len(special) {
		return special[pick]
	}
	return random.NormFloat64()
}

func pointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Pointer, reflect.Chan, reflect.Interface:
		return true
	case reflect.Array:
		return t.Len() > 0 && pointers(t.Elem())
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			if pointers(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
