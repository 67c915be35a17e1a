"""What ``goxray timeline`` does, for programs."""
