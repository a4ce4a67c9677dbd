"""How `compare` trains a model that it is given by name: a few minutes on two processor cores.

Small networks and few steps beside the papers': what is compared are families at work on the same
data and machine, not records. Presets of models that were trained for longer compare as well.
"""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Recipe:
    """Training steps, whatever the data's size; constructor arguments beside the shape; examples
    in a batch, of which each of a GAN's critic steps gets as many.
    """

    steps: int = 3000
    settings: dict = field(default_factory=dict)
    batch_size: int = 64


RECIPES = {
    "dcgan": Recipe(2800, {"width": 32, "latent_dim": 8}),
    "wgan_gp": Recipe(1000, {"width": 32, "latent_dim": 8}),
    "vae": Recipe(6000),
    "nice": Recipe(3000, {"hidden_units": 500, "hidden_layers": 3}),
    # The paper's batch of 16: its time goes with the images, and many small steps learn more.
    "pixel_cnn": Recipe(5000, {"num_blocks": 5, "width": 24}, batch_size=16),
}
# So that all models of images score the same pixels.
LIKELIHOOD_OF = {
    "256": {"vae": {"likelihood": "gaussian"}, "pixel_cnn": {"levels": 256}},
    "binary": {"vae": {"likelihood": "bernoulli"}, "pixel_cnn": {"levels": 2}},
}


def recipe(name: str, pixels: str | None) -> Recipe:
    """That of a model of the registry; `pixels` of images, None for vectors."""
    known = RECIPES.get(name, Recipe())
    if pixels is None:
        vectors = {key: value for key, value in known.settings.items() if key != "width"}
        return replace(known, settings=vectors)
    return replace(known, settings=known.settings | LIKELIHOOD_OF[pixels].get(name, {}))
