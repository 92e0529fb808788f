"""What trials leave on disk: records, per-example results, checkpoints, weights, locks."""
