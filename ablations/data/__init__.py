"""Data sets from TFDS, as deterministic batches."""
