"""The commands of the bench, in the order in which a study needs them."""

from ablations.cli import foreign, plan, reproduce, results, run, tables, times, trained, tune
from ablations.cli.options import ValuesOptional
from inception_keras.cli.commands import App
from inception_keras.cli.version import options

app = App("Trains the variants of a study and tells what each idea is worth.")

app.callback()(options)
app.command("list")(plan.list_studies)
app.command()(plan.plan)
app.command(cls=ValuesOptional)(tune.tune)
app.command(cls=ValuesOptional)(run.run)
app.command()(reproduce.reproduce)
app.command()(trained.ensemble)
app.command()(plan.status)
app.command()(results.report)
app.command()(trained.explain)
app.command()(results.claims)
app.command()(foreign.compare)
app.command()(foreign.power)
app.command()(results.doctor)
app.command()(times.times)
app.command()(tables.parameters)
app.command()(tables.simulate)
app.command()(trained.deploy)
