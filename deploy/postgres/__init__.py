"""Decides which databases and roles an installation has; the tables are the services' migrations."""
