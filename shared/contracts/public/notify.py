"""Public events of *notify*: none yet; its feed is served and empty."""
