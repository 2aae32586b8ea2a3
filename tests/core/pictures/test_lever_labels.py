"""What stands beside a lever: its share, its layers, in words that are true."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.combining import choose
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import resefa, sefa
from latent_levers.core.levers.layer_shares import layer_shares
from latent_levers.core.pictures.lever_labels import (
    eigenvalue_share,
    explain_labels,
    lever_head,
    lever_sentence,
    main_layers,
    stored_layer_shares,
    with_layer_shares,
)


@pytest.fixture(scope="module")
def gan() -> Generator:
    """A tiny generator."""
    return untrained("stylegan2", StyleGAN2Settings(8, 8, {4: 8, 8: 6}, mapping_widths=(8, 8)))


def test_shares_of_sefa_are_of_all_eigenvalues(gan: Generator) -> None:
    every = sefa(gan, count=8)
    few = sefa(gan, count=2)
    shares = [eigenvalue_share(every, i) for i in range(8)]
    assert sum(share for share in shares if share) == pytest.approx(1)
    assert eigenvalue_share(few, 1) == pytest.approx(shares[1])
    assert eigenvalue_share(choose(every, [1]), 0) == pytest.approx(shares[1])


def test_shares_of_resefa_are_of_those_found(gan: Generator) -> None:
    codes, region = sample_latents(gan, 2), Region.box(0, 0, 4, 4, 8)
    levers = resefa(gan, codes, region, count=3)
    assert sum(eigenvalue_share(levers, i) or 0 for i in range(3)) == pytest.approx(1)
    assert "the 3 levers found" in explain_labels(levers, [0])
    assert "all of them" in explain_labels(sefa(gan, count=3), [0])


def test_unknown_eigenvalues_are_left_out(gan: Generator) -> None:
    levers = sefa(gan, count=2)
    for strange in (float("nan"), -1.0):
        foreign = replace(levers, eigenvalues=torch.tensor([1.0, strange]).double())
        assert eigenvalue_share(foreign, 0) is None
    nothing = replace(levers, eigenvalues=torch.zeros(2).double(), details={})
    assert eigenvalue_share(nothing, 0) is None
    assert lever_head(nothing, 1).facts == ()
    assert explain_labels(nothing, [0, 1]) == ""


def test_the_head_holds_number_name_share_and_layers(gan: Generator) -> None:
    levers = with_layer_shares(gan, sample_latents(gan, 1), sefa(gan, count=3), [0, 1, 2])
    named = replace(levers, names=("", "smile", ""))
    head = lever_head(named, 1)
    assert (head.number, head.name) == (1, "smile")
    share, home = eigenvalue_share(named, 1), main_layers(named, 1)
    assert share is not None
    assert home is not None
    percent = 100 * share
    assert head.facts[0] == f"{percent:.{0 if percent >= 10 else 1}f}% of eigenvalues"
    assert home in head.facts[1] or home == "all"
    assert head.facts[1].startswith(("layer", "all layers"))
    assert len(head.strip) == gan.spec.num_ws
    assert sum(head.strip) == pytest.approx(1, abs=1e-3)
    assert lever_head(named, 0).name == "sefa"
    assert lever_sentence(named, 1) == f"Lever 1, smile: {', '.join(head.facts)}"


@pytest.mark.parametrize(
    ("home", "words"),
    [("4", "layer 4"), ("1,4-5", "layers 1,4-5"), ("all", "all layers")],
)
def test_layers_in_words(gan: Generator, home: str, words: str) -> None:
    levers = replace(sefa(gan, count=1), details={"lives_in": [home]})
    assert lever_head(levers, 0).facts[-1] == words


def test_homes_are_measured_once_and_for_those_that_matter(
    gan: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, levers = sample_latents(gan, 2), sefa(gan, count=4)
    some = with_layer_shares(gan, codes, levers, [1, 3])
    exact = layer_shares(gan, codes[:1], levers)
    assert [main_layers(some, i) for i in (1, 3)] == [exact.main_layers(1), exact.main_layers(3)]
    assert stored_layer_shares(some, 3) == pytest.approx(exact.shares[3].tolist(), abs=1e-3)
    assert not main_layers(some, 0)
    assert with_layer_shares(gan, codes, some, [3, 1]) is some
    more = with_layer_shares(gan, codes, some, [0])
    assert main_layers(more, 0) == exact.main_layers(0)

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        with_layer_shares(gan, codes, levers, [0], stop)


def test_homes_follow_their_levers(gan: Generator) -> None:
    found = layer_shares(gan, sample_latents(gan, 1), sefa(gan, count=3))
    levers: Directions = found.with_details(sefa(gan, count=3))
    turned = choose(levers, [2, 0])
    assert [main_layers(turned, i) for i in range(2)] == [main_layers(levers, i) for i in (2, 0)]
    assert stored_layer_shares(levers.pick(1), 0) == stored_layer_shares(levers, 1)
