"""Decides which trials run, where, and what happens when a process dies."""
