"""go.mod, go.sum, go.work and vendor/modules.txt: read, put together, and held against advisories. Offline."""
