"""Makes OpenDocument, SpreadsheetML and HTML files as other programs write them: `python tests/corpus/make/with_markup.py`.

What is called `libreoffice_kept`, LibreOffice 7.4 saved: what it keeps of other files, in charts and below merged cells.
"""

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

FILES = Path(__file__).parent.parent / "files"
HEADER = ["Termin-ID", "Adress-ID", "Status"]

OPEN_DOCUMENT = "application/vnd.oasis.opendocument.spreadsheet"
OASIS = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in [("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"), ("draw", "drawing")]
)
CALCEXT = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def style(name: str, family: str, property_: str) -> str:
    return f'<style:style style:name="{name}" style:family="{family}"><style:{family}-properties {property_}/></style:style>'


STYLES = (
    style("s", "table-row", 'style:row-height="0cm"')
    + style("s", "table-column", 'style:column-width="0in"')
    + style("high", "table-row", 'style:row-height="0.45cm"')
    + style("away", "table", 'table:display="false"')
)


def put(name: str, content: bytes | str) -> None:
    (FILES / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def cell(value: object, attributes: str = "", *, covered: bool = False) -> str:
    name = "table:covered-table-cell" if covered else "table:table-cell"
    if isinstance(value, int):
        return f'<{name} office:value-type="float" office:value="{value}" {attributes}><text:p>{value}</text:p></{name}>'
    return f'<{name} office:value-type="string" {attributes}><text:p>{escape(str(value))}</text:p></{name}>'


def row(*values: object, attributes: str = "") -> str:
    cells = (value if str(value).startswith("<") else cell(value) for value in values)
    return f"<table:table-row {attributes}>{''.join(map(str, cells))}</table:table-row>"


def table(name: str, *rows: str, before: str = "", attributes: str = "") -> str:
    return f'<table:table table:name="{escape(name)}" {attributes}>{before}{"".join(rows)}</table:table>'


def content(*tables: str, before: str = "", root: str = "document-content") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:{root} {OASIS} {CALCEXT} office:version="1.2" '
        f'office:mimetype="{OPEN_DOCUMENT}"><office:automatic-styles>{STYLES}</office:automatic-styles><office:body>'
        f"<office:spreadsheet>{before}{''.join(tables)}</office:spreadsheet></office:body></office:{root}>"
    )


def flat(*tables: str, before: str = "") -> str:
    return content(*tables, before=before, root="document")


