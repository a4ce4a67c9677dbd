"""`python -m keras_genzoo.cli`, where the command is not on the path."""

from keras_genzoo.cli import main

main()
