"""Gradient rules, and the estimates that they work on."""
