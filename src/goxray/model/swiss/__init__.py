"""The model of Swiss maps."""
