"""`--precision auto`: the precision in which a machine is fast."""

import pytest

from ablations import environment
from ablations.cli import options
from ablations.cli.options import slow_precision, with_precision
from ablations.study import Trial
from inception_keras import UserError
from tests.support.bench import TINY


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with a processor of these flags and GPUs of these compute capabilities."""

    def make(flags: str, capabilities: str = ""):
        cpuinfo = tmp_path / "cpuinfo"
        cpuinfo.write_text(f"processor\t: 0\n{flags}\n\nprocessor\t: 1\n{flags}\n")
        monkeypatch.setattr(environment._instructions, "__defaults__", (cpuinfo,))
        monkeypatch.setattr(environment, "ask_nvidia", lambda field: {"compute_cap": capabilities.split()}[field])

    return make


@pytest.mark.parametrize(
    ("flags", "capabilities", "expected"),
    [
        ("flags\t\t: fpu avx2 avx512f", "", "float32"),
        ("flags\t\t: fpu avx512f avx512_bf16", "", "bfloat16"),
        ("Features\t: asimd bf16", "", "bfloat16"),  # ARM
        ("bugs\t\t: bf16", "", "float32"),
        ("flags\t\t: avx512_bf16", "7.5\n9.0", "float32"),  # trials may land on the older GPU
        ("flags\t\t: avx2", "9.0", "bfloat16"),
    ],
)
def test_auto_takes_what_is_fast(machine, flags, capabilities, expected):
    machine(flags, capabilities)
    assert environment.fastest_precision() == expected
    assert with_precision(TINY, "auto").recipe.precision == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t\t: fpu avx2", "avx2"),
        ("flags\t\t: avx2 avx512f avx512_bf16", "avx512_bf16"),
        ("flags\t\t: avx2 avx512f avx512_bf16 amx_bf16 amx_tile", "amx_bf16"),
        ("Features\t: asimd bf16", "bf16"),
        ("", "riscv64"),
    ],
)
def test_a_processor_is_named_after_its_fastest_instructions(machine, monkeypatch, flags, expected):
    machine(flags)
    monkeypatch.setattr(environment.platform, "machine", lambda: "RISCV64")
    assert environment.processor_kind() == expected


def test_another_precision_is_another_experiment():
    before, after = (Trial(study, TINY.arms[0], 0) for study in (TINY, with_precision(TINY, "bfloat16")))
    assert before.configuration() != after.configuration()
    assert before.experiment() != after.experiment()


def test_a_study_keeps_its_own():
    assert with_precision(TINY, None) == with_precision(TINY, "float32") == TINY


def test_an_unknown_one_is_named():
    with pytest.raises(UserError, match="did you mean 'bfloat16'"):
        with_precision(TINY, "bfloat61")


@pytest.mark.parametrize(("flags", "warned"), [("flags\t\t: avx2", True), ("flags\t\t: avx512_bf16", False)])
def test_a_run_in_bfloat16_is_warned_where_it_is_slow(machine, monkeypatch, flags, warned):
    machine(flags)
    monkeypatch.setattr(options, "has_other_accelerator", lambda: False)
    found = slow_precision(with_precision(TINY, "bfloat16"))
    assert (found is not None and "--precision float32" in found) == warned
    told = slow_precision(with_precision(TINY, "bfloat16"), may_change=False)
    assert (told is not None and "13 times as long" in told and "--precision" not in told) == warned
    assert slow_precision(TINY) is None
