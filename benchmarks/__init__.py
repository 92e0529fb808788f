"""Times this repository and its peers in one run: `python -m benchmarks run`. The packages never import it."""
