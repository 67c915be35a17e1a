"""Profiles of Go programs, as runtime/pprof writes them: read, added up, and told which allocations are map memory."""
