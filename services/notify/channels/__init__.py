"""The ways out of a reminder: `log`, a line for whoever runs the service, and `mail`, by the settings' SMTP server."""
