"""A pixel face of our own: five columns, seven rows above the baseline, two below."""

from __future__ import annotations

import numpy as np

from captchakit.types import Image

CAP = 7
"""Rows of a capital letter."""

# One byte a row from the top, two hexadecimal digits each; the lowest bit is the rightmost column.
_ROWS = {
    "0": "0E11131519110E", "1": "040C040404040E", "2": "0E11010204081F", "3": "1F02040201110E",
    "4": "02060A121F0202", "5": "1F101E0101110E", "6": "0608101E11110E", "7": "1F010204080808",
    "8": "0E11110E11110E", "9": "0E11110F01020C", "A": "0E1111111F1111", "B": "1E11111E11111E",
    "C": "0E11101010110E", "D": "1C12111111121C", "E": "1F10101E10101F", "F": "1F10101E101010",
    "G": "0E11101711110F", "H": "1111111F111111", "I": "0E04040404040E", "J": "0702020202120C",
    "K": "11121418141211", "L": "1010101010101F", "M": "111B1515111111", "N": "11111915131111",
    "O": "0E11111111110E", "P": "1E11111E101010", "Q": "0E11111115120D", "R": "1E11111E141211",
    "S": "0F10100E01011E", "T": "1F040404040404", "U": "1111111111110E", "V": "11111111110A04",
    "W": "1111111515150A", "X": "11110A040A1111", "Y": "1111110A040404", "Z": "1F01020408101F",
    "a": "00000E010F110F", "b": "1010161911111E", "c": "00000E1010110E", "d": "01010D1311110F",
    "e": "00000E111F100E", "f": "0609081C080808", "g": "00000F11110F01010E", "h": "10101619111111",
    "i": "04000C0404040E", "j": "02000602020202120C", "k": "10101214181412", "l": "0C04040404040E",
    "m": "00001A15151111", "n": "00001619111111", "o": "00000E1111110E", "p": "00001E1111111E1010",
    "q": "00000F1111110F0101", "r": "00001619101010", "s": "00000E100E011E", "t": "08081C08080906",
    "u": "0000111111130D", "v": "00001111110A04", "w": "0000111115150A", "x": "0000110A040A11",
    "y": "00001111110F01010E", "z": "00001F0204081F", "+": "0004041F040400", "-": "0000000E000000",
    "\N{MULTIPLICATION SIGN}": "00110A040A1100", "*": "0004150E150400", "÷": "0004001F000400", "/": "01010204081010",
    "=": "00001F001F0000", "?": "0E110102040004",
}  # fmt: skip

CHARACTERS = "".join(_ROWS)


def draw_pixel(character: str, size: int) -> tuple[Image, int]:
    """Return a glyph, `(height, 5 * scale)` with ink 255, and the row of its top above the baseline, in pixels."""
    scale = max(1, round(size / CAP))
    rows = bytes.fromhex(_ROWS[character])
    bits = np.unpackbits(np.frombuffer(rows, np.uint8)[:, None], axis=1)[:, 3:]
    return np.asarray(np.kron(bits, np.full((scale, scale), 255, np.uint8)), np.uint8), CAP * scale
