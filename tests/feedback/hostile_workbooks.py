"""Workbooks that nobody should send; see `tests.feedback.hostile_files`."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from tests.feedback.hostile_rows import MARK

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class Repeated:
    """Bytes that go on and on: a start, a block so many times, and an end."""

    block: bytes
    n: int
    start: bytes = b""
    end: bytes = b""

    @property
    def n_bytes(self) -> int:
        return len(self.start) + self.n * len(self.block) + len(self.end)

    def whole(self) -> bytes:
        return self.start + self.block * self.n + self.end


def workbook(
    path: Path,
    sheet: bytes | Repeated,
    *,
    strings: bytes | Repeated | None = None,
    more: dict[str, bytes] | None = None,
    styles: bytes | None = None,
    method: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Write a workbook of one sheet, part by part."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = (
        f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>'
    )
    book = (
        f'<workbook xmlns="{SPACE}" xmlns:r="{relations}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    links = (
        f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    roots = (
        f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )
    parts: dict[str, bytes | Repeated] = {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": roots.encode(),
        "xl/workbook.xml": book.encode(),
        "xl/_rels/workbook.xml.rels": links.encode(),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/styles.xml": styles or STYLES,
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{SPACE}"/>'.encode(),
        **(more or {}),
    }
    if method != zipfile.ZIP_DEFLATED:
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in parts.items():
                archive.writestr(name, content if isinstance(content, bytes) else content.whole())
        return path
    with path.open("wb") as file:
        directory = [_write_part(file, name, content) for name, content in parts.items()]
        start = file.tell()
        file.write(b"".join(directory))
        n, size = len(directory), file.tell() - start
        file.write(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, n, n, size, start, 0))
    return path


def _write_part(file: IO[bytes], name: str, content: bytes | Repeated) -> bytes:
    """Write a part of an archive, and return its line of the directory.

    What repeats is compressed once and written as often as it repeats.
    """
    told = content if isinstance(content, Repeated) else Repeated(b"", 0, content)
    at = file.tell()
    file.write(struct.pack("<4s5H3I2H", b"PK\x03\x04", 45, 0, 8, 0, 33, 0, 0, 0, len(name), 0))
    file.write(name.encode())
    start = file.tell()
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    file.write(press.compress(told.start) + press.flush(zlib.Z_FULL_FLUSH))
    block = press.compress(told.block) + press.flush(zlib.Z_FULL_FLUSH)
    for _ in range(told.n):
        file.write(block)
    file.write(press.compress(told.end) + press.flush(zlib.Z_FINISH))
    packed = file.tell() - start
    more = struct.pack("<2HQ", 1, 8, told.n_bytes) if told.n_bytes >= 1 << 32 else b""
    crc = zlib.crc32(told.whole()) if told.n_bytes < 50_000_000 else 0
    size = (1 << 32) - 1 if more else told.n_bytes
    return (
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 45, 45, 0, 8, 0, 33, crc, packed, size,
                    len(name), len(more), 0, 0, 0, 0, at)
        + name.encode()
        + more
    )  # fmt: skip


def sheet_of(rows: str, before: str = "") -> bytes:
    return f'{before}<worksheet xmlns="{SPACE}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def cells(*texts: str) -> str:
    return "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in texts)


STYLES = f'<styleSheet xmlns="{SPACE}"><cellXfs><xf/></cellXfs></styleSheet>'.encode()
HEAD = f"<row>{cells('id', 'comment')}</row>"
SOUND = f"<row>{cells('1', MARK)}</row>"
OPENING = f'<worksheet xmlns="{SPACE}"><sheetData>{HEAD}{SOUND}'.encode()


def zeros_xlsx(path: Path) -> Path:
    """Ten gigabytes of zeros in one cell; ten megabytes on the disk."""
    start = OPENING + b'<row><c t="inlineStr"><is><t>'
    return workbook(path, Repeated(b"0" * 10_000_000, 1_000, start))


def lying_zeros_xlsx(path: Path) -> Path:
    """The same with sizes in the directory that say: a thousand bytes."""
    zeros_like = workbook(path, Repeated(b"0" * 1_000_000, 300, OPENING + b"<row>"))
    data = bytearray(zeros_like.read_bytes())
    at = data.rindex(b"PK\x01\x02", 0, data.index(b"PK\x01\x02") + 600)
    while at >= 0:
        if struct.unpack_from("<I", data, at + 24)[0] > 1_000_000:
            struct.pack_into("<I", data, at + 24, 1_000)
            break
        at = data.rindex(b"PK\x01\x02", 0, at) if b"PK\x01\x02" in data[:at] else -1
    path.write_bytes(data)
    return path


def text_bomb_xlsx(path: Path) -> Path:
    """Lines in a cell: the parser hands out each by itself."""
    start = OPENING + b'<row><c t="inlineStr"><is><t>'
    noise = random.Random(1).randbytes(4_000).hex().encode()
    block = b"".join(noise[at : at + 40] + b"\n" * 900 for at in range(0, 4_000, 40))
    return workbook(path, Repeated(block, 3_000, start))


def empty_rows_xlsx(path: Path) -> Path:
    return workbook(path, Repeated(b"<row/>" * 100_000, 400, OPENING))


def many_cells_xlsx(path: Path) -> Path:
    """One row of thirty million cells."""
    return workbook(path, Repeated(b"<c/>" * 100_000, 300, OPENING + b"<row>"))


def many_columns_xlsx(path: Path) -> Path:
    names = [f"c{at}" for at in range(16_382)]
    head = f"<row>{cells('id', 'comment', *names)}</row>"
    return workbook(path, sheet_of(head + SOUND * 20))


def far_column_xlsx(path: Path) -> Path:
    far = f'<row r="3"><c r="ZZZ3"><v>1</v></c></row><row r="4"><c r="ZZZZZZ4"><v>{1}</v></c></row>'
    return workbook(path, sheet_of(HEAD + SOUND + far))


def far_row_xlsx(path: Path) -> Path:
    far = f'<row r="99999999999999">{cells("2", MARK)}</row>'
    return workbook(path, sheet_of(HEAD + SOUND + far))


def row_gaps_xlsx(path: Path) -> Path:
    """Rows whose numbers leave out millions in between."""
    rows = "".join(f'<row r="{at * 10**9}">{cells(str(at), MARK)}</row>' for at in range(1, 40))
    return workbook(path, sheet_of(HEAD + rows))


def strings_bomb_xlsx(path: Path) -> Path:
    noise = random.Random(2).randbytes(3_000).hex().encode()
    start = f'<sst xmlns="{SPACE}">'.encode()
    block = b"<si><t>" + noise + b"a" * 900_000 + b"</t></si>"
    return workbook(path, sheet_of(HEAD + SOUND), strings=Repeated(block, 3_000, start, b"</sst>"))


def empty_strings_xlsx(path: Path) -> Path:
    start = f'<sst xmlns="{SPACE}">'.encode()
    strings = Repeated(b"<si/>" * 100_000, 300, start, b"</sst>")
    return workbook(path, sheet_of(HEAD + SOUND), strings=strings)


def styles_bomb_xlsx(path: Path) -> Path:
    styles = f'<styleSheet xmlns="{SPACE}"><cellXfs>{"<xf/>" * 6_000_000}</cellXfs></styleSheet>'
    return workbook(path, sheet_of(HEAD + SOUND), styles=styles.encode())


def laughs_xlsx(path: Path) -> Path:
    kinds = ['<!ENTITY a "haha">']
    kinds += [
        f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    rows = "<row><c t='inlineStr'><is><t>&i;</t></is></c></row>"
    return workbook(path, sheet_of(HEAD + rows, f"<!DOCTYPE x [{''.join(kinds)}]>"))


def outside_xlsx(path: Path) -> Path:
    secret = path.with_suffix(".secret")
    secret.write_text(f"{MARK} of another file")
    before = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>'
    row = (
        "<row><c t='inlineStr'><is><t>2</t></is></c><c t='inlineStr'><is><t>&a;</t></is></c></row>"
    )
    return workbook(path, sheet_of(HEAD + SOUND + row, before))


def many_parts_xlsx(path: Path) -> Path:
    """A million entries of an archive."""
    workbook(path, sheet_of(HEAD + SOUND))
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, *[0] * 3, 8, *[0] * 6)
    with path.open("wb") as file:
        file.write(data[:at])
        start = file.tell()
        file.write(data[at : data.index(b"PK\x05\x06")])
        for first in range(0, 1_000_000, 10_000):
            names = (b"%08d" % n for n in range(first, first + 10_000))
            file.write(b"".join(entry + name for name in names))
        size = file.tell() - start
        end = file.tell()
        n = 1_000_006
        file.write(struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, n, n, size, start))
        file.write(struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1))
        file.write(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, size, start, 0))
    return path


def overlapping_xlsx(path: Path) -> Path:
    """Entries that all stand at the same place."""
    workbook(path, sheet_of(HEAD + SOUND))
    data = bytearray(path.read_bytes())
    at, offset = data.index(b"PK\x01\x02"), None
    while data[at : at + 4] == b"PK\x01\x02":
        name, extra, note = struct.unpack_from("<3H", data, at + 28)
        offset = struct.unpack_from("<I", data, at + 42)[0] if offset is None else offset
        struct.pack_into("<I", data, at + 42, offset)
        at += 46 + name + extra + note
    path.write_bytes(data)
    return path


def nested_zip_xlsx(path: Path) -> Path:
    inner = b"0" * 5_000_000
    for at in range(6):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(4):
                archive.writestr(f"{at}_{copy}.zip", inner)
        inner = packed.getvalue()
    path.write_bytes(inner)
    return path


def squeezed_xlsx(method: int) -> Callable[[Path], Path]:
    """Parts compressed as no spreadsheet does, which unpack without measure."""

    def make(path: Path) -> Path:
        start = OPENING + b'<row><c t="inlineStr"><is><t>'
        return workbook(path, Repeated(b"0" * 1_000_000, 40, start), method=method)

    return make


def many_sheets_xlsx(path: Path) -> Path:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = "".join(f'<sheet name="S{at}" sheetId="{at}" r:id="rId1"/>' for at in range(1, 60_000))
    book = f'<workbook xmlns="{SPACE}" xmlns:r="{relations}"><sheets>{names}</sheets></workbook>'
    blank = sheet_of(f"<row>{'<c/>' * 3_000}</row>" * 30)
    return workbook(path, blank, more={"xl/workbook.xml": book.encode()})


def encrypted_xlsx(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + MARK.encode() * 500)
    return path


def plain_zip_xlsx(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", MARK)
    return path


def huge_cell_xlsx(n_bytes: int) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        start = OPENING + b'<row><c t="inlineStr"><is><t>2</t></is></c><c t="inlineStr"><is><t>'
        end = b"</t></is></c></row></sheetData></worksheet>"
        return workbook(path, Repeated(b"word and 1 " * 90_909, n_bytes // 1_000_000, start, end))

    return make


def odd_values_xlsx(path: Path) -> Path:
    values = ["9" * 400, "1e999", "-1e999", "NaN", "1e-400", "1_0", "٣", "", "0x10"]
    rows = "".join(
        f'<row>{cells(str(at), f"{MARK} {at}")}<c s="1"><v>{value}</v></c>'
        f"<c><v>{value}</v></c></row>"
        for at, value in enumerate(values)
    )
    head = f"<row>{cells('id', 'comment', 'date', 'rating')}</row>"
    styles = f'<styleSheet xmlns="{SPACE}"><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>'
    return workbook(path, sheet_of(head + rows), styles=styles.encode())


def wrong_string_xlsx(path: Path) -> Path:
    row = '<row><c t="s"><v>999</v></c><c t="s"><v>-1</v></c></row>'
    return workbook(path, sheet_of(HEAD + SOUND + row))
