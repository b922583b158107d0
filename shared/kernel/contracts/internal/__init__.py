"""Events between our own services, by producing service."""
