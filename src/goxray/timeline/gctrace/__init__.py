"""What Go's runtime prints of its collector, in any log: gctrace, scavtrace and gcpacertrace of Go 1.5 to 1.27."""
