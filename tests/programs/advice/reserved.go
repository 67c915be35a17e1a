package main

import "syscall"

const madvDontDump = 16 // linux/mman.h

var mappings [1 << 16]byte // static: this leaves nothing on the heap

// undumpReserved keeps what the runtime has only reserved out of cores. There is more than a gigabyte of it, of which
// gdb's gcore writes every zero. What the runtime takes into use later is mapped anew (sysMapOS), and is dumped.
func undumpReserved() {
	fd, err := syscall.Open("/proc/self/maps", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer syscall.Close(fd)
	size := 0
	for size < len(mappings) {
		n, err := syscall.Read(fd, mappings[size:])
		if err != nil || n <= 0 {
			break
		}
		size += n
	}
	for text := mappings[:size]; len(text) > 0; {
		var from, to uintptr
		from, text = address(text, '-')
		to, text = address(text, ' ')
		if len(text) > 4 && string(text[:4]) == "---p" {
			syscall.RawSyscall(syscall.SYS_MADVISE, from, to-from, madvDontDump)
		}
		for len(text) > 0 && text[0] != '\n' {
			text = text[1:]
		}
		if len(text) > 0 {
			text = text[1:]
		}
	}
}

// address reads a hexadecimal number up to a sign, and returns the rest behind it.
func address(text []byte, end byte) (uintptr, []byte) {
	value := uintptr(0)
	for i, c := range text {
		switch {
		case c == end:
			return value, text[i+1:]
		case c >= 'a':
			value = value<<4 | uintptr(c-'a'+10)
		default:
			value = value<<4 | uintptr(c-'0')
		}
	}
	return value, nil
}
