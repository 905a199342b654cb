"""Where a run's numbers are shown beside its own tables, by other programs."""
