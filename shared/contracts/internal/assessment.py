"""Internal events of *assessment*: none yet."""
