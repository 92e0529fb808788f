"""Results of other programs, read from the files in which people have them: scores by run, seed and example."""
