"""`run` and `report` end in what was found and what to type next."""

from dataclasses import replace

from ablations.evidence.sections import sections
from ablations.records import locks
from ablations.records.store import Store
from ablations.report.closing import closing
from ablations.report.publish import findings_of
from ablations.study import Tuning
from tests.support.trials import CLAIMED, FC, GAP, TRAINED, fill, fill_rungs

EPOCHS = CLAIMED.recipe.epochs
FEW = replace(TRAINED, seeds=3)


def told(store: Store, study, options="") -> tuple[str, str]:
    parts = sections(store, study)
    return closing(parts[0], findings_of(study, parts), "mine.py", options)


def test_a_settled_claim_leads_to_its_figures(tmp_path):
    study = TRAINED
    found, step = told(fill_rungs(Store(tmp_path), study, {"gap": GAP, "fc": FC}, before=0.2), study)
    assert found.startswith("Found: fc better by 1.00 [") and "the claim “the head helps” is reproduced: " in found
    assert step == "Next: `python -m ablations report mine.py --open` shows the figures on a page."


def test_trials_that_are_missing_are_to_be_trained(tmp_path):
    found, step = told(fill(Store(tmp_path), CLAIMED, {"gap": GAP, "fc": FC[:5]}), CLAIMED, "--out there")
    assert "is not judged: " in found
    assert step == "Next: `python -m ablations run mine.py --out there` trains what is missing."


def test_too_few_seeds_are_counted(tmp_path):
    _, step = told(fill_rungs(Store(tmp_path), FEW, {"gap": GAP[:3], "fc": FC[:3]}, before=0.2), FEW)
    number = int(step.partition("--seeds ")[2].partition("`")[0])
    assert number >= 6 and "trains as many seeds as a verdict needs; the ledger counts what the study declares" in step


def test_a_lock_covers_no_more_seeds(tmp_path):
    lock, study = locks.write_lock(FEW, tmp_path, "abc").stem, FEW
    store = fill_rungs(Store(tmp_path), study, {"gap": GAP[:3], "fc": FC[:3]}, before=0.2, lock=lock)
    _, step = told(store, study)
    assert " seeds would tell: declare `first_seed=3, seeds=" in step and "its lock covers no more" in step


def test_without_rungs_no_command_is_offered(tmp_path):
    _, step = told(fill(Store(tmp_path), CLAIMED, {"gap": GAP, "fc": FC}), CLAIMED)
    assert step == (
        f"Next: only longer training can settle it: declare `epochs={2 * EPOCHS}` in the recipe and "
        f"`rungs=({EPOCHS}, {2 * EPOCHS})` in the study."
    )


def test_a_lock_takes_other_seeds_for_rungs(tmp_path):
    lock = locks.write_lock(CLAIMED, tmp_path, "abc").stem
    _, step = told(fill(Store(tmp_path), CLAIMED, {"gap": GAP, "fc": FC}, lock=lock), CLAIMED)
    assert step.endswith("; these seeds are known: take others, `first_seed=8`, and lock the study again.")


def test_an_arm_that_guesses_is_to_be_tuned(tmp_path):
    found, step = told(fill_rungs(Store(tmp_path), TRAINED, {"gap": GAP, "fc": [10.0] * 8}, before=0.0), TRAINED)
    assert "is not judged: fc seeds 0 to 7: ended at chance" in found
    assert step.startswith("Next: more epochs or a lower learning rate may train them: declare `tuning=Tuning(grid={")
    assert step.endswith(
        f", epochs={TRAINED.recipe.epochs})` in the study, then type `python -m ablations tune mine.py`."
    )
    declared = eval(step.partition("`tuning=")[2].partition("` in the study")[0], {"Tuning": Tuning})
    assert declared.grid["learning_rate"][-1] == TRAINED.recipe.learning_rate


def test_a_study_without_a_claim_names_its_best_variant(tmp_path):
    study = replace(CLAIMED, claim=None)
    found, step = told(fill(Store(tmp_path), study, {"gap": GAP, "fc": FC}), study)
    assert found == "Found: fc has the highest top-1, 81.2% (n = 8); the study states no claim."
    few, _ = told(fill(Store(tmp_path / "few"), study, {"gap": GAP[:2], "fc": FC[:2]}), study)
    assert few == "Found: no difference between the arms is shown (n = 2); the study states no claim."
    assert "--open" in step
