"""What is measured: a model, its size, and how many images a training step takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Args:
        name: Of the row.
        model: As in the zoo's registry; each contestant has a class for it.
        size: What the table says about it.
        image_shape: (height, width, channels).
        batch: Images per training step, over all updates of the step.
        arguments: The model's other arguments, the same for all contestants.
    """

    name: str
    model: str
    size: str
    image_shape: tuple[int, int, int]
    batch: int
    arguments: dict


CASES = (
    Case(
        "dcgan_28", "dcgan", "28x28x1, width 64, batch 64",
        (28, 28, 1), 64, {"latent_dim": 100, "width": 64},
    ),
    Case(
        "dcgan_32", "dcgan", "32x32x3, width 64, batch 64",
        (32, 32, 3), 64, {"latent_dim": 100, "width": 64},
    ),
    Case(
        "dcgan_64", "dcgan", "64x64x3, width 32, batch 64",
        (64, 64, 3), 64, {"latent_dim": 100, "width": 32},
    ),
    Case(
        "wgan_gp_28", "wgan_gp", "28x28x1, width 64, 5 critic updates of 64",
        (28, 28, 1), 320, {"latent_dim": 128, "width": 64, "critic_steps": 5},
    ),
    Case(
        "vae_small", "vae", "784-400-20, batch 128",
        (28, 28, 1), 128, {"latent_dim": 20, "hidden_units": (400,), "activation": "relu"},
    ),
    Case(
        "vae_wide", "vae", "784-1000-1000-50, batch 256",
        (28, 28, 1), 256, {"latent_dim": 50, "hidden_units": (1000, 1000), "activation": "relu"},
    ),
    Case(
        "nice_200", "nice", "4 couplings of 5 x 1000, batch 200",
        (28, 28, 1), 200, {"num_couplings": 4, "hidden_units": 1000, "hidden_layers": 5},
    ),
    Case(
        "nice_1024", "nice", "4 couplings of 5 x 1000, batch 1024",
        (28, 28, 1), 1024, {"num_couplings": 4, "hidden_units": 1000, "hidden_layers": 5},
    ),
    Case(
        "pixel_cnn_28", "pixel_cnn", "28x28x1 binary, 5 blocks, width 32, batch 16",
        (28, 28, 1), 16, {"levels": 2, "num_blocks": 5, "width": 32},
    ),
)  # fmt: skip

MODELS = tuple(dict.fromkeys(case.model for case in CASES))
BY_NAME = {case.name: case for case in CASES}


def of_models(models: list[str] | None) -> list[Case]:
    """The cases of these models, or all."""
    return [case for case in CASES if not models or case.model in models]
