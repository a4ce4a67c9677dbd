"""The same models in PyTorch: plain, and with what is known to speed it up on a processor.

`tuned` means fused Adam and channels last. What the environment adds to it (the allocator, MKL's
processor check) is in `benchmarks/processes.py`. Neither asks for gradients that it does not use.
"""

import math
import time

import torch
from torch import nn
from torch.nn import functional as F

# ---------------------------------------------------------------------------- adversarial


def smallest_map(image_shape) -> tuple[int, int, int]:
    """Height and width after halving while they are even and at least 8, and how often."""
    height, width, _ = image_shape
    stages = 0
    while height % 2 == width % 2 == 0 and min(height, width) >= 8:
        height, width, stages = height // 2, width // 2, stages + 1
    return height, width, stages


class Unflatten(nn.Module):
    """(n, h w c) -> (n, c, h, w), with the channels last in memory if the network works so."""

    def __init__(self, height, width, channels, tuned):
        super().__init__()
        self.shape, self.tuned = (height, width, channels), tuned

    def forward(self, h):
        height, width, channels = self.shape
        if self.tuned:
            return h.view(-1, height, width, channels).permute(0, 3, 1, 2)
        return h.view(-1, channels, height, width)


def make_generator(image_shape, latent_dim, width, tuned):
    height, base_width, stages = smallest_map(image_shape)
    channels = width * 2 ** (stages - 1)
    modules = [
        nn.Linear(latent_dim, height * base_width * channels, bias=False),
        Unflatten(height, base_width, channels, tuned),
        nn.BatchNorm2d(channels, eps=1e-3),
        nn.ReLU(),
    ]
    for i in reversed(range(stages - 1)):
        modules += [
            nn.ConvTranspose2d(
                channels, width * 2**i, 5, 2, padding=2, output_padding=1, bias=False
            ),
            nn.BatchNorm2d(width * 2**i, eps=1e-3),
            nn.ReLU(),
        ]
        channels = width * 2**i
    modules += [
        nn.ConvTranspose2d(channels, image_shape[-1], 5, 2, padding=2, output_padding=1),
        nn.Tanh(),
    ]
    return small_normal(nn.Sequential(*modules))


def make_judge(image_shape, width, batch_norm):
    height, base_width, stages = smallest_map(image_shape)
    modules, channels = [], image_shape[-1]
    for i in range(stages):
        normalized = batch_norm and i > 0
        modules.append(nn.Conv2d(channels, width * 2**i, 5, 2, padding=2, bias=not normalized))
        channels = width * 2**i
        if normalized:
            modules.append(nn.BatchNorm2d(channels, eps=1e-3))
        modules.append(nn.LeakyReLU(0.2))
    modules += [nn.Flatten(), nn.Linear(height * base_width * channels, 1)]
    return small_normal(nn.Sequential(*modules))


def small_normal(network):
    """DCGAN's first weights: N(0, 0.02), biases zero."""
    for name, parameter in network.named_parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=0.02)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
    return network


class DCGAN(nn.Module):
    def __init__(self, image_shape, latent_dim, width, tuned):
        super().__init__()
        self.latent_dim = latent_dim
        self.generator = make_generator(image_shape, latent_dim, width, tuned)
        self.discriminator = make_judge(image_shape, width, batch_norm=True)
        self.discriminator_optimizer, self.generator_optimizer = (
            torch.optim.Adam(
                network.parameters(), 2e-4, betas=(0.5, 0.999), eps=1e-7, fused=tuned or None
            )
            for network in (self.discriminator, self.generator)
        )

    def noise(self, n):
        return 2.0 * torch.rand(n, self.latent_dim) - 1.0

    def step(self, images):
        real = images.float() / 127.5 - 1.0
        n = len(real)
        with torch.no_grad():
            fake = self.generator(self.noise(n))
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        loss = F.binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
        loss = loss + F.binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
        self.discriminator_optimizer.zero_grad()
        loss.backward()
        self.discriminator_optimizer.step()

        self.discriminator.requires_grad_(False)
        logits = self.discriminator(self.generator(self.noise(n)))
        generator_loss = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
        self.generator_optimizer.zero_grad()
        generator_loss.backward()
        self.generator_optimizer.step()
        self.discriminator.requires_grad_(True)
        return loss.detach()


