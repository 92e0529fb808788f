"""Speed, beside the peers, in one run: `python -m benchmarks run`. Imports the two packages; they never import it."""
