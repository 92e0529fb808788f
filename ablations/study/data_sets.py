"""How a study names its data: files of the user's own by a prefix and their path, everything else as TFDS does."""

FOLDER, ARROW, ARRAYS = "folder:", "arrow:", "numpy:"
SAVED = ("dataset_dict.json", "state.json")  # one of them is in a folder that Hugging Face's `datasets` wrote


def is_own(dataset: str) -> bool:
    """Whether a name is that of the user's own files.

    >>> is_own("folder:pictures"), is_own("cifar10:3.0.2")
    (True, False)
    """
    return dataset.startswith((FOLDER, ARROW, ARRAYS))
