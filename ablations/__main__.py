"""python -m ablations: the commands of the bench, in the order in which a study needs them."""

import sys

from inception_keras.cli.running import run_app

TRAINING = ("run", "tune", "reproduce")


def main():
    """Runs the command line: the entry point of `ablations` and of `python -m ablations`."""
    kept = "; finished trials are kept, and the same command continues with the rest"
    run_app(_load_and_run, interrupted=f"stopped{kept if sys.argv[1:2] and sys.argv[1] in TRAINING else ''}")


def _load_and_run():
    from ablations.cli.app import app  # takes time, in which `run_app` already handles an interrupt

    app()


if __name__ == "__main__":
    main()
