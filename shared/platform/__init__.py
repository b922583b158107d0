"""The machinery of an event-sourced service: it knows nothing of Bihuan and could carry another domain.

`event_store` writes and reads events, `messaging` carries them between services, `web` answers HTTP, `service` holds
what every service would otherwise write for itself.
"""
