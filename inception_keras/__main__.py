"""`python -m inception_keras`: list, show, verify, convert, export, predict."""

from inception_keras.cli.app import app
from inception_keras.cli.console import run_app


def main():
    """Runs the command line; the console script calls it too."""
    run_app(app)


if __name__ == "__main__":
    main()
