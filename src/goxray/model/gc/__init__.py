"""Go's collector as a model: the pacer, the cycle, the scavenger, and scenarios that run through them."""
