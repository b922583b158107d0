"""The events of a case, by subject. Stored names are fixed for ever; each event applies itself."""
