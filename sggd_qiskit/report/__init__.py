"""One page of HTML about runs and sweeps, which needs no network."""