class WGANGP(nn.Module):
    def __init__(self, image_shape, latent_dim, width, critic_steps, tuned):
        super().__init__()
        self.latent_dim, self.critic_steps = latent_dim, critic_steps
        self.generator = make_generator(image_shape, latent_dim, width, tuned)
        self.critic = make_judge(image_shape, width, batch_norm=False)
        self.critic_optimizer, self.generator_optimizer = (
            torch.optim.Adam(
                network.parameters(), 1e-4, betas=(0.0, 0.9), eps=1e-7, fused=tuned or None
            )
            for network in (self.critic, self.generator)
        )

    def gradient_penalty(self, real, fake):
        mix = torch.rand(len(real), 1, 1, 1)
        between = (mix * real + (1.0 - mix) * fake).requires_grad_(True)
        (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        norm = torch.sqrt(slope.square().sum((1, 2, 3)) + 1e-12)
        return (norm - 1.0).square().mean()

    def step(self, images):
        n = len(images) // self.critic_steps
        for own in images.split(n):
            real = own.float() / 127.5 - 1.0
            with torch.no_grad():
                fake = self.generator(torch.randn(n, self.latent_dim))
            loss = self.critic(fake).mean() - self.critic(real).mean()
            loss = loss + 10.0 * self.gradient_penalty(real, fake)
            self.critic_optimizer.zero_grad()
            loss.backward()
            self.critic_optimizer.step()

        self.critic.requires_grad_(False)
        generator_loss = -self.critic(self.generator(torch.randn(n, self.latent_dim))).mean()
        self.generator_optimizer.zero_grad()
        generator_loss.backward()
        self.generator_optimizer.step()
        self.critic.requires_grad_(True)
        return loss.detach()


# ---------------------------------------------------------------------------- likelihood


def glorot(network):
    """Keras's first weights: Glorot's uniform ones, biases zero."""
    for parameter in network.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)
    return network


def make_mlp(*units):
    modules = []
    for inputs, outputs in zip(units[:-1], units[1:], strict=True):
        modules += [nn.Linear(inputs, outputs), nn.ReLU()]
    return glorot(nn.Sequential(*modules[:-1]))


def binarized(images):
    """1 with probability pixel / 255."""
    pixels = images.float() / 255.0
    return (torch.rand_like(pixels) < pixels).float()


class Likelihood(nn.Module):
    """One loss, one optimizer."""

    def step(self, images):
        loss = self.loss(images)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()


class VAE(Likelihood):
    def __init__(self, image_shape, latent_dim, hidden_units, activation, tuned):
        super().__init__()
        assert activation == "relu"
        size = math.prod(image_shape)
        self.encoder = make_mlp(size, *hidden_units, 2 * latent_dim)
        self.decoder = make_mlp(latent_dim, *hidden_units[::-1], size)
        self.optimizer = torch.optim.Adam(self.parameters(), 1e-3, eps=1e-7, fused=tuned or None)

    def loss(self, images):
        x = binarized(images).flatten(1)
        mean, log_var = self.encoder(x).chunk(2, dim=-1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        reconstruction = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var).sum()
        return (reconstruction + kl) / len(x)


