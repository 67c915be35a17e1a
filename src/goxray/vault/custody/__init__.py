"""What people do with a vault: each deed opens what it needs, does one thing under the vault's lock, and logs it."""
