"""Internal events of *notify*: none yet."""
