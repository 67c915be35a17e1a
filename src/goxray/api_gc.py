"""What ``goxray gc read`` and ``goxray gc run`` do, for programs."""
