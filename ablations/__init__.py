"""The bench: declares studies, trains their variants, stores the records, judges the differences."""
