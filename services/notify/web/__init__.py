"""*notify* by HTTP: the API and the public board."""
