"""python -m ablations: the commands of the bench, in the order in which a study needs them."""

from ablations.cli.app import app
from inception_keras.cli.console import run_app


def main():
    """Runs the command line: the entry point of `ablations` and of `python -m ablations`."""
    run_app(app, interrupted="stopped; finished trials are kept, and the same command continues with the rest")


if __name__ == "__main__":
    main()
