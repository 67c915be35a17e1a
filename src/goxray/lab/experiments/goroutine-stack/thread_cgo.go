//go:build cgo

package main

/*
#cgo LDFLAGS: -lpthread
#define _GNU_SOURCE
#include <pthread.h>

static unsigned long own_stack(void) {
	pthread_attr_t attributes;
	size_t size = 0;
	if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
		pthread_attr_getstacksize(&attributes, &size);
		pthread_attr_destroy(&attributes);
	}
	return size;
}
*/
import "C"

// threadStack returns the size of the stack of the thread that it runs on, as the C library knows it.
func threadStack() float64 { return float64(C.own_stack()) }
