"""Recipes: presets that can be trained again, and cards that can be checked."""

from keras_genzoo.recipes.cards import card
from keras_genzoo.recipes.reading import checked, find_recipe, name_of, read_recipe, written
from keras_genzoo.recipes.recipe import Data, Recipe, Target
from keras_genzoo.recipes.reproducing import Place, check, make_new, record, reproduce, stated
from keras_genzoo.recipes.scoring import Held, measure
from keras_genzoo.recipes.training import Run, Unfit, prepare

__all__ = [
    "Data",
    "Held",
    "Place",
    "Recipe",
    "Run",
    "Target",
    "Unfit",
    "card",
    "check",
    "checked",
    "find_recipe",
    "make_new",
    "measure",
    "name_of",
    "prepare",
    "read_recipe",
    "record",
    "reproduce",
    "stated",
    "written",
]
