"""What ``goxray trace`` does, for programs."""