def archive(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members.items():
            made.writestr(zipfile.ZipInfo(name), text)
    return file.getvalue()


def manifest(inside: str = "") -> str:
    return (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{OPEN_DOCUMENT}"/>'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{inside}</manifest:file-entry>'
        "</manifest:manifest>"
    )


def open_document() -> None:
    good = table("Termine", row(*HEADER), row(70001, 90001, "bestätigt"), row(70002, 90002, "gecancelt"))
    old = table("Alt", row(*HEADER), row(70001, 90001, "gesendet"), row(70009, 90009, "gesendet"))
    cache = old.replace('"Alt"', "\"'https://buero.example/Bj'#39;s.ods'#Alt\"").replace("#39;", "'")
    links = f"<table:dde-links><table:dde-link><office:dde-source/>{old}</table:dde-link></table:dde-links>"
    changes = (
        '<table:tracked-changes><table:cell-content-change table:id="c1"><table:previous><table:change-track-table-cell '
        'office:value-type="float" office:value="90099"><text:p>90099</text:p></table:change-track-table-cell></table:previous>'
        f'</table:cell-content-change><table:deletion table:id="c2">{old}</table:deletion></table:tracked-changes>'
    )
    chart = f"<draw:frame><draw:object>{content(old).partition(chr(10))[2]}</draw:object></draw:frame>"
    chart = f"<table:shapes>{chart}</table:shapes>"
    put(
        "markup_stores.fods", flat(good.replace("<table:table-row", chart + "<table:table-row", 1), links, before=changes + cache)
    )
    put("markup_hidden.fods", flat(hidden()))
    put("markup_repeated.fods", flat(repeated()))
    put("markup_values.fods", flat(values()))
    put("markup_under_merged.fods", flat(under_merged()))
    put("markup_sheets_of_one_name.fods", flat(good, old.replace("Alt", "TERMINE")))
    put("markup_no_mimetype.ods", archive({"content.xml": content(good), "META-INF/manifest.xml": manifest()}))
    put("markup_only_content.ods", archive({"content.xml": content(good)}))
    put("markup_mimetype_last.ods", archive({"content.xml": content(good), "xl/x": "", "mimetype": OPEN_DOCUMENT}))
    locked = manifest("<manifest:encryption-data/>")
    put("markup_encrypted.ods", archive({"mimetype": OPEN_DOCUMENT, "content.xml": "\x01", "META-INF/manifest.xml": locked}))
    put(
        "markup_encrypted_as_one.ods",
        archive({"mimetype": OPEN_DOCUMENT, "encrypted-package": "\x01", "META-INF/manifest.xml": locked}),
    )
    put(
        "markup_text_document.ods",
        archive({"mimetype": OPEN_DOCUMENT.replace("spreadsheet", "text"), "content.xml": content(good)}),
    )


def hidden() -> str:
    columns = (
        '<table:table-column/><table:table-column-group table:display="false"><table:table-column/></table:table-column-group>'
    )
    columns += '<table:table-column table:style-name="s"/>'
    return table(
        "Termine",
        f"<table:table-header-rows>{row(*HEADER)}</table:table-header-rows>",
        row(70001, 90001, "bestätigt", attributes='table:style-name="s"'),
        row(70002, 90002, "bestätigt", attributes='table:style-name="high"'),
        f'<table:table-row-group table:display="false">{row(70003, 90003, "gesendet")}</table:table-row-group>',
        f"<table:table-row-group>{row(70004, 90004, 'gesendet')}</table:table-row-group>",
        row(70005, 90005, "gesendet", attributes='table:visibility="collapse"'),
        row(70006, 90006, "gesendet", attributes='table:visibility="filter"'),
        before=columns,
        attributes='table:style-name="away"',
    )


def repeated() -> str:
    error = cell("#NV", 'table:formula="of:=NA()" office:string-value="" {}')
    header = [*HEADER[:2], "Bestätigung", "Rückmeldung"]
    twice = 'table:number-columns-repeated="2"'
    return table(
        "Termine",
        row(*header, attributes='table:number-rows-repeated="1"'),
        row(70001, 90001, error.format(twice)),
        row(70002, 90002, "gesendet", error.format(""), attributes='table:number-rows-repeated="2"'),
        row("<table:table-cell/>", attributes='table:number-rows-repeated="3"'),
        row(cell(90004, twice), "bestätigt"),
        row(
            70005,
            90005,
            cell("gesendet", 'table:number-columns-spanned="2"'),
            cell("aktiv", covered=True),
            attributes='table:number-rows-repeated="2"',
        ),
    )


def values() -> str:
    note = "<office:annotation><text:p>gecancelt</text:p></office:annotation>"
    noted = f'<table:table-cell office:value-type="string">{note}{{}}</table:table-cell>'
    text = '<table:table-cell office:value-type="string" {}>{}</table:table-cell>'
    lines = [
        (70001, noted.format("<text:p>best<text:span>ätigt</text:span></text:p>")),
        (70002, noted.format("<text:p>ge<office:annotation><text:p>x</text:p></office:annotation>sendet</text:p>")),
        (70003, text.format('office:string-value="gesendet"', "<text:p>gecancelt</text:p>")),
        (70004, text.format('office:string-value="gesendet"', "")),
        (70005, text.format("", "<text:p>nicht<text:s/>gesetzt</text:p>")),
        (
            70006,
            text.format(
                "",
                "<text:p>gesendet</text:p><table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table>",
            ),
        ),
        (
            70007,
            text.format(
                "",
                "<text:p><text:ruby><text:ruby-base>gesendet</text:ruby-base><text:ruby-text>x</text:ruby-text></text:ruby></text:p>",
            ),
        ),
        (
            70008,
            text.format(
                "",
                "<text:p><text:a>gesendet</text:a><draw:frame><draw:text-box><text:p>x</text:p></draw:text-box></draw:frame></text:p>",
            ),
        ),
        (70009, text.format("", "<text:p><![CDATA[gesen]]>d<!-- x -->&#101;t</text:p>")),
        (
            70010,
            '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#WERT!</text:p></table:table-cell>',
        ),
        (70011, '<table:table-cell table:formula="of:=A1"/>'),
        (70012, '<table:covered-table-cell office:value-type="string"><text:p>gesendet</text:p></table:covered-table-cell>'),
    ]
    return table("Termine", row(*HEADER), *(row(number, number + 20_000, status) for number, status in lines))


def under_merged() -> str:
    return table(
        "Termine",
        row(*HEADER),
        row(70001, 90001, cell("gesendet", 'table:number-rows-spanned="2"')),
        row(70002, 90002, cell("gecancelt", covered=True)),
        row(cell(70003, 'table:number-columns-spanned="2"'), cell(90003), "bestätigt"),
    )


SPREADSHEETML = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
)


