"""The text of an explorer: what is read back is what was written, and nothing else is let in."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import FieldError
from latent_levers.core.base.json_fields import Fields, parse_json
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.concepts.region import Region
from latent_levers.core.explorer.state import (
    LARGEST_TEXT,
    MOST_LEVERS,
    ExplorerState,
    lever_entry,
    read_state,
)
from latent_levers.core.explorer.vectors import write_vector
from latent_levers.core.levers.factorization import resefa, sefa


def lever(**changes: Any) -> dict[str, Any]:
    """A lever of four numbers."""
    vector = write_vector(torch.tensor([[0.5, -0.5, 0.5, 0.5]]))
    return {"name": "smile", "pull": 1.5, "vector": vector, "shape": [1, 4], **changes}


def test_absent_keys_have_defaults_and_unknown_ones_are_ignored() -> None:
    assert read_state("") == read_state("{}") == read_state({"zoom": [1, 2]}) == ExplorerState()
    state = read_state(json.dumps({"v": 1, "levers": [lever(colour="red")], "note": None}))
    (found,) = state.levers
    assert (found.name, found.pull, found.layers, found.acting) == ("smile", 1.5, "auto", "all")
    assert found.space is LatentSpace.W
    assert math.isnan(found.eigenvalue)


def test_vectors_come_back_to_the_bit() -> None:
    gan = tiny("stylegan2-resnet")
    region = Region.box(1, 2, 3, 2, 16)
    for space in ("W", "W+", "S"):
        levers = resefa(gan, some_code(gan), region, space=space, count=2)
        entry = json.loads(json.dumps(lever_entry(levers, 1, "name", (-2.0, 2.5), "1-2")))
        (found,) = read_state({"levers": [entry]}).levers
        assert torch.equal(found.vector.flatten(), levers.vectors[1])
        assert found.vector.shape[0] == (gan.spec.num_ws if space == "W+" else 1)
        assert (found.space.value, found.method, found.range) == (space, "resefa", (-2.0, 2.5))
        assert found.eigenvalue == pytest.approx(float(levers.eigenvalues[1]))
        assert (found.lives, found.pull) == ("1-2", 0)


def test_layers_of_its_own_are_told() -> None:
    gan = tiny("stylegan2-resnet")
    entry = lever_entry(sefa(gan, "1-2", count=1), 0, "a", (0, 0))
    assert (entry["layers"], entry["own"]) == ("auto", "1-2")
    (found,) = read_state({"levers": [entry]}).levers
    assert found.acting == "1-2"
    (found,) = read_state({"levers": [{**entry, "layers": "3"}]}).levers
    assert found.acting == "3"


def test_hold_and_regions_are_read() -> None:
    assert not read_state("{}").hold
    shapes = [{"box": [0.25, 0.25, 0.5, 0.5]}]
    levers = [lever(region=shapes), lever(region=[]), lever()]
    state = read_state(json.dumps({"hold": True, "levers": levers}))
    assert state.hold
    assert [each.region for each in state.levers] == [tuple(shapes), (), None]


WRONG: list[tuple[Any, str]] = [
    ({"hold": 1}, "has 1 as 'hold'"),
    ({"hold": "yes"}, "has 'yes' as 'hold'"),
    ({"levers": [lever(region={"box": [0, 0, 1, 1]})]}, "an object of 1 entries as 'region'"),
    ({"levers": [lever(region="mouth")]}, "has 'mouth' as 'region'"),
    ({"levers": [lever(region=[{}] * 501)]}, "at most 500 entries"),
    ("[]", "The state is a list of 0 entries. Expected an object"),
    ("{", "not valid JSON"),
    ('{"psi": NaN}', "The state holds NaN"),
    ('{"image": Infinity}', "holds Infinity"),
    ('{"image": 1' + "0" * 5000 + "}", "cannot be read|has a huge number"),
    ("[" * 100_000, "nested too deeply"),
    ({"v": 2}, "of version 2. Expected version 1"),
    ({"v": "1"}, "has '1' as 'v'"),
    ({"shapes": {"box": [0, 0, 1, 1]}}, "an object of 1 entries as 'shapes'"),
    ({"shapes": [{}] * 501}, "at most 500 entries"),
    ({"image": -1}, "has -1 as 'image'. Expected a whole number from 0"),
    ({"image": 1.5}, "has 1.5 as 'image'"),
    ({"image": True}, "has True as 'image'"),
    ({"psi": 1e999}, "has inf as 'psi'"),
    ({"psi": 10**400}, "has a huge number as 'psi'"),
    ({"psi": "1"}, "has '1' as 'psi'"),
    ({"levers": "all"}, "has 'all' as 'levers'"),
    ({"levers": [lever()] * (MOST_LEVERS + 1)}, f"at most {MOST_LEVERS} entries"),
    ({"levers": [3]}, "Lever 1 is 3. Expected an object"),
    ({"levers": [lever(), lever(pull=math.nan)]}, "Lever 2 has nan as 'pull'"),
    ({"levers": [lever(pull=1e9)]}, "has 1000000000.0 as 'pull'"),
    ({"levers": [lever(name="x" * 201)]}, "text of at most 200 characters"),
    ({"levers": [lever(name=7)]}, "has 7 as 'name'"),
    ({"levers": [lever(space="Q")]}, "has 'Q' as 'space'. Expected one of Z"),
    ({"levers": [lever(layers=["4"])]}, "a list of 1 entries as 'layers'"),
    ({"levers": [lever(range=[1])]}, "has no 'high end'"),
    ({"levers": [lever(range=[2, 1])]}, r"is \[2, 1\]. Expected the low end first"),
    ({"levers": [lever(range=[-1e5, 1])]}, "as 'low end'"),
    ({"levers": [lever(eigenvalue="large")]}, "has 'large' as 'eigenvalue'"),
    ({"levers": [lever(shape=[4])]}, r"has the shape \[4\]"),
    ({"levers": [lever(shape=[2, 0])]}, "The shape of lever 1 has 0"),
    ({"levers": [lever(shape=[1 << 19, 4])]}, "has the shape"),
    ({"levers": [lever(shape=[1, 5])]}, "has 16 bytes. Expected 20"),
    ({"levers": [lever(vector="/etc/passwd!")]}, "cannot be read. Expected base64"),
    ({"levers": [lever(vector="\u00e9")]}, "cannot be read. Expected base64"),
    ({"levers": [lever(vector=None)]}, "Lever 1 has no 'vector'"),
    ({"levers": [lever(vector=write_vector(torch.zeros(4)))]}, "has length 0"),
    ({"levers": [lever(vector=write_vector(torch.full((4,), torch.nan)))]}, "has length nan"),
    ({"levers": [lever(vector=write_vector(torch.full((4,), 1e30)))]}, "has length 2e"),
]


@pytest.mark.parametrize(("content", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_refused_in_words(content: Any, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        read_state(content)


def test_text_has_an_end() -> None:
    with pytest.raises(FieldError, match="characters. Expected at most"):
        read_state(" " * (LARGEST_TEXT + 1))


def test_vectors_are_little_endian_floats_row_by_row() -> None:
    data = base64.b64decode(write_vector(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))
    assert data.hex() == "0000803f000000400000404000008040"


def test_other_fields() -> None:
    fields = Fields.of(parse_json('{"warm": true, "odd": 1, "gone": null}', "It"), "It")
    assert fields.flag("warm")
    assert not fields.flag("cold")
    for ask, message in (
        (lambda: fields.flag("odd"), "has 1 as 'odd'. Expected true or false"),
        (lambda: fields.text("gone", 5), "It has no 'gone'"),
        (lambda: fields.text("missing", 5), "It has no 'missing'"),
    ):
        with pytest.raises(FieldError, match=message):
            ask()
