"""Many runs of one configuration: a job file, its runs, and their results in one frame."""
