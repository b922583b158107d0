"""The demo: what is told to an installation over one campaign, and when."""
