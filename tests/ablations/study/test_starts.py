"""Where trainings start: files are named with their hash, and a default start leaves no trace in an address."""

import pytest

from ablations import studies
from ablations.study import Recipe, Study, Variant
from ablations.study.arms import resolve
from ablations.study.stated_toggles import stated
from inception_keras import UserError

SLIM = "slim/inception_v1_2016_08_28.tar.gz@7a620c430fca"
FILE = "trunk.weights.h5@0123456789ab"


def study(**base) -> Study:
    return Study(
        name="heads", question="?", dataset="digits", recipe=Recipe(epochs=1), base=base, seeds=1,
        variants=(Variant("gap"), Variant("fc", {"head": "fc"})),
    )  # fmt: skip


def test_a_network_starts_at_random_and_is_trained_whole_unless_it_is_said():
    toggles = resolve({})
    assert (toggles["weights"], toggles["freeze"]) == (None, "none")
    assert {"weights", "freeze"}.isdisjoint(stated(toggles))


@pytest.mark.parametrize("name", ["imagenet", "slim", SLIM])
def test_published_weights_are_stated_with_their_file_and_its_hash(name):
    toggles = resolve({"preset": "slim", "weights": name})
    assert toggles["weights"] == stated(toggles)["weights"] == SLIM
    assert resolve(toggles) == toggles


def test_starts_are_told_apart_by_addresses():
    starts = ({}, {"weights": FILE}, {"weights": FILE, "freeze": "trunk"}, {"weights": FILE.replace("0", "1")})
    addresses = {str(study(**start).trials()[0].configuration()) for start in starts}
    assert len(addresses) == len(starts)


def test_a_frozen_trunk_is_a_factor():
    arms = (Variant("frozen"), Variant("trained", {"freeze": "none"}))
    made = Study(
        name="freezing", question="?", dataset="digits", recipe=Recipe(epochs=1), variants=arms, seeds=1,
        base={"weights": FILE, "freeze": "trunk"},
    )  # fmt: skip
    assert [made.toggles(arm)["freeze"] for arm in made.arms] == ["trunk", "none"]


@pytest.mark.parametrize(
    ("toggles", "words"),
    [
        ({"weights": "trunk.weights.h5"}, "a file with the beginning of its SHA-256, such as 'trunk.weights.h5@"),
        ({"weights": "imagnet"}, "is the name of published weights, such as 'imagenet', or a file"),
        ({"weights": "imagenet"}, "scaled as 'caffe', and studies scale them as 'tf', to -1..1"),
        ({"weights": "slim", "preset": "slim", "width": 0.5}, "are for width=1.0; got 0.5"),
        ({"weights": "keras", "model": "inception_v3"}, "no SHA-256 is published of the keras weights of inception_v3"),
        ({"weights": "imagenet", "model": "zfnet"}, "the nearest form with one is 'alexnet'"),
        ({"freeze": "trunks"}, "did you mean 'trunk'"),
    ],
)
def test_a_start_that_cannot_be_is_refused(toggles, words):
    with pytest.raises(UserError) as error:
        resolve(toggles)
    assert words in str(error.value)


def test_the_study_of_transfer_starts_from_what_slim_published():
    made = studies.load("transfer")
    assert made.toggles(made.baseline)["weights"] == resolve({"preset": "slim", "weights": "slim"})["weights"]
    assert made.reduce().toggles(made.baseline)["weights"] is None, "continuous integration fetches nothing"
