"""The vault's log: who did what, when, with what result, to which object; appended to, chained, signed, never changed.

What it proves, and what not:

- **The chain alone** (no key, nothing kept elsewhere) shows accidents and careless hands: every changed byte, every
  entry that is missing, moved or repeated is found and located. It proves nothing against someone who can write the
  file and knows the format: each entry from the changed one on can be written anew, since SM3 has no secret.
- **Signed heads** are entries that sign, with an SM2 key, the digest of all before them. What a head covers cannot be
  changed without that key. Someone who has no key can still cut the log back to an earlier head: what remains is a true
  log, only an older one. Entries after the last head are covered by nothing but the chain.
- **The mark** beside the log says how far it was written. It tells a line that a power cut tore from one that
  somebody cut off, and shows a log that was put back to an older state, but only to those who did not put the mark
  back too.
- **Heads kept elsewhere** (``export``) are what closes this: a log that lacks an exported head, or holds another
  digest at its place, was cut back, replayed or rewritten, whatever keys the writer had. What was written after the
  last export is as safe as above. Export often, to where the owner of the vault cannot write.
- The times are those of the machine's clock (``goxray.vault.clock``); who is what the caller says. Nothing here makes a
  machine honest whose owner is not: it makes a later lie about the past show.
"""
