"""The model of Go's maps, allocator and collector for the interfaces: predict, layout, model gc."""
