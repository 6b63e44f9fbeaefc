"""Augmentation: how training images are moved and bent afresh in every epoch."""

from pydantic import Field

from mindgap.params.base import Block, Integer, Real


class Augment(Block):
    """Random changes to the training images, drawn anew for every image in every epoch; all are off at first.

    What comes in from outside an image is its background, a pixel of 0.
    """

    shift: Integer = Field(
        0, ge=0, le=1000, description="Move by up to this many whole pixels, up or down and to a side; 0: not."
    )
    rotation: Real = Field(0.0, ge=0, le=180, description="Turn by up to this many degrees, either way; 0: not.")
    flip: Real = Field(
        0.0, ge=0, le=1, description="Probability of a mirror image, left for right; not for digits or letters. 0: not."
    )
    elastic_alpha: Real = Field(
        0.0,
        ge=0,
        le=10_000,
        description="Strength of elastic distortion: pixels move by alpha / (6.1 sigma) (standard deviation); 34 with "
        "elastic_sigma 4 in Simard et al. (2003). 0: none.",
    )
    elastic_sigma: Real = Field(
        4.0, ge=0.1, le=100, description="Smoothness of elastic distortion: pixels over which neighbours move alike."
    )