def data(value: object, attributes: str = "", kind: str = "") -> str:
    kind = kind or ("Number" if isinstance(value, int) else "String")
    return f'<Cell {attributes}><Data ss:Type="{kind}">{value}</Data></Cell>'


def line(*values: object, attributes: str = "") -> str:
    cells = (value if str(value).startswith("<") else data(value) for value in values)
    return f"<Row {attributes}>{''.join(map(str, cells))}</Row>"


def sheet(name: str, *rows: str, attributes: str = "") -> str:
    return f'<Worksheet ss:Name="{name}"><Table {attributes}>{"".join(rows)}</Table></Worksheet>'


def book(*sheets: str) -> str:
    return f"{SPREADSHEETML}{''.join(sheets)}</Workbook>"


def spreadsheetml() -> None:
    html = 'xmlns="http://www.w3.org/TR/REC-html40"'
    comment = f'<Comment ss:Author="Anna"><ss:Data {html}><B>Anna:</B><Font>{{}}</Font></ss:Data></Comment></Cell>'
    rich = f'<Cell><ss:Data ss:Type="String" {html}><B>best</B><I>ä<Font>tigt</Font></I></ss:Data></Cell>'
    noted = sheet(
        "Termine",
        line(*HEADER),
        line(70001, data(90001).replace("</Cell>", comment.format("90002")), "bestätigt"),
        line(70002, 90002, data("bestätigt").replace("</Cell>", comment.format("gecancelt"))),
        line(70003, 90003, rich),
        line(70004, 90004, "<Cell>" + comment.format("gesendet")),
    )
    put("markup_2003_comments.xml", book(noted))
    offset = (
        line(*HEADER) + line(70001, 90001, "bestätigt") + line(70002, data(90002), data("gesendet"), attributes='ss:Index="4"')
    )
    put("markup_2003_offset.xml", book(sheet("Termine", offset, attributes='ss:TopCell="4" ss:LeftCell="2"')))
    put("markup_2003_control_characters.xml", book(control_characters()))
    put("markup_2003_hidden.xml", book(hidden_lines()))
    put("markup_2003_kinds.xml", book(kinds()))
    put(
        "markup_2003_row_twice.xml",
        book(
            sheet(
                "T",
                line(*HEADER),
                *[line(70001, 90001, status, attributes='ss:Index="2"') for status in ("gesendet", "gecancelt")],
            )
        ),
    )
    put(
        "markup_2003_sheet_twice.xml",
        book(*[sheet(name, line(*HEADER), line(70001, 90001, "gesendet")) for name in ("Termine", "termine")]),
    )
    put(
        "markup_2003_two_values.xml",
        book(
            sheet(
                "T",
                line(*HEADER),
                line(70001, 90001, data("gesendet").replace("<Data", '<Data ss:Type="String">gecancelt</Data><Data')),
            )
        ),
    )
    prefixed = book(noted).replace("<", "<ss:").replace("<ss:/", "</ss:").replace("<ss:?", "<?").replace("ss:ss:", "ss:")
    put("markup_2003_prefixed_utf16.xml", prefixed.replace('xmlns="urn', 'xmlns:own="urn', 1).encode("utf-16"))


def control_characters() -> str:
    rows = [(70001, "gesendet", "vorn&#1;hinten"), (70002, "gesen&#x1F;det", ""), ("70003&#0;", "gesendet", "&#10;&#x85;")]
    return sheet("Termine", line(*HEADER, "Notiz"), *(line(first, 90001, status, note) for first, status, note in rows))


def hidden_lines() -> str:
    return sheet(
        "Termine",
        '<Column/><Column ss:Index="2" ss:Width="0"/><Column ss:Hidden="1"/>',
        line(*HEADER),
        line(70001, 90001, "gesendet", attributes='ss:AutoFitHeight="0" ss:Height="0"'),
        line(70002, 90002, "gesendet", attributes='ss:Height="15"'),
        line(70003, 90003, "gesendet", attributes='ss:Hidden="1" ss:Span="2"'),
        line(70004, 90004, "gesendet"),
    ).replace("</Table>", "</Table><WorksheetOptions><Visible>SheetVeryHidden</Visible></WorksheetOptions>")


