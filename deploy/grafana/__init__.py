"""The dashboard of an installation, and what Grafana is given at its start."""
