"""The five figures of technical debt, each from real inputs, and their trend from the store."""
