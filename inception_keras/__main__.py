"""`python -m inception_keras`: list, show, verify, convert, export, predict."""

from inception_keras.cli.running import run_app


def main():
    """Runs the command line; the console script calls it too."""
    run_app(_load_and_run)


def _load_and_run():
    from inception_keras.cli.app import app  # takes time, in which `run_app` already handles an interrupt

    app()


if __name__ == "__main__":
    main()
