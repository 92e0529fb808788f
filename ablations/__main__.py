"""python -m ablations: the commands of the bench, in the order in which a study needs them."""

from inception_keras.cli.running import run_app


def main():
    """Runs the command line: the entry point of `ablations` and of `python -m ablations`."""
    run_app(
        _load_and_run, interrupted="stopped; finished trials are kept, and the same command continues with the rest"
    )


def _load_and_run():
    from ablations.cli.app import app  # takes time, in which `run_app` already handles an interrupt

    app()


if __name__ == "__main__":
    main()
