"""Pictures of samples and of latent spaces, as Pillow images."""

from keras_genzoo.plotting.figures import curves, scatter
from keras_genzoo.plotting.grids import image_grid, image_table, picture
from keras_genzoo.plotting.latent_spaces import (
    arithmetic,
    code_map,
    interpolations,
    latent_manifold,
    traversals,
)

__all__ = [
    "arithmetic",
    "code_map",
    "curves",
    "image_grid",
    "image_table",
    "interpolations",
    "latent_manifold",
    "picture",
    "scatter",
    "traversals",
]
