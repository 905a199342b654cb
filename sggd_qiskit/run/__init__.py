"""A run: its folder, ledger and tables, where it executes, and what it will take."""
