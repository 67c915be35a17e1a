"""The model of classic maps: hmap, buckets, overflow buckets (up to Go 1.23, later under GOEXPERIMENT=noswissmap)."""
