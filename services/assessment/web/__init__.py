"""*assessment* by HTTP: the API and the pages."""
