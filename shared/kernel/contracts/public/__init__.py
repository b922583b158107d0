"""Events that outsiders may subscribe to, by service."""
