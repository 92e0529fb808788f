"""Files of results for `compare`, and what was read of them."""


def write(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def scores(found):
    return {arm.name: arm.scores for arm in found.arms}
