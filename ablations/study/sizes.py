"""The size of a study's images: one number for squares, so that they keep their addresses, else (height, width)."""

from typing import TypeAlias

from inception_keras.errors import UserError

ImageSize: TypeAlias = int | tuple[int, int]


def image_size(value: object) -> ImageSize:
    """The size in its one form: the side of a square, or (height, width) in pixels.

    Raises:
        UserError: It is neither a whole number of 1 or more nor a pair of them.

    >>> image_size([48, 32]), image_size((32, 32))
    ((48, 32), 32)
    """
    sides = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
    if len(sides) != 2 or not all(type(side) is int and side >= 1 for side in sides):
        raise UserError(
            f"image_size must be a whole number of pixels, 1 or more, or (height, width), such as 32 or (48, 32); got "
            f"{value!r}"
        )
    height, width = sides
    return height if height == width else (height, width)


def height_and_width(size: ImageSize) -> tuple[int, int]:
    """Both sides in pixels, the height first."""
    return (size, size) if isinstance(size, int) else size
