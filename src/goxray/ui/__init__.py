"""Floor 6: what people and scripts talk to."""
