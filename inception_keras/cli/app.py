"""The commands of the zoo."""

import typer

from inception_keras.cli import convert, export, models, predict

app = typer.Typer(
    help="GoogLeNet and its relatives: what they cost, and their weights.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.command("list")(models.list_models)
app.command()(models.show)
app.command()(models.verify)
app.command()(convert.convert)
app.command()(export.export)
app.command()(predict.predict)