def kinds() -> str:
    return sheet(
        "Termine",
        line(*HEADER, "Terminbeginn"),
        line(
            70001,
            data(90001, 'ss:Formula="=1"'),
            data("gesendet", 'ss:MergeDown="1"'),
            data("2026-12-02T09:00:00.000", kind="DateTime"),
        ),
        line(70002, 90002, "gecancelt", data("2026-12-02T00:00:00.000", kind="DateTime")),
        line(70003, 90003, data("#N/A", 'ss:Formula="=NA()"', kind="Error"), ""),
        line(70004, 90004, '<Cell ss:Formula="=A1"/>', ""),
        line(data("1", kind="Boolean"), 90005, "gesendet"),
        line(data("7.0006E4", kind="Number"), data("90006.0", kind="Number"), "gesendet"),
        line(data(70007, 'ss:MergeAcross="1"'), "gesendet"),
        line(70008, data(90008, 'ss:Index="2"'), "gesen<![CDATA[d]]><!-- x -->et"),
    )


def page(body: str) -> str:
    return f'<html><head><meta charset="utf-8"><title>x</title></head><body>{body}</body></html>'


def html_table(*rows: tuple[object, ...], attributes: str = "") -> str:
    lines = ("".join(str(value) if str(value).startswith("<") else f"<td>{value}</td>" for value in row) for row in rows)
    return f"<table {attributes}>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def html() -> None:
    header, good = tuple(HEADER), (70001, 90001, "best&auml;tigt")
    plain = html_table(header, good, (70002, "9O002", "gesendet"))
    put("markup_title_and_text.xls", page(f"<h2>Termine M&uuml;nchen</h2><p>Stand 1.12.2026</p>{plain}"))
    put("markup_table_in_table.xls", page(f"<table><tr><td>{plain}</td></tr></table>"))
    between = f"Vorab<br>zwei<p></p><div><div>drei</div></div>{plain}<br>nach<p>&nbsp;</p>{plain}<ul><li>a<li>b</ul>"
    put("markup_text_around.xls", page(between))
    menu = html_table((f"<td>{html_table(('Menü',), ('Start',))}</td>", f"<td>{plain}</td>"), ("<td colspan=2>Seite 1</td>",))
    put("markup_page_layout.xls", page(menu))
    notes = html_table(("a", "b"), ("c", "d"))
    noted = html_table(
        (*header, "Notiz", "Ende"), (*good, f"<td>vor {notes} nach</td>", "x"), (70002, 90002, "gesendet", "", "y")
    )
    put("markup_table_in_note.xls", page(noted))
    put(
        "markup_unclosed.xls",
        page("<table><tr><th>Termin-ID<th>Adress-ID<th>Status<tr><td>70001<td>90001<td><p>gesendet"),
    )
    spans = html_table(header, (70001, "<td rowspan=9>90001</td>", "gesendet"), (70002, "<td>gesendet</td>"))
    put("markup_span_beyond_table.xls", page(spans + html_table(header, (70003, 90003, "gesendet"))))
    put("markup_hidden.xls", page(hidden_html(header)))
    exact = [("<td x:num>70001</td>", '<td x:num="90001.4">90001</td>', "gesendet")]
    exact += [('<td sdval="70002" sdnum="1031;">70.002</td>', 90002, "gesendet"), (70003, 90003, "<td x:str>gesendet</td>")]
    put("markup_exact_values.xls", page(html_table(header, *exact)))
    odd = "<!--[if gte mso 9]><xml><td>70009</td></xml><![endif]--><style>td{color:red}</style><script>'<td>'</script>"
    put(
        "markup_beside_tables.xls",
        odd + html_table(header, ("70<!-- 9 -->001", "9<b>00</b>01", "gesen&#100;et&shy;"), attributes="border=1"),
    )
    mhtml = "MIME-Version: 1.0\nX-Document-Type: Workbook\nContent-Type: multipart/related; boundary=x\n\n--x\n"
    put("markup_mhtml.xls", mhtml + page(plain))
    put("markup_mhtml_of_a_browser.xls", "From: <Saved by Blink>\nSubject: Termine\n" + mhtml + page(plain))


def hidden_html(header: tuple[object, ...]) -> str:
    rows = [(70001 + at, 90001 + at, "gesendet") for at in range(4)]
    table = html_table(header, *rows[:2]).replace("<tr><td>70002", "<tr style='mso-x:y; DISPLAY: none'><td>70002")
    body = html_table(rows[2]).replace("<tr>", "<tbody hidden><tr>")
    key = html_table(("<td><span style='display:none'>7</span>70004</td>", *rows[3][1:]))
    columns = table.replace("<tr>", "<colgroup><col width=20><col style='display:none' width=0></colgroup><tr>", 1)
    return columns.replace("</table>", "") + body.partition(">")[2].replace("</table>", "") + key.partition(">")[2]


def main() -> None:
    open_document()
    spreadsheetml()
    html()


if __name__ == "__main__":
    main()
