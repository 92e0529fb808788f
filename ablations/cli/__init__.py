"""`python -m ablations`: one file per group of commands."""
