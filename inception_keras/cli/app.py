"""The commands of the zoo, `python -m inception_keras`."""

from inception_keras.cli import convert, draw, export, fetch, models, predict, validate, version
from inception_keras.cli.commands import App

app = App("GoogLeNet and related networks: costs, weights, predictions and exports.")

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
