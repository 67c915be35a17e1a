"""Go's allocator as a model: pages, spans, size classes, the caches between them. Counts, never bytes of memory."""
