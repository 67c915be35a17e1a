"""The vault: evidence that is sealed, logged, kept and destroyed under the national algorithms SM2, SM3 and SM4."""
