"""A table as an Excel file (ECMA-376, SpreadsheetML), by the standard library alone: one sheet, a bold head that stays
in view and filters, texts and days. No cell is ever a formula, whatever stands in it.

Limits: all rows are in memory while it is made; call it from a thread.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | date | None
_ZERO = date(1899, 12, 30)
"""Days are counted from here."""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>""",
    "xl/styles.xml": f"""<styleSheet xmlns="{_MAIN}">
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>
<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="3"><xf xfId="0"/><xf numFmtId="164" applyNumberFormat="1" xfId="0"/>
<xf fontId="1" applyFont="1" xfId="0"/></cellXfs></styleSheet>""",
}
_DAY, _BOLD = 1, 2


def xlsx(title: str, heads: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The file. `heads`: the title of each column and its width in characters; `title`, of the sheet, at most 31
    characters and none of \\ / ? * : [ ]."""
    last = _name(len(heads) - 1)
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, (_, width) in enumerate(heads, 1)
    )
    lines = [_row(1, [head for head, _ in heads], _BOLD)]
    lines += [_row(n, row) for n, row in enumerate(rows, 2)]
    data = "".join(lines)
    sheet = (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        f'state="frozen"/></sheetView></sheetViews><cols>{columns}</cols><sheetData>{data}</sheetData>'
        f'<autoFilter ref="A1:{last}{len(lines)}"/></worksheet>'
    )
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name={quoteattr(title)} sheetId="1" r:id="r1"/>'
        "</sheets></workbook>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (_PARTS | {"xl/workbook.xml": book, "xl/worksheets/sheet1.xml": sheet}).items():
            file.writestr(name, _HEAD + content)
    return made.getvalue()


def _row(n: int, values: Sequence[Cell], style: int = 0) -> str:
    cells = "".join(_cell(f"{_name(column)}{n}", value, style) for column, value in enumerate(values))
    return f'<row r="{n}">{cells}</row>'


def _cell(where: str, value: Cell, style: int) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return f'<c r="{where}" s="{_DAY}"><v>{(value - _ZERO).days}</v></c>'
    return f'<c r="{where}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def _name(n: int) -> str:
    """A, B, … Z, AA …: of the n-th column, from 0."""
    return (_name(n // 26 - 1) if n >= 26 else "") + chr(ord("A") + n % 26)
