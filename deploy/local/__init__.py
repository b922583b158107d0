"""Decides how one machine runs a whole installation from wheels alone: PostgreSQL, NATS, Caddy and the four services.

`postgres.EmbeddedPostgres` and `nats.EmbeddedNats` also serve tests and benchmarks; `supervisor.Supervisor` is `up`.
Limits: Linux, one machine, 127.0.0.1; for more, docker-compose.yml.
"""
