"""Figures from records: which are drawn, what they say, and that a file tells whether it is stale."""

import re
from dataclasses import replace
from io import BytesIO

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from ablations.records.record import Record
from ablations.report.figures import files
from ablations.report.figures.drawing import DRAW
from ablations.report.figures.look import HEADS, look
from ablations.report.figures.numbers import parameter_numbers
from ablations.report.publish import findings_of
from ablations.study import Variant
from inception_keras.errors import UserError
from inception_keras.io.user_cache import VARIABLE
from tests.support.cli import run_python
from tests.support.drawn_trials import STUDY, TRIALS, record, section, shown

COUNTS = pd.DataFrame(
    [
        ("vgg16", "as published", "head_fc1", 100_000_000),
        ("vgg16", "as published", "head_classifier", 4_000_000),
        ("vgg16", "as published", "all of them", 104_000_000),
        ("vgg16", "as published", "the network with average pooling instead", 15_200_000),
        ("vgg16", "as published", "the network", 118_000_000),
    ],
    columns=["model", "form", "part", "params"],
)


def write(part, folder):
    return files.write_figures(shown(part), folder)


def expected_of(part):
    return files.expected_fingerprints(part, findings_of(part.study, [part]))


def texts(path):
    """The texts of an SVG file, in one line, with plain spaces."""
    return " ".join(re.findall(r"<text[^>]*>(.*?)</text>", path.read_text(encoding="utf-8"))).replace("\xa0", " ")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A section, the folder with its figures, and their paths."""
    root = tmp_path_factory.mktemp("figures")
    part = section(root / "heads", TRIALS)
    paths = write(part, root / "not" / "yet")
    return part, root / "not" / "yet", paths


def test_four_figures_as_wide_as_a_page(drawn):
    _, folder, paths = drawn
    stems = ("forest", "params", "macs", "curves")
    assert paths == [folder / f"{stem}.{suffix}" for stem in stems for suffix in ("png", "svg")]
    assert sorted(folder.iterdir()) == sorted(paths), "no other files"
    for path in paths:
        if path.suffix == ".png":
            with Image.open(path) as image:
                image.load()
                assert image.width == 1300, "6.5 inches at 200 dots per inch"
                assert 400 < image.height < 1400


def test_no_letter_is_too_small(drawn):
    for path in drawn[1].glob("*.svg"):
        assert min(map(float, re.findall(r"font-size: ([\d.]+)px", path.read_text(encoding="utf-8")))) >= 8


def test_each_says_what_it_shows_and_of_what(drawn):
    said = {path.stem: texts(path) for path in drawn[1].glob("*.svg")}
    for words in said.values():
        assert "heads (full, exploratory): digits, 2 epochs." in words
    for words in ("gap over fc (n = 3)", "difference in top-1 (points)", "claimed: 0.6 points", "within 0.3 points"):
        assert words in said["forest"], words
    assert "+4.00 (" in said["forest"], "the mean of 5, 4 and 3 points in the claim's direction"
    for words in ("gap (n = 3) 0.373 M", "fc (n = 3) 4.58 M", "1 M", "top-1 (%)", "95% interval over seeds"):
        assert words in said["params"], words
    assert "multiply-adds of the inference network" in said["macs"]
    for words in ("gap (n = 3)", "fc (n = 3)", "training", "epoch", "top-1 (%)", "95% interval over seeds"):
        assert words in said["curves"], words


def test_a_forest_names_its_measure_with_its_unit_and_split(tmp_path):
    """Overfitting is the difference between two splits, so no caption may name the test split."""
    row = {
        "first": "gap",
        "second": "fc",
        "n": 3,
        "effect": None,
        "difference": -0.4,
        "margin": 0.25,
        "seeds": [-1.0, 0.2],
        "images": None,
    }
    shared = {"study": "s", "section": "full", "dataset": "digits", "epochs": 2, "title": "t"}
    for metric, words in (
        ("overfitting", "training minus test top-1 (points)"),
        ("epochs_to_40", "within 0.25 epochs"),
    ):
        figure = DRAW["forest"]({**shared, "metric": metric, "rows": [{**row, "claimed": True}]})
        figure.savefig(tmp_path / "forest.svg")
        shown = (tmp_path / "forest.svg").read_text()
        assert words in shown
        assert "test split" not in shown


def test_the_numbers_are_means_in_points_with_their_intervals(drawn):
    numbers = shown(drawn[0])
    comparison = numbers["forest"]["rows"][0]
    assert comparison["difference"] == 4
    assert comparison["seeds"] == pytest.approx([1.51586, 6.48414]), "Student's t, 2 degrees of freedom"
    assert comparison["images"][0] < comparison["seeds"][0]
    gap, fc = numbers["params"]["rows"]
    assert gap["mean"] == 80.5
    assert gap["ends"] == pytest.approx([79.2579, 81.7421]), "4.30265 standard errors"
    assert (fc["count"], fc["n"]) == (4_575_586, 3)
    first, last = numbers["curves"]["rows"][1]["validation"]
    assert (first["mean"], first["ends"]) == (20, [20, 20])
    assert last["mean"] == 76.5


def test_a_file_tells_whether_it_is_stale(drawn, tmp_path):
    part, _, paths = drawn
    expected = expected_of(part)
    for path in paths:
        assert files.fingerprint(path) == expected[path.stem]
    changed = section(tmp_path, [record(0, 0, 161), *TRIALS[1:]])
    now = expected_of(changed)
    assert all(now[stem] != expected[stem] for stem in expected), "one image more is right"
    assert len(set(expected.values())) == 4


def test_a_file_from_elsewhere_has_no_fingerprint(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    (tmp_path / "a.svg").write_text("<svg><text>data 0123456789abcdef</text></svg>")
    assert files.fingerprint(tmp_path / "a.png") is None
    assert files.fingerprint(tmp_path / "a.svg") is None


def test_the_same_records_give_the_same_bytes(drawn, tmp_path, monkeypatch):
    part, _, paths = drawn
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))  # another one: nothing is kept from the first drawing
    again = write(part, tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths]


def test_the_users_own_settings_change_nothing(drawn, tmp_path):
    import matplotlib

    part, _, paths = drawn
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "svg.fonttype": "path"}):
        again = write(part, tmp_path)
        assert matplotlib.rcParams["font.size"] == 20, "they are left as they were"
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths]


def test_nothing_is_drawn_where_there_is_nothing(tmp_path):
    part = section(tmp_path / "s", [record(0, 0, 0, status="failed"), record(1, 0, 0, status="diverged")])
    assert write(part, tmp_path / "f") == []
    assert expected_of(part) == {}
    assert not (tmp_path / "f").exists()


def test_without_a_pair_there_is_no_forest(tmp_path):
    part = section(tmp_path, TRIALS[:3])
    assert list(shown(part)) == ["curves"], "nor a chart of one point"


def test_without_a_history_there_are_no_curves(tmp_path):
    part = section(tmp_path, [Record({**trial, "history": []}) for trial in TRIALS])
    assert list(shown(part)) == ["forest", "params", "macs"]


def test_a_single_seed_has_points_and_no_interval(tmp_path):
    part = section(tmp_path, [TRIALS[0], TRIALS[3]], answers=False)
    write(part, tmp_path / "f")
    row = shown(part)["forest"]["rows"][0]
    assert (row["seeds"], row["images"]) == (None, None)
    for path in (tmp_path / "f").glob("*.svg"):
        assert "interval" not in texts(path)
        assert "n = 1" in texts(path)


def test_a_trial_that_diverged_is_left_out(tmp_path):
    few = section(tmp_path / "few", TRIALS)
    more = section(tmp_path / "more", [*TRIALS, record(1, 3, 0, status="diverged"), record(2, 0, 0, status="diverged")])
    assert expected_of(more) == expected_of(few)


def test_without_a_claim_nothing_is_marked_as_claimed(tmp_path):
    part = section(tmp_path, TRIALS, replace(STUDY, claim=None), answers=False)
    write(part, tmp_path / "f")
    words = texts(tmp_path / "f" / "forest.svg")
    assert "claimed" not in words
    assert "counts as equal" not in words
    assert "heads (full): digits" in words


def test_the_claim_is_marked_on_its_own_row(tmp_path):
    trials = [*TRIALS, *(record(2, seed, 150) for seed in range(3))]
    part = section(tmp_path, trials, answers=False)
    assert [row["claimed"] for row in shown(part)["forest"]["rows"]] == [True, False]
    write(part, tmp_path)
    dashed = re.findall(r"stroke-dasharray", (tmp_path / "forest.svg").read_text(encoding="utf-8"))
    assert len(dashed) == 2, "one on the row, one in the legend"


def test_many_variants_are_named_under_the_plot(tmp_path):
    arms = (Variant("gap"), *(Variant(f"fc_{units}", {"head": "fc", "fc_units": (units,)}) for units in range(1, 11)))
    many = replace(STUDY, variants=arms, claim=None)
    made = [record(number, 0, 150 + number, study=many, params=372_578 + number) for number in range(len(arms))]
    write(section(tmp_path, made, many, answers=False), tmp_path)
    assert all(f"{arm.name} (n = 1), 0.373 M" in texts(tmp_path / "params.svg") for arm in arms)


def test_labels_of_near_points_cover_neither_each_other_nor_the_edge(tmp_path):
    trials = [record(arm, seed, 150 + 9 * seed, params=372_578 + arm) for arm in range(3) for seed in range(2)]
    write(section(tmp_path, trials, answers=False), tmp_path)
    text = (tmp_path / "params.svg").read_text(encoding="utf-8").replace("\xa0", " ")
    places = re.findall(r'translate\(([\d.]+) ([\d.]+)\)">(\w+ \(n = 2\))<', text)
    spots = [(float(x), float(y), 4.4 * len(words)) for x, y, words in places]
    assert len(spots) == 3
    for number, (x, y, width) in enumerate(spots):
        assert x > 0
        assert x + width < 6.5 * 72
        for other_x, other_y, other_width in spots[:number]:
            apart = x + width <= other_x or other_x + other_width <= x or abs(y - other_y) >= 18
            assert apart, "a label has two lines of 8 points"


def test_parameters_by_part(tmp_path):
    written = files.write_parameters_figure(COUNTS, tmp_path)
    assert [path.name for path in written] == [
        f"parameters{end}" for end in (".png", ".svg", "-narrow.png", "-narrow.svg")
    ]
    for words in ("VGG16, fully connected", "VGG16, average pooling", "118.0 M", "15.2 M", "convolutions", "fc1"):
        assert words in texts(written[1]) and words in texts(written[3]), words
    caption = texts(written[1])
    assert "GoogLeNet has no hidden fully connected layers before its classifier" in caption, "that is a linear layer"
    full, pooled = parameter_numbers(COUNTS)["rows"]
    assert full["parts"] == {"convolutions": 14_000_000, "fc1": 100_000_000, "classifier": 4_000_000}
    assert pooled["parts"] == {"convolutions": 14_000_000, "classifier": 1_200_000}
    read = pd.read_csv(BytesIO(COUNTS.to_csv(index=False).encode()))
    for path in written:
        assert files.fingerprint(path) == files.expected_parameters_fingerprint(read)


def test_a_drawing_is_kept_until_its_numbers_change(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    drawn = []

    def draw(numbers):
        drawn.append(numbers["top"])
        figure = Figure(figsize=(1, 1))
        figure.subplots().set_ylim(0, numbers["top"])
        return figure

    def written(top):
        return [path.read_bytes() for path in files.write_drawing(tmp_path, "own", {"top": top}, draw)]

    first, again, other = written(1), written(1), written(2)
    assert drawn == [1, 2] and first == again and all(old != new for old, new in zip(first, other, strict=True))


def test_matplotlib_is_loaded_only_to_draw():
    code = "import ablations.cli.views, ablations.report.html.pages, ablations.report.publish, sys; "
    answer = run_python(code + "sys.exit('matplotlib' in sys.modules)")
    assert answer.returncode == 0, answer.stderr


def test_a_folder_that_cannot_be_written_is_a_users_mistake(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be written"):
        files.write_parameters_figure(COUNTS, tmp_path / "file")


def test_figures_without_data_are_deleted(drawn, tmp_path):
    part = drawn[0]
    write(part, tmp_path)
    write(section(tmp_path / "s", TRIALS[:3]), tmp_path)
    assert {path.stem for path in tmp_path.glob("*.png")} == {"curves"}


def test_a_head_has_its_colour_in_every_study(tmp_path):
    turned = replace(STUDY, variants=(Variant("fc"), Variant("gap", {"head": "gap"})), claim=None, base={"head": "fc"})
    for number, study in enumerate((replace(STUDY, claim=None), turned)):
        made = [record(arm, 0, 150 + arm, study=study, params=1000 + arm) for arm in range(2)]
        rows = shown(section(tmp_path / str(number), made, study, answers=False))["params"]["rows"]
        assert {row["variant"]: look(row)["color"] for row in rows} == {name: HEADS[name] for name in ("gap", "fc")}


def test_the_maximum_has_a_colour_of_its_own(tmp_path):
    maximum = Variant("max", {"head": "fc", "fc_input": "max", "fc_units": ()})
    study = replace(STUDY, claim=None, variants=(Variant("gap"), maximum))
    made = [record(arm, 0, 150 + arm, study=study, params=1000 + arm) for arm in range(2)]
    rows = shown(section(tmp_path, made, study, answers=False))["params"]["rows"]
    assert [row["head"] for row in rows] == ["gap", "max"]


def test_no_accuracy_is_under_0_or_over_100_percent(tmp_path):
    far = [record(0, seed, right) for seed, right in enumerate((100, 200))]
    far += [record(1, seed, right, params=1_000_000) for seed, right in enumerate((0, 150))]
    made = shown(section(tmp_path, far))
    assert [row["ends"] for row in made["params"]["rows"]] == [[0, 100], [0, 100]], "Student's go far beyond"
    assert [row["validation"][-1]["ends"] for row in made["curves"]["rows"]] == [[0, 100], [0, 100]]
    for stem in ("params", "macs", "curves"):
        (axes,) = DRAW[stem](made[stem]).axes
        assert axes.get_ylim() == (0, 100), stem


def test_trainable_parameters_leave_out_a_frozen_trunk(tmp_path):
    """Of 380,174 and 441,614 parameters a study of heads trained 2,570 and 64,010: 25 times as many, not 1.16."""
    frozen = replace(STUDY, base={"freeze": "trunk"})
    sizes = {0: (380_174, 2_570), 1: (441_614, 64_010)}
    made = [record(arm, 0, 150 + arm, study=frozen, params=whole) for arm, (whole, _) in sizes.items()]
    heads = [Record({**one, "params": sizes[one.arm][0], "head_params": sizes[one.arm][1]}) for one in made]
    numbers = shown(section(tmp_path, heads, frozen, answers=False))["params"]
    assert [row["count"] for row in numbers["rows"]] == [2_570, 64_010]
    assert numbers["title"] == "Highest top-1: fc, with 24.9 times the trainable parameters of the smallest variant"
    auxiliary = [
        Record({**one, "params": one["params"] + 500, "head_params": one["head_params"] + 500}) for one in heads
    ]
    assert auxiliary[0].trained_params == 2_570, "auxiliary heads are in the training graph alone"


def test_points_are_named_by_their_labels_in_short_lines(tmp_path):
    label = "average pooling on the flattened map's trunk"
    study = replace(STUDY, claim=None, variants=(Variant("gap", label=label), Variant("fc", {"head": "fc"})))
    made = [record(arm, 0, 150 + arm, study=study, params=1000 + arm) for arm in range(2)]
    figure = DRAW["params"](shown(section(tmp_path, made, study, answers=False))["params"])
    (axes,) = figure.axes
    named, _ = (text.get_text().replace("\N{NO-BREAK SPACE}", " ").split("\n") for text in axes.texts)
    assert named == ["average pooling on the", "flattened map's trunk", "(n = 1)", "1 k"]
