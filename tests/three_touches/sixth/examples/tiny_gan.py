"""The first GAN, of Goodfellow et al. (2014), on Gaussians in a ring. Takes seconds.

python examples/tiny_gan.py --epochs 20 --out runs/tiny_gan
"""

import argparse

import keras_genzoo as zoo

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--out", default="runs/tiny_gan")
parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
args = parser.parse_args()

model = zoo.TinyGAN()
model.compile()
model.fit(zoo.data.load("ring", batch_size=20, limit=args.limit), epochs=args.epochs)
model.save_to_preset(f"{args.out}/preset", overwrite=True)
print(f"The model is in {args.out}/preset")
