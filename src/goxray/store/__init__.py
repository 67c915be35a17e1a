"""Floor 1: snapshots as Parquet tables with a manifest, and queries over them."""
