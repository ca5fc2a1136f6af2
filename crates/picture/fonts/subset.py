#!/usr/bin/env python3
"""Makes the two fonts of this folder out of two fonts of the Noto CJK family.

usage: subset.py SERIF_BOLD SANS_BOLD [OUTPUT_FOLDER]

SERIF_BOLD  Noto Serif CJK Bold, a collection (.ttc) or the SC font (.otf)
SANS_BOLD   Noto Sans CJK Bold, likewise

Needs Python 3.9 or later and fonttools (4.68.0 made the files kept here; the
result is the same for the same inputs and the same fonttools).  README.md in
this folder tells which characters are kept and why.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parent
LICENCE = (
    "This Font Software is licensed under the SIL Open Font License, Version 1.1. "
    'This Font Software is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR '
    "CONDITIONS OF ANY KIND, either express or implied. See the SIL Open Font License "
    "for the specific language, permissions and limitations governing your use of this "
    "Font Software."
)


def two_byte(codec, rows, columns):
    """Every character that a two-byte Chinese code gives to these rows and columns."""
    found = set()
    for row in rows:
        for column in columns:
            try:
                found.add(bytes([row, column]).decode(codec))
            except UnicodeDecodeError:
                pass
    return found


def characters():
    """The characters of the big font; README.md lists the five groups."""
    ascii_and_latin = {chr(c) for c in [*range(0x20, 0x7F), *range(0xA0, 0x100)]}
    fullwidth = {chr(c) for c in [*range(0xFF01, 0xFF5F), *range(0xFFE0, 0xFFE7)]}
    gb2312 = two_byte("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
    # encoding standards of today map these two codes to another character than Python does
    gb2312 |= {"\u00b7", "\u2014"}
    big5_common = two_byte("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)])
    listed = set((HERE / "names.txt").read_text(encoding="utf-8")) - {"\n"}
    return ascii_and_latin | fullwidth | gb2312 | big5_common | listed


def open_simplified(path):
    """The SC font of a collection, or the only font of a file."""
    if path.suffix.lower() != ".ttc":
        return TTFont(path, recalcTimestamp=False)
    for number, font in enumerate(TTCollection(path, lazy=True).fonts):
        if " CJK SC" in font["name"].getDebugName(1):
            return TTFont(path, fontNumber=number, recalcTimestamp=False)
    sys.exit(f"{path}: no font for simplified Chinese (SC) in it")


def rename(font, family):
    """Gives the font its own name, as the licence wants of a modified version."""
    postscript = family.replace(" ", "") + "-Bold"
    copyright_line = font["name"].getDebugName(0)
    version = font["name"].getDebugName(5).split(";")[0]
    texts = {
        0: copyright_line,
        1: family,
        2: "Bold",
        3: f"{version};{postscript}",
        4: f"{family} Bold",
        5: version,
        6: postscript,
        13: LICENCE,
    }
    font["name"].names = []
    for number, text in texts.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [postscript]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName = f"{family} Bold", family
    for part, one in enumerate(getattr(top, "FDArray", [])):
        one.FontName = f"{postscript}-{part}"


def make(source, text, family, target):
    font = open_simplified(source)
    missing = sorted(c for c in text if ord(c) not in font.getBestCmap())
    print(f"{family}: {len(text)} characters asked for, not in the source: {''.join(missing) or 'none'}")
    options = subset.Options()
    options.layout_features = []
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    options.hinting = False
    options.desubroutinize = False
    options.glyph_names = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    worker = subset.Subsetter(options)
    worker.populate(text="".join(sorted(text)))
    worker.subset(font)
    rename(font, family)
    font.save(target)
    print(f"{target.name}: {target.stat().st_size} bytes, {font['maxp'].numGlyphs} glyphs")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    folder = Path(sys.argv[3]) if len(sys.argv) == 4 else HERE
    make(Path(sys.argv[1]), characters(), "Sealbridge Song", folder / "SealbridgeSong-Bold.otf")
    latin = {chr(c) for c in range(0x20, 0x7F)}
    make(Path(sys.argv[2]), latin, "Sealbridge Figures", folder / "SealbridgeFigures-Bold.otf")


if __name__ == "__main__":
    main()
