"""Decides what docker compose needs that the embedded installation does itself: secrets before the servers start,
databases before the services, a probe. What runs, where and with which limits, docker-compose.yml says.
"""
