"""The list of all models, and of what others must know of each. Nothing else lists them.

The registry, `keras_genzoo`'s public names, `keras-genzoo list`, the quick settings of `compare`,
the tests that hold for all models, those of the examples, and the README's table read this list.
Keras is not needed for that: a model's class is imported when it is asked for.

After a change, `python -m keras_genzoo.models` writes what is made from the list anew.
"""

from keras_genzoo.models.row import FOLDERS, Example, Paper, Quick, Row, Small

__all__ = [
    "FOLDERS",
    "ROWS",
    "Example",
    "Paper",
    "Quick",
    "Row",
    "Small",
    "find",
    "one_of_each_family",
]

IMAGE, COLOR, VECTOR = {"image_shape": (8, 8, 1)}, {"image_shape": (8, 8, 3)}, {"num_features": 3}
SMALL_GAN = {"latent_dim": 6, "width": 8}
SMALL_CRITIC = {**SMALL_GAN, "critic_steps": 2}
SMALL_SNGAN = {**SMALL_GAN, "discriminator_steps": 2}
# f(x) - f(G(z)) does not depend on the critic's last bias.
WASSERSTEIN_STILL = (("critic", -1),)
# Inside of the hinge's margin it pushes real and fake logits alike.
HINGE_STILL = (("discriminator", -1),)
SMALL_CODES = {"latent_dim": 4, "categories": (3,), "width": 4}
SMALL_DENSE = {"latent_dim": 4, "hidden_units": (16, 8)}

