"""What the tests share: Go programs built and run, goxray run on them, and the two compared."""