class NICE(Likelihood):
    def __init__(self, image_shape, num_couplings, hidden_units, hidden_layers, tuned):
        super().__init__()
        self.size = math.prod(image_shape)
        even, odd = (self.size + 1) // 2, self.size // 2
        hidden = [hidden_units] * hidden_layers
        self.couplings = nn.ModuleList(
            make_mlp(even, *hidden, odd) if i % 2 == 0 else make_mlp(odd, *hidden, even)
            for i in range(num_couplings)
        )
        self.log_scale = nn.Parameter(torch.zeros(self.size))
        self.optimizer = torch.optim.Adam(
            self.parameters(), 1e-3, betas=(0.9, 0.99), eps=1e-4, fused=tuned or None
        )

    def loss(self, images):
        pixels = images.float()
        x = ((pixels + torch.rand_like(pixels)) / 256.0).flatten(1)
        a, b = x[:, 0::2], x[:, 1::2]
        for coupling in self.couplings:
            a, b = b + coupling(a), a
        z = torch.cat([a, b], dim=1) * torch.exp(self.log_scale)
        log_prior = -(F.softplus(z) + F.softplus(-z)).sum(1)
        return self.size * math.log(256.0) - log_prior.mean() - self.log_scale.sum()


class MaskedConv2d(nn.Conv2d):
    """Of an image with one channel: "A" does not see the pixel itself, "B" does."""

    def __init__(self, inputs, outputs, size, mask_type):
        super().__init__(inputs, outputs, size, padding=size // 2)
        mask = torch.zeros(1, 1, size, size)
        mask[:, :, : size // 2] = 1.0
        mask[:, :, size // 2, : size // 2 + (mask_type == "B")] = 1.0
        self.register_buffer("mask", mask)

    def forward(self, x):
        return self._conv_forward(x, self.weight * self.mask, self.bias)


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReLU(),
            MaskedConv2d(2 * width, width, 1, "B"),
            nn.ReLU(),
            MaskedConv2d(width, width, 3, "B"),
            nn.ReLU(),
            MaskedConv2d(width, 2 * width, 1, "B"),
        )

    def forward(self, h):
        return h + self.layers(h)


class PixelCNN(Likelihood):
    def __init__(self, image_shape, levels, num_blocks, width, tuned):
        super().__init__()
        modules = [MaskedConv2d(image_shape[-1], 2 * width, 7, "A")]
        modules += [Residual(width) for _ in range(num_blocks)]
        for _ in range(2):
            modules += [nn.ReLU(), MaskedConv2d(2 * width, 2 * width, 1, "B")]
        modules += [nn.ReLU(), MaskedConv2d(2 * width, levels, 1, "B")]
        self.network = glorot(nn.Sequential(*modules))
        self.optimizer = torch.optim.RMSprop(
            self.parameters(), 1e-3, alpha=0.9, eps=1e-7, foreach=tuned or None
        )

    def loss(self, images):
        x = binarized(images)
        logits = self.network(2.0 * x - 1.0)
        return F.cross_entropy(logits, x[:, 0].long(), reduction="sum") / len(x)


# ---------------------------------------------------------------------------- training

MODELS = {"dcgan": DCGAN, "wgan_gp": WGANGP, "vae": VAE, "nice": NICE, "pixel_cnn": PixelCNN}


class PyTorch:
    """The usual loop over shuffled batches."""

    loops = ("loop",)

    def __init__(self, case, tuned):
        self.model = MODELS[case.model](image_shape=case.image_shape, **case.arguments, tuned=tuned)
        if tuned:
            self.model = self.model.to(memory_format=torch.channels_last)
        self.batch, self.tuned = case.batch, tuned
        self.parameters = sum(p.numel() for p in self.model.parameters())

    def run(self, loop, images):
        # As a PyTorch user keeps images: (n, c, h, w), in memory too unless channels are last.
        images = torch.from_numpy(images)
        if not self.tuned:
            images = images.permute(0, 3, 1, 2).contiguous()
        losses = []
        start = time.perf_counter()
        order = torch.randperm(len(images))
        for indices in order.split(self.batch):
            batch = images[indices]
            losses.append(self.model.step(batch.permute(0, 3, 1, 2) if self.tuned else batch))
        loss = torch.stack(losses).mean().item()
        return time.perf_counter() - start, loss


def build(case, tuned: bool = False) -> PyTorch:
    return PyTorch(case, tuned)
