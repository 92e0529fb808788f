"""The commands of the zoo, `python -m inception_keras`."""

import typer

from inception_keras.cli import convert, draw, export, fetch, models, predict, validate, version

app = typer.Typer(
    help="GoogLeNet and related networks: costs, weights, predictions and exports.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(version.options)
app.command("list")(models.list_models)
app.command()(models.show)
app.command()(models.verify)
app.command()(draw.draw)
app.command()(convert.convert)
app.command()(fetch.fetch)
app.command()(export.export)
app.command()(predict.predict)
app.command()(validate.validate)
