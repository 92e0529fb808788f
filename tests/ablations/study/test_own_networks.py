"""A user's own network as an arm: declared, checked, addressed by its source, trained, resumed, reported."""

import json
import signal
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from ablations import load, report, run, studies
from ablations.records.store import Store
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools.in_process import InProcessPool
from ablations.runner.pools.processes import ProcessPool
from ablations.runner.run import run_study
from ablations.study import Factor, Recipe, Study, Tuning, Variant, own_code
from ablations.study.own_networks import OwnNetwork
from ablations.training.networks import build, prove, rebuild
from ablations.training.progress import TrialListener
from inception_keras import UserError
from tests.support.pages import titled

NETS, STUDY = (titled("own_network.md", name) for name in ("small_nets.py", "mine.py"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder outside the checkout with the network and the study of the how-to page, with one seed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    nets = NETS.replace("WIDTH = 4", "from small_parts import WIDTH")
    files = {"small_nets": nets, "small_parts": "WIDTH = 4", "mine": STUDY.replace("seeds=6", "seeds=1")}
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield tmp_path
    for name in ("small_nets", "small_parts", "mine"):
        sys.modules.pop(name, None)


def test_the_function_becomes_a_reference_and_its_keywords_toggles(folder):
    study = studies.load("mine.py")
    assert study.base == {"model": "small_nets:build"}
    toggles = study.toggles(study.arms[1])
    assert {**toggles, "source": ""} == {"model": "small_nets:build", "hidden": 8, "dropout": 0.2, "source": ""}


def test_a_study_file_without_its_suffix_is_named_with_it(folder):
    for name in ("mine", str(folder / "mine")):
        with pytest.raises(UserError, match=f"unknown study '{name}': a file is named with its suffix: type {name}.py"):
            studies.load(name)


def test_a_changed_source_is_another_address_whichever_file_changed(folder):
    before = [trial.configuration() for trial in studies.load("mine.py").trials()]
    (folder / "small_parts.py").write_text("WIDTH = 5", encoding="utf-8")
    own_code._source_hash.cache_clear()
    after = [trial.configuration() for trial in studies.load("mine.py").trials()]
    assert before[0]["toggles"]["source"] != after[0]["toggles"]["source"]


def test_an_unknown_toggle_is_refused(folder):
    study = studies.load("mine.py")
    with pytest.raises(UserError, match="'hiden'.* did you mean 'hidden'") as error:
        replace(study, variants=(study.arms[0], Variant("other", {"hiden": 3})))
    assert "'source'" not in str(error.value) and "'preset'" not in str(error.value), "neither may be given"
    with pytest.raises(UserError, match="changes nothing: None takes back what the base sets, which it does not"):
        replace(study, variants=(study.arms[0], Variant("other", {"hidden": None})))
    with pytest.raises(UserError, match="unknown toggle of small_nets:build 'hiden'.* did you mean 'hidden'"):
        OwnNetwork("small_nets:build").resolve(hiden=3)


def test_none_in_the_base_is_no_value_of_a_toggle(folder):
    study = studies.load("mine.py")
    with pytest.raises(
        UserError, match=r"mine: base=\{'dropout': None\} means the default .*, dropout=0.2: leave it out"
    ):
        replace(study, base={**study.base, "dropout": None})
    with pytest.raises(UserError, match=r"base=\{'dropout': None\} means the default of small_nets:build"):
        own = Variant("own", {"model": "small_nets:build", "preset": None, "head": None})
        replace(study, base={"head": "gap", "dropout": None}, variants=(Variant("zoo"), own))
    assert replace(study, base={**study.base, "stem": None}).toggles(study.arms[0]) == study.toggles(study.arms[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_the_kind", "can't be imported: ModuleNotFoundError.*: is wrong in the study's folder"),
        ("raise SystemExit", r"can't be imported: it called sys.exit\(\) \(wrong.py, line 1\): move argument parsing"),
        ("x = (1", r"can't be imported: SyntaxError: .* \(wrong.py, line 1\)$"),
        ("import json\n\njson.loads('{')", r"can't be imported: JSONDecodeError: .* \(wrong.py, line 3\)$"),
        ("x = 1", "wrong has no function build, nor any other"),
        ("build = 1", "wrong:build is no function, but of type int"),
        (
            "from json import loads\n\ndef biuld(): pass",
            "function of wrong 'build': did you mean 'biuld'. allowed are 'biuld'",
        ),
        ("def build(shape): pass", "must take input_shape and classes"),
        ("def build(input_shape, classes, depth): pass", "toggle 'depth' needs a default"),
        ("def build(input_shape, classes, depth=print): pass", "default of 'depth' must be"),
        ("def build(input_shape, classes, source=1): pass", "no names of toggles"),
    ],
)
def test_functions_that_are_no_networks_are_refused(folder, text, message):
    (folder / "wrong.py").write_text(text)
    sys.path.insert(0, str(folder))
    sys.modules.pop("wrong", None)
    with pytest.raises(UserError, match=message):
        OwnNetwork("wrong:build").resolve()
    sys.modules.pop("wrong", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "import sys\nsys.exit(3)",
            r"mine.py can't be read as a study: it called sys.exit\(3\) \(mine.py, line 2\): move",
        ),
        (
            "import argparse\nargparse.ArgumentParser().parse_args(['--typo'])",
            r"it called sys.exit\(2\) \(mine.py, line 2\)",
        ),
    ],
)
def test_a_study_file_that_ends_the_program_is_named(folder, text, message):
    (folder / "mine.py").write_text(text)
    with pytest.raises(UserError, match=message):
        studies.load("mine.py")


