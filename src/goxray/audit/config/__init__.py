"""Readers of the files that build, configure and run a service: settings and commands with their lines."""
