"""`python -m inception_keras`: one file per group of commands."""
