"""InterFaceGANBoundary: a lever for an attribute, from labelled images."""

from __future__ import annotations

from dataclasses import replace

from comfy_api.latest import io

from ...core.base.errors import PackError
from ...core.base.parsing import read_names
from ...core.latents.sampling import MOST_CODES
from ...core.levers.methods.boundary import CLASSIFIERS, Training
from ...core.measures.attribute_network import bundled_reader
from ...core.measures.labelled_codes import SAMPLES, label_by_attributes, label_by_rows
from .. import host
from ..inputs import (
    AUTO,
    chosen_class,
    chosen_layers,
    chosen_space,
    class_input,
    gan_input,
    layers_input,
    report_output,
)
from ..previews import on_node
from ..sockets import CATEGORY, GAN_DIRECTIONS, LoadedGAN

_OWN = "from labels"
"""Entry of the list of attributes for labels of people."""


class InterFaceGANBoundary(io.ComfyNode):
    """Calls `labelled_codes.LabelledCodes.boundaries`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="InterFaceGANBoundary",
            display_name="InterFaceGAN Boundary (lever of an attribute)",
            category=f"{CATEGORY}/levers",
            description="Finds a lever for an attribute: the direction from images without it to "
            "images with it, learned from labels (InterFaceGAN: Shen et al., CVPR 2020). Needs "
            "scikit-learn.",
            inputs=[
                gan_input(),
                io.Combo.Input(
                    "attribute",
                    options=[_OWN, *bundled_reader().names],
                    default="smile",
                    tooltip="What the lever changes. The bundled network reads it off random "
                    f"images of portraits; for other generators choose {_OWN}.",
                ),
                io.String.Input(
                    "labels",
                    default="",
                    multiline=True,
                    tooltip=f"For {_OWN}: a row of seed,label for each image, such as 12,1. Labels "
                    "are 1 with the attribute and 0 without it, or scores. A hundred or more "
                    "rows, or the lever depends on chance.",
                ),
                io.String.Input(
                    "name",
                    default="",
                    tooltip=f"Name of the lever; empty means that of the attribute, and none for "
                    f"{_OWN}.",
                ),
                io.String.Input(
                    "without",
                    default="",
                    tooltip="Attributes that the lever must not change, between commas, such as "
                    "age, glasses: their components are removed. Not for labels of your own, for "
                    "which GAN Combine Directions removes other levers.",
                ),
                io.Combo.Input(
                    "space",
                    options=[AUTO, "W", "Z"],
                    default=AUTO,
                    tooltip="Latent space of the lever. auto: W if the generator has it, else Z.",
                ),
                layers_input("Layers on which the lever acts; auto means all."),
                io.Combo.Input(
                    "classifier",
                    options=list(CLASSIFIERS),
                    default=CLASSIFIERS[0],
                    tooltip="What separates the images. logistic: logistic regression. svm: a "
                    "linear support vector machine, as in the paper.",
                ),
                io.Int.Input(
                    "samples",
                    default=SAMPLES,
                    min=2,
                    max=MOST_CODES,
                    tooltip="Number of random images that the network labels.",
                ),
                io.Float.Input(
                    "share",
                    default=Training().share,
                    min=0.001,
                    max=0.5,
                    step=0.01,
                    round=0.001,
                    tooltip="Of scores, the share of the highest and of the lowest that are used. "
                    "0.5 uses all images, smaller values only clear cases.",
                ),
                class_input("The class of the images"),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "directions",
                    display_name="directions",
                    tooltip="The lever; positive strengths give more of the attribute.",
                ),
                report_output("How well the boundary separates images, also ones held out."),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        attribute: str,
        labels: str,
        name: str,
        without: str,
        space: str,
        layers: str,
        classifier: str,
        samples: int,
        share: float,
        class_index: int,
    ) -> io.NodeOutput:
        """Find the lever."""
        others = [part.strip() for part in without.split(",") if part.strip()]
        training = Training(classifier, share)
        with host.session(gan) as work:
            generator, number = work.generator, chosen_class(class_index)
            if attribute != _OWN:
                found = label_by_attributes(
                    generator,
                    [attribute, *others],
                    samples,
                    labels=number,
                    progress=host.progress(),
                )
                if labels.strip():
                    work.notes.append(f"The labels were not used, since {attribute} was chosen.")
            elif others:
                raise PackError(
                    f'Attributes at without and the attribute "{_OWN}" were given',
                    "nothing at without",
                    "Remove other levers with GAN Combine Directions",
                )
            else:
                found = label_by_rows(generator, labels, labels=number)
            levers = found.boundaries(
                generator,
                training,
                chosen_space(space),
                chosen_layers(layers),
                others,
                host.progress(),
            )
            levers = replace(levers, names=read_names(name, len(levers), levers.names))
            work.notes.append(levers.details["explanation"])
        return io.NodeOutput(levers, work.report, ui=on_node(work.notes))
