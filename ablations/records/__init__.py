"""What trials leave on disk: records, answers, checkpoints, weights, locks."""
