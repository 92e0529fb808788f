"""From records to comparisons, and from comparisons to verdicts."""