_MODELS = (
    Row(
        "gan",
        "GAN",
        "adversarial",
        Paper(
            "Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio",
            2014,
            "Generative Adversarial Networks",
            "1406.2661",
        ),
        small=Small(IMAGE | SMALL_DENSE, dense=True),
        variants={
            "vectors": Small(
                VECTOR | SMALL_DENSE | {"discriminator_steps": 2, "prior": "uniform"}, dense=True
            ),
            "dropout": Small(IMAGE | SMALL_DENSE | {"dropout": 0.5}, dense=True),
        },
        example=Example(("discriminator_loss", "generator_loss")),
        quick=Quick(5000, {"latent_dim": 8, "hidden_units": (256, 256)}),
        measured="MNIST: Fréchet distance by the shipped network 2.32 [1]",
    ),
    Row(
        "dcgan",
        "DCGAN",
        "adversarial",
        Paper(
            "Radford, Metz and Chintala",
            2015,
            "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial "
            "Networks",
            "1511.06434",
        ),
        small=Small(IMAGE | SMALL_GAN),
        example=Example(("discriminator_loss", "generator_loss"), tells_a_story=True),
        quick=Quick(2800, {"latent_dim": 8}, of_images={"width": 32}),
        stands_for_family=True,
        mechanism="two networks, and batch norm",
        measured="Fréchet distance by the shipped network: digits 1.42 [6], MNIST 1.69 [1]",
    ),
    Row(
        "cgan",
        "CGAN",
        "adversarial",
        Paper("Mirza and Osindero", 2014, "Conditional Generative Adversarial Nets", "1411.1784"),
        small=Small(
            IMAGE | SMALL_GAN | {"num_classes": 3, "architecture": "dcgan"},
        ),
        variants={"dense": Small(IMAGE | SMALL_GAN | {"num_classes": 3}, dense=True)},
        quick=Quick(2800, {"latent_dim": 8}, of_images={"width": 32, "architecture": "dcgan"}),
        mechanism="labels",
        measured="MNIST: a classifier reads 96.8 % of 2,000 samples as the class that was asked "
        "for, Fréchet distance 0.186 [1]",
    ),
    Row(
        "wgan",
        "WGAN",
        "adversarial",
        Paper("Arjovsky, Chintala and Bottou", 2017, "Wasserstein GAN", "1701.07875"),
        small=Small(IMAGE | SMALL_CRITIC, still=WASSERSTEIN_STILL),
        variants={
            "vectors": Small(
                VECTOR | SMALL_CRITIC | {"clip": 0.5}, still=WASSERSTEIN_STILL, dense=True
            )
        },
        quick=Quick(1000, {"latent_dim": 8}, of_images={"width": 32}),
    ),
    Row(
        "wgan_gp",
        "WGANGP",
        "adversarial",
        Paper(
            "Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville",
            2017,
            "Improved Training of Wasserstein GANs",
            "1704.00028",
        ),
        small=Small(IMAGE | SMALL_CRITIC, still=WASSERSTEIN_STILL),
        variants={"vectors": Small(VECTOR | SMALL_CRITIC, still=WASSERSTEIN_STILL, dense=True)},
        example=Example(
            ("of 8 modes", "within 3 sigma"), arguments=("--limit", "320"), tells_a_story=True
        ),
        quick=Quick(1000, {"latent_dim": 8}, of_images={"width": 32}),
        mechanism="several steps of one network, and a gradient by the input",
        measured="ring of 8 Gaussians: 8 modes found, 97.0 % of 10,000 samples within 3 sigma of "
        "one; grid of 25: 25 modes, 88.0 % [2]",
    ),
    Row(
        "sngan",
        "SNGAN",
        "adversarial",
        Paper(
            "Miyato, Kataoka, Koyama and Yoshida",
            2018,
            "Spectral Normalization for Generative Adversarial Networks",
            "1802.05957",
        ),
        small=Small(
            IMAGE | SMALL_GAN | {"num_classes": 3, "discriminator_steps": 1},
            eagerly=True,
            epochs=1,
        ),
        variants={
            "plain": Small(
                IMAGE | SMALL_SNGAN | {"architecture": "plain"},
                still=HINGE_STILL,
                eagerly=True,
                epochs=1,
            ),
            "weight_norm": Small(
                VECTOR | SMALL_SNGAN | {"normalization": "weight"}, still=HINGE_STILL, dense=True
            ),
            "vectors": Small(VECTOR | SMALL_SNGAN, still=HINGE_STILL, dense=True),
        },
        quick=Quick(700, {"latent_dim": 8, "discriminator_steps": 1}, of_images={"width": 16}),
    ),
    Row(
        "sagan",
        "SAGAN",
        "adversarial",
        Paper(
            "Zhang, Goodfellow, Metaxas and Odena",
            2018,
            "Self-Attention Generative Adversarial Networks",
            "1805.08318",
        ),
        small=Small(IMAGE | SMALL_GAN | {"num_classes": 3}, eagerly=True, epochs=1),
        quick=Quick(700, {"latent_dim": 8, "width": 16}),
    ),
    Row(
        "biggan",
        "BigGAN",
        "adversarial",
        Paper(
            "Brock, Donahue and Simonyan",
            2018,
            "Large Scale GAN Training for High Fidelity Natural Image Synthesis",
            "1809.11096",
        ),
        small=Small(
            IMAGE | SMALL_GAN | {"num_classes": 3, "embedding_dim": 4, "discriminator_steps": 1},
            eagerly=True,
            epochs=1,
        ),
        quick=Quick(500, {"latent_dim": 8, "width": 16, "discriminator_steps": 1}),
    ),
    Row(
        "infogan",
        "InfoGAN",
        "adversarial",
        Paper(
            "Chen, Duan, Houthooft, Schulman, Sutskever and Abbeel",
            2016,
            "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative "
            "Adversarial Nets",
            "1606.03657",
        ),
        small=Small(IMAGE | SMALL_CODES, eagerly=True),
        variants={
            "vectors": Small(
                VECTOR | SMALL_CODES | {"categories": (3, 2), "continuous_std": None}, dense=True
            )
        },
        quick=Quick(2800, {"latent_dim": 8}, of_images={"width": 32}),
    ),
    Row(
        "veegan",
        "VEEGAN",
        "adversarial",
        Paper(
            "Srivastava, Valkov, Russell, Gutmann and Sutton",
            2017,
            "VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning",
            "1705.07761",
        ),
        small=Small(IMAGE | SMALL_GAN, eagerly=True),
        variants={"vectors": Small(VECTOR | SMALL_GAN, dense=True)},
        quick=Quick(2800, {"latent_dim": 8}, of_images={"width": 32}),
    ),
    Row(
        "vae",
        "VAE",
        "autoencoder",
        Paper("Kingma and Welling", 2013, "Auto-Encoding Variational Bayes", "1312.6114"),
        small=Small(IMAGE | {"latent_dim": 4, "hidden_units": (16,)}, dense=True),
        variants={
            "vectors": Small(VECTOR | {"latent_dim": 2, "hidden_units": (16,)}, dense=True),
            "gaussian": Small(COLOR | {"latent_dim": 4, "likelihood": "gaussian"}, dense=True),
        },
        example=Example(
            ("Test ELBO", "nats", "bits per pixel"),
            writes=("reconstructions.png",),
            tells_a_story=True,
        ),
        quick=Quick(
            6000,
            of_pixels={"256": {"likelihood": "gaussian"}, "binary": {"likelihood": "bernoulli"}},
        ),
        stands_for_family=True,
        mechanism="a dense network, which XLA compiles, and noise in its objective",
        measured="MNIST, dynamically binarized: test ELBO -99.17 nats, 0.1825 bits/dim, Fréchet "
        "distance 3.28 [1]; after 10 epochs -104.49 nats [3]",
    ),
    Row(
        "nice",
        "NICE",
        "flow",
        Paper(
            "Dinh, Krueger and Bengio",
            2014,
            "Non-linear Independent Components Estimation",
            "1410.8516",
        ),
        small=Small(IMAGE | {"hidden_units": 16, "hidden_layers": 2}, dense=True),
        variants={"vectors": Small(VECTOR | {"hidden_units": 16, "num_couplings": 3}, dense=True)},
        example=Example(("nats", "bits per dimension", "paper's convention"), tells_a_story=True),
        quick=Quick(3000, {"hidden_units": 500, "hidden_layers": 3}),
        stands_for_family=True,
        measured="MNIST, dequantized, 10 epochs: test 924.43 nats as a density on [0, 1], 6.2989 "
        "bits/dim [4]; the paper's 1,500 epochs reach 1980.50",
    ),
    Row(
        "pixel_cnn",
        "PixelCNN",
        "autoregressive",
        Paper(
            "van den Oord, Kalchbrenner and Kavukcuoglu",
            2016,
            "Pixel Recurrent Neural Networks",
            "1601.06759",
        ),
        small=Small(IMAGE | {"levels": 4, "num_blocks": 1, "width": 8}),
        variants={"color": Small(COLOR | {"levels": 2, "num_blocks": 1, "width": 9})},
        example=Example(
            ("nats", "bits per pixel"),
            arguments=("--blocks", "1", "--width", "4"),
            tells_a_story=True,
        ),
        # The paper's batch of 16: its time goes with the images, and many small steps learn more.
        quick=Quick(
            5000,
            {"num_blocks": 5},
            of_images={"width": 24},
            of_pixels={"256": {"levels": 256}, "binary": {"levels": 2}},
            batch_size=16,
        ),
        stands_for_family=True,
        mechanism="a sampler that loops over pixels",
        measured="digits at 28x28, dynamically binarized, 10 epochs: test -261.13 nats, 0.4805 "
        "bits/dim [5]",
    ),
)

ROWS: dict[str, Row] = {row.name: row for row in _MODELS}


def find(name: str) -> Row | None:
    """The row of a model's name or of its class's."""
    return next((row for row in ROWS.values() if name in (row.name, row.class_name)), None)


def one_of_each_family() -> list[str]:
    """The names of the models that stand for their families."""
    return [row.name for row in ROWS.values() if row.stands_for_family]
