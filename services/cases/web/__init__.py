"""*cases* by HTTP: the API, the pages, signing in."""
