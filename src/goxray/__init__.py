"""goxray X-rays Go programs: which maps hold the memory, how full they are, and who holds them."""

__version__ = "0.1.0"