def test_a_network_that_ends_the_program_is_named_where_it_is_built(folder):
    network = "def build(input_shape, classes, hidden=0):\n    raise SystemExit('no width')\n"
    (folder / "small_nets.py").write_text(network)
    message = r"variant 'plain', .*can't be built: small_nets:build: it called sys.exit\('no width'\) \(small_nets.py"
    with pytest.raises(UserError, match=message):
        run("mine.py", out=folder / "out", quiet=True)


def test_what_fails_names_the_last_line_of_the_users_files(folder):
    (folder / "small_parts.py").write_text("NO_WIDTH = 4")
    study = (folder / "mine.py").read_text()
    (folder / "mine.py").write_text(f"{study}\n1 / 0\n")
    with pytest.raises(UserError, match="can't be read as a study: ImportError: .* .small_nets.py, line 4.$"):
        studies.load("mine.py")
    (folder / "small_parts.py").write_text("from keras import layers\n\nWIDTH = -4")
    with pytest.raises(
        UserError, match=f"ZeroDivisionError: division by zero .mine.py, line {study.count(chr(10)) + 2}.$"
    ):
        studies.load("mine.py")
    (folder / "mine.py").write_text(study)
    with pytest.raises(UserError, match="variant 'plain', .*can't be built: ValueError: .* .small_nets.py, line 9.$"):
        prove(studies.load("mine.py"), (8, 8, 1), 10)


@pytest.mark.parametrize("base", [{"model": "small_nets:build"}, {}])
def test_a_misspelt_recipe_field_is_known_where_fields_and_toggles_may_stand(folder, base):
    given = {"name": "mine", "question": "?", "dataset": "digits", "recipe": Recipe(epochs=1), "base": base}
    pair = (Variant("plain"), Variant("dropped", {"dropout": 0.1}))
    for declared in (
        {"variants": pair, "tuning": Tuning(grid={"learning_rat": (0.1, 0.2)})},
        {"factors": (Factor("learning_rat", 0.1, (0.2,)),)},
    ):
        with pytest.raises(
            UserError, match="unknown .* 'learning_rat': did you mean 'learning_rate'.*'batch_size'.*'dropout'"
        ):
            Study(**given, **declared)
    with pytest.raises(
        UserError, match=r"is a field of the recipe and no toggle: give it as Variant\('b', recipe=\{'warmup': 2"
    ):
        Study(**given, variants=(Variant("plain"), Variant("b", {"warmup": 2})))


def test_a_network_that_is_compiled_is_told_to_leave_it(folder):
    network = (folder / "small_nets.py").read_text()
    built = network.replace("return keras.Model(", "model = keras.Model(")
    assert built != network
    (folder / "small_nets.py").write_text(f"{built.rstrip()}\n    model.compile('adam', 'mse')\n    return model\n")
    with pytest.raises(UserError, match="small_nets:build compiles the network: leave `compile` out"):
        run("mine.py", out=folder / "out", quiet=True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("seeds=SEEDS", "mine.py can't be read as a study: NameError: name 'SEEDS' is not defined .mine.py, line"),
        ("seedz=100", "mine.py can't be read as a study: TypeError: .*'seedz' .mine.py, line"),
    ],
)
def test_a_mistake_in_a_study_with_its_own_augmentation_is_not_the_augmentations(folder, wrong, message):
    own = "def noise(images, generator):\n    return images\n\n\n"
    study = (folder / "mine.py").read_text().replace("STUDY = Study(", f"{own}STUDY = Study(")
    study = study.replace("augmentation=()", "augmentation=(noise,)")
    (folder / "mine.py").write_text(study)
    assert studies.load("mine.py").recipe.augmentation[0].startswith("mine:noise@")
    (folder / "mine.py").write_text(study.replace("seeds=1", wrong))
    with pytest.raises(UserError, match=message):
        studies.load("mine.py")


def test_functions_that_no_process_can_import_are_refused():
    with pytest.raises(UserError, match="must be a function at the top level of a module"):
        Variant("mine", {"model": lambda input_shape, classes: None})


