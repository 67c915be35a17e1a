"""Floor 3: the object graph of a target's heap: what holds what, what dies with it, what changed."""
