package main

import "sort"

// step is one step of a map's life with the numbers of the keys that it adds or takes away, in order.
type step struct {
	kind byte
	keys []int
	peak bool
	heap bool
}

// planned reads the steps and settles which keys they are about in the life of one map of the case.
//
// Keys are numbered from 0 in the order in which they come; an empty map starts again at 0. dN takes the N live
// keys whose mixed numbers, mix(number + step<<32 + map<<40), are smallest, in that order: others for each map.
func planned(words []string, which int) []step {
	var steps []step
	var live []int
	next := 0
	for at, word := range words {
		s := step{kind: word[0]}
		if word[len(word)-1] == 'p' {
			s.peak, word = true, word[:len(word)-1]
		}
		if word[len(word)-1] == 'g' {
			s.heap, word = true, word[:len(word)-1]
		}
		if len(live) == 0 {
			next = 0
		}
		switch s.kind {
		case 'i':
			for n := number(word[1:]); n > 0; n-- {
				s.keys = append(s.keys, next)
				next++
			}
			live = append(live, s.keys...)
		case 'd':
			n := number(word[1:])
			mixed := mixedOrder(live, uint64(at)<<32+uint64(which)<<40)
			s.keys, live = mixed[:n], mixed[n:]
		case 'k':
			s.keys, live = apart(live, number(word[1:]))
		case 'c':
			live = nil
		default:
			fatal("no step %s", word)
		}
		steps = append(steps, s)
	}
	return steps
}

func mixedOrder(live []int, salt uint64) []int {
	type key struct {
		mixed  uint64
		number int
	}
	keys := make([]key, len(live))
	for i, k := range live {
		keys[i] = key{mix(uint64(k) + salt), k}
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i].mixed < keys[j].mixed })
	numbers := make([]int, len(live))
	for i, k := range keys {
		numbers[i] = k.number
	}
	return numbers
}

func apart(live []int, modulus int) (gone, left []int) {
	for _, k := range live {
		if k%modulus == 0 {
			left = append(left, k)
		} else {
			gone = append(gone, k)
		}
	}
	return gone, left
}

// mix is the last part of the generator splitmix64: a bijection.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
