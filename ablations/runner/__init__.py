"""Decides which trials run, on which worker, and what happens when a process dies."""
