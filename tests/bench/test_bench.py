"""The benches: one tiny case through the same code, the shape of their rows, their documents."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from latent_levers.core.base.execution import plain_tensors
from latent_levers.core.concepts.region import Region
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import (
    StyleGAN2,
    StyleGAN2Settings,
)

from bench import columns, families, methods, networks, report, second_region, styles
from bench.cases import CASES
from bench.children import ROOT
from bench.columns import Plan
from bench.convolutions import Convolution, Recorder, bare
from bench.families import Family
from bench.networks import Workload, load_workload, standard
from bench.published import draw, pixel_rows
from bench.rows import Row, machine, row_of
from bench.thresholds import THRESHOLDS, Table

WHOLE = ("linearised-float32", "linearised-bfloat16", "vmap-jvp")
PLAN = Plan(0.0, (2,), (3,), whole=WHOLE, peaks=False, slowest=math.inf)
KEYS = {"case", "method", "ms_per_column", "total_s", "peak_mb", "angle"}


@pytest.fixture(scope="module")
def tiny() -> Workload:
    channels = {4: 8, 8: 8, 16: 6}
    settings = StyleGAN2Settings(z_dim=48, w_dim=48, channels=channels, mapping_widths=(48,))
    workload = standard(untrained("stylegan2", settings))
    return replace(workload, region=Region.box(8, 4, 6, 8, 16))


@pytest.fixture(scope="module")
def rows(tiny: Workload) -> list[Row]:
    return columns.measure("tiny-16-W", PLAN, tiny)


def test_every_method_has_a_row_with_the_agreed_keys(rows: list[Row]) -> None:
    found = {row.method: json.loads(json.dumps(row.as_json())) for row in rows}
    assert {
        "reverse-per-pixel",
        "reverse-per-pixel-shared",
        "vmap-jvp",
        "linearised-float32",
        "linearised-bfloat16",
        "convolutions",
        "exact",
        "fast",
    } <= set(found)
    for row in found.values():
        assert set(row) >= KEYS
        assert row["case"] == "tiny-16-W"
        assert row["ms_per_column"] > 0
        assert row["total_s"] > 0
        assert row_of(row).as_json() == row
    assert found["reverse-per-pixel"]["extrapolated"]
    assert "extrapolated" not in found["linearised-float32"]


def test_angles_are_those_of_the_precision(rows: list[Row]) -> None:
    found = {row.method: row for row in rows}
    assert found["linearised-float32"].more["reference_residual"] < 1e-9
    assert found["linearised-float32"].more["difference_to_jvp_float64"] < 1e-10
    for method, least, most in (
        ("linearised-float32", 0, 1e-4),
        ("exact", 0, 1e-4),
        ("fast", 0, 1e-3),
        ("linearised-bfloat16", 1e-4, 1),
    ):
        angle = found[method].angle
        assert angle is not None
        assert least <= angle <= most, method


def test_a_row_of_the_published_formulation_is_a_row_of_the_jacobian(tiny: Workload) -> None:
    network = tiny.gan.network
    assert isinstance(network, StyleGAN2)
    with plain_tensors(), torch.enable_grad():
        point = tiny.image().point.clone().requires_grad_()
        image = draw(network, tiny.gan.layer_codes(tiny.code) + point)
        function = tiny.image().function
        torch.testing.assert_close(image[0], function(point), rtol=1e-4, atol=1e-4)
        found = pixel_rows(image, point, 0, 3)
        jacobian = torch.func.jacrev(function)(point.detach()).flatten(0, 2)
    for row in found:
        distances = (jacobian - row).norm(dim=1) / row.norm()
        assert distances.min() < 1e-3


def test_bare_convolutions_are_those_that_mix_channels_in_every_stage(tiny: Workload) -> None:
    with plain_tensors():
        push = methods.linearised_columns(tiny, torch.float32)
        with Recorder() as recorder:
            push(4)
        found = list(recorder.found.values())
        assert len(found) == 5  # of 4, 8 and 16 pixels, without filters and pictures
        assert all(each.weight.shape[2:] == (3, 3) for each in found)
        assert all(sum(n * s[0] for s, n in each.calls.items()) == 4 for each in found)
        assert all(each.in_whole(4, 1.0) is each for each in found)  # too small to be cut
        limit = bare(lambda: push(4), 4)
        with Recorder() as again:
            limit.whole()
        assert [each.calls for each in again.found.values()] == [each.calls for each in found]
        assert limit.cut is None


def test_bands_of_rows_are_put_together_again() -> None:
    calls = Counter({(1, 6, 34, 64): 6, (1, 6, 33, 64): 6})  # three tangents in four bands each
    weight = torch.zeros(5, 6, 3, 3)
    cut = Convolution(torch.conv2d, weight, {}, torch.float32, torch.channels_last, calls)
    assert cut.in_whole(3, 2.0).calls == Counter({(1, 6, 128, 64): 3})


def test_w_plus_by_style_has_the_gram_of_its_columns(tiny: Workload) -> None:
    found = {row.method: row for row in styles.measure("tiny-16-W+", 0.0, (1, 3), tiny)}
    assert found["by-style"].more["gram_difference"] < 1e-5
    assert found["full-depth-columns"].more["columns"] == 5 * 48
    assert found["by-style"].more["columns"] == sum(s.channels for s in tiny.gan.spec.styles)


def test_columns_of_w_plus_are_counted() -> None:
    found = {row.method: row.more for row in styles.counts("counted")}
    assert found["full-depth-columns"]["columns"] == 8704
    assert found["by-style-convolutions"]["columns"] == 6048
    assert found["by-style-pictures"]["columns"] == 3040
    assert 5300 < found["by-style-convolutions"]["full_depth_passes"] < 5500
    alone = found["by-style-convolutions"]["passes_own_channel_alone"]
    assert alone < found["by-style-convolutions"]["full_depth_passes"]


def test_a_second_region_is_held_against_the_first(tiny: Workload) -> None:
    found = {row.method: row for row in second_region.measure("second-region", 1, tiny)}
    assert set(found) == {"first-region", "second-region-mouth", "second-region-half"}
    assert found["second-region-mouth"].more["ratio"] > 0


def test_the_standard_network_is_that_which_was_agreed() -> None:
    workload = load_workload("stylegan2-64-W")
    state = workload.gan.network.state_dict()
    assert float(state["synthesis.b8.conv0.noise_strength"]) == pytest.approx(0.1)
    assert workload.gan.spec.styles[-1].channels == 256
    draw = torch.Generator().manual_seed(0)
    assert torch.equal(workload.code.values, torch.randn(1, 1, 512, generator=draw))
    assert workload.region.weights[0, 46, 32] == 1  # the mouth of an aligned face


def test_thresholds_say_what_holds_and_what_was_not_measured() -> None:
    case = "stylegan2-256-W"
    table = Table(
        [
            Row(case, "reverse-per-pixel", total_s=900.0),
            Row(case, "linearised-float32", 2.0, 1.0, angle=2e-4),
            Row(case, "convolutions", 1.7),
        ]
    )
    judged = {threshold.title: threshold.judge(table) for threshold in THRESHOLDS}
    assert judged[f"{case}: exact columns against one pixel at a time"] == (
        "at least 800",
        "900",
        "holds",
    )
    assert judged[f"{case}: share of the speed of bare convolutions"][2] == "holds"
    assert judged[f"{case}: angle of exact columns"] == (
        "at most 0.0001",
        "0.0002",
        "does not hold",
    )
    assert judged[f"{case}: angle of the fast mode"][2] == "not measured"


def test_documents_keep_what_stands_around_the_measured_part(
    tmp_path: Path, rows: list[Row]
) -> None:
    path = tmp_path / "performance.md"
    report.write(path, "a machine", rows)
    path.write_text(path.read_text().replace("# Performance", "# Performance\n\nBy hand."))
    report.write(path, machine(), rows)
    text = path.read_text()
    assert "By hand." in text
    assert "a machine" not in text
    assert machine() in text
    assert text.count("linearised-float32 |") == 1


def test_the_quick_cases_are_those_that_were_agreed() -> None:
    quick = {name for name, case in CASES.items() if case.quick}
    assert quick == {
        "stylegan2-64-W",
        "stylegan2-256-W",
        "solve-512",
        "solve-9216",
        "second-region",
        *(family.case for family in families.FAMILIES if family.quick),
    }


def test_every_architecture_is_measured_in_full_and_quickly() -> None:
    folders = (ROOT / "core" / "generators" / "architectures").glob("*/architecture.py")
    kinds = {path.parent.name for path in folders}
    quick = [family for family in families.FAMILIES if family.quick]
    for some in (families.FAMILIES, quick):
        assert {family.network.split("-")[0] for family in some} == kinds
    assert all(family.case in CASES for family in families.FAMILIES)


def test_products_alone_are_held_against_all_columns() -> None:
    forward, dense, free = families.measure(Family("dcgan-64", "Z", "DCGAN"), apart=False)
    assert forward.more["extrapolated"]
    assert "extrapolated" not in dense.more
    assert free.angle is not None
    assert free.angle < 1e-3
    for row in (forward, dense, free):
        assert row.more["processor_s"] > 0
        assert (row.total_s or 0) > 0
    ratio = free.more["processor_s"] / dense.more["processor_s"]
    assert free.more["of_dense_processor_time"] == pytest.approx(ratio)


def test_sampled_columns_are_said_to_be_extrapolated(
    tiny: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "_GENERATORS", {"tiny-16": lambda: tiny.gan})
    family = Family("tiny-16", "S", "Tiny", sampled=True)
    _, dense, free = families.measure(family, apart=False)
    assert dense.more["extrapolated"]
    assert free.angle is None
    assert free.more["products"] > 0
    (case,) = {free.case, dense.case}
    assert case == "tiny-16-S"


def test_one_case_is_measured_anew_and_the_others_stay(tmp_path: Path) -> None:
    """Its section names its own machine; its targets are judged again, those of others kept."""
    path = tmp_path / "performance.md"
    first, second = "stylegan2-256-W", "second-region"
    old = [
        Row(first, "linearised-float32", 2.0, 1.0, angle=2e-4),
        Row(second, "second-region-mouth", total_s=1.0, more={"ratio": 90.0}),
    ]
    report.write(path, "one machine", old)
    new = [Row(second, "second-region-mouth", total_s=1.0, more={"ratio": 120.0})]
    report.write(path, "another machine", new, keep=True)
    text = path.read_text()
    assert text.count("Measured on: one machine.") == 1
    assert text.count(f"Measured on: another machine; `python -m bench {second}`.") == 1
    assert "ratio 120" in text
    assert "ratio 90" not in text
    assert f"| {second}: mouth against a first region | at least 100 | 120 | holds |" in text
    assert f"| {first}: angle of exact columns | at most 0.0001 | 0.0002 | does not hold |" in text
    assert text.count("## ") == 3
    order = [line.split(":")[0] for line in text.splitlines() if line.startswith("## ")]
    assert order == ["## Targets", f"## {first}", f"## {second}"]
    report.write(path, "another machine", new, keep=True)
    assert path.read_text() == text


def test_a_method_that_is_slow_has_no_whole_jacobian(tiny: Workload) -> None:
    plan = replace(PLAN, whole=("linearised-float32", "vmap-jvp"), slowest=0.0, fast=False)
    found = {row.method: row for row in columns.measure("tiny-16-W", plan, tiny)}
    assert found["vmap-jvp"].more["extrapolated"]
    assert found["vmap-jvp"].angle is None
