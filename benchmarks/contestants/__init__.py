"""Who is measured: one file each, importing nothing of the others.

A contestant's module has `build(case, **options)`, which gives an object with

- `parameters`: how many numbers training moves;
- `loops`: the ways in which it can train;
- `run(loop, images)`: one pass over uint8 images (steps * batch, height, width, channels),
  returning `(seconds, loss)`: the time of all its steps, and their mean loss: of the
  discriminator or critic, or the negative log-likelihood in nats.
"""
