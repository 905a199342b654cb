"""Datasets: Werner states, points in the plane, a user's own tables, arrays and circuits."""
