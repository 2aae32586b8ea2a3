"""Labels of the attribute network and of people, and the codes that they belong to."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import PackError
from latent_levers.core.measures import labelled_codes
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.labelled_codes import (
    LabelledCodes,
    label_by_attributes,
    label_by_rows,
)


def test_the_network_labels_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled_codes, "_CHUNK", 4)
    gan, reader = ll.load_generator("portraits"), bundled_reader()
    seen: list[tuple[int, int]] = []
    found = label_by_attributes(
        gan, ("smile", "age", "smile"), 6, 50, progress=lambda *step: seen.append(step)
    )
    codes = ll.sample_latents(gan, 6, 50, 1.0)
    scores = reader.scores(ll.render(gan, codes))[:, [reader.index("smile"), reader.index("age")]]
    torch.testing.assert_close(found.labels, scores.double(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.codes.values, codes.values)
    assert (found.names, found.codes.seeds) == (("smile", "age"), (50, 51, 52, 53, 54, 55))
    assert seen == [(0, 6), (4, 6), (6, 6)]


def test_rows_label_seeds_of_any_generator() -> None:
    gan = tiny("biggan-deep")
    found = label_by_rows(gan, "seed,fur\n7,1\n3,0.5", "fur", labels=2)
    assert found.codes.seeds == (7, 3)
    assert found.labels.tolist() == [[1.0], [0.5]]
    expected = ll.sample_latents(gan, 1, 3, 1.0, labels=2)
    torch.testing.assert_close(found.codes.values[1:], expected.values)


def test_what_does_not_fit_is_refused() -> None:
    gan = ll.load_generator("portraits")
    for call, words in (
        (lambda: label_by_attributes(tiny(), ("smile",)), "cannot read the images"),
        (lambda: label_by_attributes(gan, ("wit",), 2), "no attribute 'wit'"),
        (lambda: label_by_attributes(gan, (), 2), "No attribute was named"),
        (lambda: label_by_attributes(gan, ("age",), 1), "from 2 to 100,000"),
    ):
        with pytest.raises(PackError, match=words):
            call()
    codes = ll.sample_latents(gan, 2)
    table = LabelledCodes(codes, torch.zeros(2, 2), ("age", "smile"))
    for without in (("age", "smile"), ("wit",)):
        with pytest.raises(PackError, match="were to be found without"):
            table.boundaries(gan, without=without)
