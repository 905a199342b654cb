"""The only place that talks to a simulator or a service."""