@pytest.mark.parametrize(
    ("last", "message"),
    [
        ('layers.Dense(classes, activation="softmax")(x)', "must be logits: drop the softmax"),
        ("layers.Softmax(name='s')(layers.Dense(classes)(x))", "must be logits: drop the layer 's' .Softmax."),
        ("layers.Dense(classes + 1)(x)", "must be logits .batch, 10.; got"),
        ("x, classes", None),
    ],
)
def test_outputs_that_are_no_logits_are_refused(folder, last, message):
    text = f"""
    import keras
    from keras import layers


    def build(input_shape, classes):
        inputs = keras.Input(input_shape)
        x = layers.GlobalAveragePooling2D()(inputs)
        return keras.Model(inputs, {last}) if {message is not None} else 5
    """
    (folder / "wrong.py").write_text(textwrap.dedent(text))
    sys.path.insert(0, str(folder))
    sys.modules.pop("wrong", None)
    with pytest.raises(UserError, match=message or "returned int, not a Keras model"):
        OwnNetwork("wrong:build").build(input_shape=(8, 8, 1), classes=10)
    sys.modules.pop("wrong", None)


def test_logits_in_bfloat16_are_named_with_what_to_type(folder):
    study = studies.load("mine.py")
    study = replace(study, recipe=replace(study.recipe, precision="bfloat16"))
    assert build(study, study.arms[0], (8, 8, 1), 10).output.dtype == "float32"
    (folder / "small_nets.py").write_text((folder / "small_nets.py").read_text().replace('dtype="float32", ', ""))
    sys.modules.pop("small_nets")
    with pytest.warns(match="the logits are bfloat16, .*: give the last layer, 'classes', dtype='float32'"):
        prove(study, (8, 8, 1), 10)


TUPLES = """
from keras import Input, Model, layers


def build(input_shape, classes, widths=(4,), kernels=[3]):
    x = inputs = Input(input_shape)
    for width, kernel in zip((2,) + widths, [1] + kernels):
        x = layers.Conv2D(width, kernel)(x)
    return Model(inputs, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))
"""


def test_it_is_built_again_from_a_record_which_has_lists_for_tuples(folder, monkeypatch):
    (folder / "tuples.py").write_text(TUPLES)
    monkeypatch.delitem(sys.modules, "tuples", raising=False)
    toggles = OwnNetwork("tuples:build").resolve(widths=(8,), kernels=(3,))
    record = SimpleNamespace(data={"image_shape": [8, 8, 1], "classes": 10})
    record.toggles = {"model": "tuples:build", **json.loads(json.dumps(toggles))}
    assert [layer.filters for layer in rebuild(record).layers if hasattr(layer, "filters")] == [2, 8]
    record.toggles["widths"] = 8
    with pytest.raises(
        UserError, match="tuples:build raised TypeError: can only concatenate tuple.* .tuples.py, line 7.$"
    ):
        rebuild(record)
    sys.modules.pop("tuples", None)


@pytest.mark.jax
def test_it_is_run_resumed_bit_for_bit_and_reported(folder):
    whole = run("mine.py", out=folder / "whole", quiet=True)
    assert list(whole.trials["status"]) == ["done", "done"]
    assert whole.summary["params"].nunique() == 2
    with pytest.raises(KeyboardInterrupt):
        run_study(studies.load("mine.py"), folder / "cut", None, Interrupting, InProcessPool())
    assert not Store(folder / "cut" / "mine").load()
    resumed = run("mine.py", out=folder / "cut", quiet=True)
    assert results(resumed) == results(whole)
    page = report(load("mine.py", out=folder / "cut"))
    assert "Does a hidden layer help my network?" in page.read_text()


def test_processes_that_train_it_in_bfloat16_are_killed_and_others_end_its_trials(folder):
    whole = run("mine.py", out=folder / "whole", quiet=True, precision="bfloat16")
    run_study(whole.study, folder / "cut", None, Killing, ProcessPool(2))
    killed = load("mine.py", out=folder / "cut", precision="bfloat16")
    assert results(killed) == results(whole)
    assert max(record["attempts"] for record in killed.records) == 2


def test_a_network_that_is_edited_during_the_run_is_not_trained_under_its_old_name(folder):
    with pytest.raises(UserError, match="the source of plain was changed during the run|the source of hidden was"):
        run_study(studies.load("mine.py"), folder / "out", None, Editing, ProcessPool(1))
    assert not Store(folder / "out" / "mine").load()


def results(found):
    """What a trial's numbers are, whenever and in whichever process it ran."""
    return [(record.address, record.history, record.metrics, record.answers) for record in found.records]


class Interrupting(Reporter):
    """Interrupts the run after the first epoch."""

    def listener(self, number):
        return AfterFirstEpoch(lambda: signal.raise_signal(signal.SIGINT))


class Killing(Reporter):
    """Kills the workers after the first epoch of the run, by SIGKILL."""

    _killed = False

    def listener(self, number):
        return AfterFirstEpoch(self._kill)

    def _kill(self):
        if not self._killed:
            self._killed = True
            for child in psutil.Process().children(recursive=True):
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()


class Editing(Killing):
    """Changes the source of the network, and kills the worker, which another process replaces."""

    def _kill(self):
        Path("small_parts.py").write_text("WIDTH = 5", encoding="utf-8")
        super()._kill()


class AfterFirstEpoch(TrialListener):
    def __init__(self, act):
        self._act = act

    def epoch_done(self, row):
        if row["epoch"] == 1:
            self._act()
