"""python -m ablations: the commands of the bench, in the order in which a study needs them."""

from ablations.cli.app import app
from inception_keras.cli.console import run_app


def main():
    """The console script."""
    run_app(app, interrupted="stopped; what is done stays, and the same command goes on with the rest")


if __name__ == "__main__":
    main()
