"""What comes before the first experiment: a configuration to begin with, and what is installed and answers."""
