"""Decides what each service may say and hear on the bus, and writes the NATS server's configuration."""
