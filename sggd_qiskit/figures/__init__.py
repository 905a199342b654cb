"""Figures of trainings, from tables; matplotlib without pyplot, so that no window opens and no state of it changes."""
