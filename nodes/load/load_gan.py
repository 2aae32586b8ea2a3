"""LoadGAN: a trained generator from a file."""

from __future__ import annotations

import json

from comfy_api.latest import io

from ...core.base.errors import PackError
from ...core.files.loading import load_generator
from ...core.generators.description import describe
from .. import folders, host
from ..previews import on_node
from ..sockets import CATEGORY, GAN
from ..wording import NODES


class LoadGAN(io.ComfyNode):
    """Calls `loading.load_generator`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="LoadGAN",
            display_name="Load GAN",
            category=CATEGORY,
            description="Loads a trained image generator. No code in the file is ever executed.",
            inputs=[
                io.Combo.Input(
                    "model",
                    options=folders.generator_names(),
                    tooltip="The generator: the bundled one, or a file in models/gan or "
                    "models/stylegan. Architecture and size are identified by content.",
                ),
            ],
            outputs=[
                GAN.Output(
                    "gan", display_name="gan", tooltip="The generator, for all other nodes."
                ),
                io.String.Output(
                    "facts",
                    display_name="facts",
                    tooltip="All facts about the generator, as JSON: sizes, layers, licence.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, model: str) -> bool | str:
        """Report a missing file and its folder before anything runs."""
        try:
            folders.generator_path(model)
        except PackError as error:
            return error.worded(NODES)
        return True

    @classmethod
    def fingerprint_inputs(cls, model: str) -> str:
        """Load again when the file has changed."""
        return folders.fingerprint(folders.generator_path(model))

    @classmethod
    def execute(cls, model: str) -> io.NodeOutput:
        """Load the file."""
        path = folders.generator_path(model)
        with host.collect_notes() as notes:
            with folders.folder_in_errors(path):
                generator = load_generator(path)
            gan = host.loaded_gan(generator, path.stem)
            notes.append(gan.label)
            licence = generator.details.get("licence")
            if licence:
                notes.append(f"Licence: {licence}")
        return io.NodeOutput(
            gan, json.dumps(describe(generator, NODES), indent=2, default=str), ui=on_node(notes)
        )
