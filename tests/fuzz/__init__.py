"""Inputs of every kind, right and wrong, and what every command must do with them."""
