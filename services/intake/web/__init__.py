"""*intake* by HTTP: the API, the tipster's pages, the officers' pages."""
