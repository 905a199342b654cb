"""Datasets: Werner states, points in the plane, and a user's own table."""
