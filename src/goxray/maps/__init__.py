"""Floor 3: find every map in a target, count it, and check it."""
