"""*intake* hears: tips, the dialogue with their senders, and the vault that keeps who they are apart from all else.

Rooms as in every service, imports pointing downward: `__main__` · `app` · `web` `publishers` · `handlers` ·
`projections` `queries` · `rules` `domain` · `config`; `templates/`, `locale/` and `migrations/` beside them. What
others tell changes read tables alone, so there is no room for consumers.

Rooms that only this service has, because only it meets the tipster:
`cipher` (a key per tip, free text as ciphertext) and `vault` (the database that holds those keys and the identities,
`vault_migrations/`); `receipts` (receipt codes and how they are looked up); `limits` (what strangers may do how often);
`reception`, below `handlers` (what people write is sealed and kept in the vault before a command, and opened for
those who may read it).
"""
