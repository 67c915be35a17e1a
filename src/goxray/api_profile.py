"""What ``goxray profile`` does, for programs."""
