"""The four services. None imports another; each knows only shared."""
