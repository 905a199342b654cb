"""The configuration of an experiment: frozen models, loading, overrides, JSON schema."""
