"""Speed, beside the peers, in one run: `python -m benchmarks run`. It may import the two packages, they never import it."""
