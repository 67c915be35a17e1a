"""What personal data look like: one file a kind, and ``freetext`` that looks for all of them at once."""
