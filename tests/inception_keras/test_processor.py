"""The processor is named after the instructions with which it multiplies matrices."""

import platform

import pytest

from inception_keras import processor


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t\t: fpu avx2", "avx2"),
        ("flags\t\t: avx2 avx512f", "avx512f"),
        ("flags\t\t: avx2 avx512f avx512_bf16", "avx512_bf16"),
        ("flags\t\t: avx2 avx512f avx512_bf16 amx_bf16 amx_tile", "amx_bf16"),
        ("Features\t: asimd bf16", "bf16"),
        ("bugs\t\t: avx2", "riscv64"),
        (None, "riscv64"),
    ],
)
def test_a_processor_is_named_after_its_fastest_instructions(tmp_path, monkeypatch, flags, expected):
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    if flags is not None:  # macOS and Windows have no such file
        processor.CPUINFO.write_text(f"processor\t: 0\n{flags}\n\nprocessor\t: 1\n{flags}\n")
    monkeypatch.setattr(platform, "machine", lambda: "RISCV64")
    assert processor.processor_kind() == expected
