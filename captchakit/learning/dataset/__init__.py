"""Labelled images on disk: reading, checking and writing them.

A dataset is a folder, or a zip of one, in one of three layouts:

* `dataset.toml` (name, task, alphabet or labels, min_length, max_length, case_sensitive, description, answer)
  beside `labels.csv` (`file,label,split`, optionally `group` and `source`) and the images it names;
* a bare folder of images named after their labels: `G622.png`, or `G622_17.png` where a label comes twice;
* `train_v2.csv` (`image_name,tags`) beside `train-jpg/`: several labels an image; optionally `groups.csv`
  (`image_name,group`), which keeps neighbours in one split, and `dataset.toml` with the labels that there may be.
"""

from captchakit.learning.dataset.item import IMAGE_SUFFIXES, SPLITS, Item, labels_of
from captchakit.learning.dataset.labelled import Dataset
from captchakit.learning.dataset.layouts import load, read
from captchakit.learning.dataset.writing import Sample, write

__all__ = ["IMAGE_SUFFIXES", "SPLITS", "Dataset", "Item", "Sample", "labels_of", "load", "read", "write"]
