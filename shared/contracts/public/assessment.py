"""Public events of *assessment*: none yet; its feed is served and empty."""
