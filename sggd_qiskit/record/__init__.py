"""What a run leaves on disk: its ledger, the tables made from it, and how to read them back."""
