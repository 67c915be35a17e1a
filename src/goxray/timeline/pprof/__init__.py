"""Heap profiles of Go programs, as runtime/pprof writes them: read, and told which allocations are map memory."""
