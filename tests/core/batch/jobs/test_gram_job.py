"""Grams in shards: the bits of `resefa`, resumed, kept in few files, refused elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import wide
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.engines import ENGINES
from latent_levers.core.batch.engines.engine import run_shards
from latent_levers.core.batch.jobs.generator_file import GeneratorFile
from latent_levers.core.batch.jobs.gram_files import sum_files
from latent_levers.core.batch.jobs.gram_job import GramJob, measure_gram_sum, prepare_gram_job
from latent_levers.core.batch.locks import hold_lock
from latent_levers.core.levers.grams.region_grams import RegionTask

LOCAL = ENGINES["local"]
COUNT = 70


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> tuple[RegionTask, GeneratorFile]:
    """A tiny generator in a file, and the Grams of a box at seventy codes: five shards."""
    path = ll.save_generator(wide(), tmp_path_factory.mktemp("gan") / "gan.safetensors")
    gan = ll.load_generator(path)
    codes, box = ll.sample_latents(gan, COUNT), ll.Region.box(1, 2, 3, 2, gan.spec.img_size)
    file = GeneratorFile.of(str(path), {}, fingerprint=gan.spec.fingerprint)
    return RegionTask(gan, codes, box), file


def job_of(task: tuple[RegionTask, GeneratorFile], folder: Path) -> GramJob:
    """The job in a folder."""
    return prepare_gram_job(*task, folder)


def test_shards_in_any_order_give_the_bits_of_one_loop(
    task: tuple[RegionTask, GeneratorFile], tmp_path: Path
) -> None:
    """Interrupted after two shards, and resumed; two files are left of five shards."""
    job = job_of(task, tmp_path / "grams")
    assert run_shards(LOCAL, job, [4, 1]) == 2
    job = job_of(task, tmp_path / "grams")
    steps: list[tuple[int, int]] = []
    sums = measure_gram_sum(job, LOCAL, progress=lambda *step: steps.append(step))
    assert steps[0] == (100 * 22, 100 * COUNT)
    assert steps[-1] == (100 * COUNT, 100 * COUNT)
    spans = sorted((start, stop) for start, stop, _ in sum_files(job.folder))
    assert spans == [(0, 64), (64, 70)]
    found, expected = sums.finish(), task[0].averages()
    assert torch.equal(found.overall.a, expected.overall.a)
    assert torch.equal(found.overall.b, expected.overall.b)
    assert found.divisors == expected.divisors
    again = measure_gram_sum(job_of(task, tmp_path / "grams"), LOCAL).finish()
    assert torch.equal(again.overall.a, expected.overall.a)


def test_what_a_kill_between_two_steps_leaves_is_not_counted_twice(
    task: tuple[RegionTask, GeneratorFile], tmp_path: Path
) -> None:
    """A joined sum beside those that it was joined of, as before they are deleted."""
    job = job_of(task, tmp_path / "grams")
    run_shards(LOCAL, job, [0])
    first = next(path for _, _, path in sum_files(job.folder))
    kept = shutil.copy(first, tmp_path / first.name)
    expected = measure_gram_sum(job, LOCAL).finish()
    shutil.copy(kept, first)
    assert torch.equal(measure_gram_sum(job, LOCAL).finish().overall.a, expected.overall.a)
    assert not first.exists()


def test_other_tasks_damage_and_a_second_run_are_refused(
    task: tuple[RegionTask, GeneratorFile], tmp_path: Path
) -> None:
    whole, file = task
    job = job_of(task, tmp_path / "grams")
    others = (
        RegionTask(whole.gan, whole.codes[:60], whole.region),
        RegionTask(whole.gan, whole.codes, ~whole.region),
        RegionTask(whole.gan, whole.codes, whole.region, space="W+"),
        RegionTask(whole.gan, whole.codes, whole.region, average_by="trace"),
    )
    for other in others:
        with pytest.raises(PackError, match="holds the Grams of other codes, regions or settings"):
            prepare_gram_job(other, file, tmp_path / "grams")
    with (
        hold_lock(job.folder, "sum", 0),
        pytest.raises(PackError, match="Another run holds the sum"),
    ):
        measure_gram_sum(job, LOCAL)
    (tmp_path / "grams" / "gram-00000000-00000016.safetensors").write_bytes(b"half")
    with pytest.raises(PackError, match="gram-00000000-00000016.safetensors cannot be read"):
        measure_gram_sum(job, LOCAL)
    changed = GeneratorFile.of(file.path, {}, fingerprint="0" * 16)
    job = prepare_gram_job(whole, changed, tmp_path / "grams")
    with pytest.raises(PackError, match="gan.safetensors holds generator .*Put back the file"):
        run_shards(LOCAL, job, [3])
