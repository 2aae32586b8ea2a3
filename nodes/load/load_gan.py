"""LoadGAN: a trained generator from a file."""

from __future__ import annotations

import json

from comfy_api.latest import io

from ...core.base.errors import PackError
from ...core.base.parsing import read_options
from ...core.files.loading import load_generator
from ...core.generators.description import describe
from ...core.pictures.images import OPACITY
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
            display_name="Load GAN (StyleGAN and others)",
            category=f"{CATEGORY}/load",
            description="Loads a trained image generator: StyleGAN 1 to 3 and XL, PGGAN, BigGAN, "
            "DCGAN, or the bundled one of faces. No code in the file is ever executed.",
            inputs=[
                io.Combo.Input(
                    "model",
                    options=folders.generator_names(),
                    default=folders.default_generator(),
                    tooltip="The generator: a bundled one (portraits-128 is the sharper), or a "
                    "file in models/gan or models/stylegan. Architecture and size are identified "
                    "by content.",
                ),
                io.String.Input(
                    "options",
                    default="",
                    optional=True,
                    tooltip="Settings that the file does not store, as name=value between commas, "
                    "such as distribution=uniform, c_dim=0. GAN Info lists those of a generator, "
                    "and warnings name those that were assumed. Usually empty.",
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
    def validate_inputs(cls, model: str | None, options: str | None = "") -> bool | str:
        """Report a missing file and its folder, or unreadable options, before anything runs."""
        try:
            if model is not None:  # none where another node gives it
                folders.generator_path(model)
            read_options(options or "")
        except PackError as error:
            return error.worded(NODES)
        return True

    @classmethod
    def fingerprint_inputs(cls, model: str, **_: object) -> str:
        """Load again when the file has changed; ComfyUI compares the options itself."""
        return folders.fingerprint(folders.generator_path(model))

    @classmethod
    def execute(cls, model: str, options: str = "") -> io.NodeOutput:
        """Load the file."""
        with host.collect_notes() as notes:
            path = folders.generator_path(model, notes)
            given = read_options(options)
            if "base" in given:  # of a tuned file; nothing outside of the folders of models is read
                given["base"] = folders.generator_path(str(given["base"]), notes)
            with folders.folder_in_errors(path):
                generator = load_generator(path, **given)
            gan = host.loaded_gan(generator, path.stem)
            notes.append(gan.label)
            if given:
                notes.append(f"Options: {', '.join(f'{n}={v}' for n, v in given.items())}.")
            if generator.spec.img_channels == OPACITY:
                notes.append("The fourth channel of the images is their opacity.")
            licence = generator.details.get("licence")
            if licence:
                notes.append(f"Licence: {licence}")
        return io.NodeOutput(
            gan, json.dumps(describe(generator, NODES), indent=2, default=str), ui=on_node(notes)
        )
