"""Ways to obtain the penalty ‖O_θ - T[O_θ]‖²: one a file."""
