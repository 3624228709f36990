"""Makes the text files of the corpus: `python tests/corpus/make/with_text.py`."""

from pathlib import Path

FILES = Path(__file__).parent.parent / "files"
HEADER = ["Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung", "Kunde"]
ROWS = [
    ["70001", "90001", "bestätigt", "aktiv", "Grüneberg, Jörg"],
    ["70002", "00359", "nicht gesetzt", "", "Weiß; Söhne"],
    ["", "", "", "", ""],
    ["70003", "90003", "gecancelt", "inaktiv", "zwei\nZeilen"],
    ["70004", "90004", "gesendet", "", ""],
]


def text(delimiter: str, end: str) -> str:
    lines = []
    for cells in [HEADER, *ROWS]:
        quoted = [f'"{cell}"' if any(sign in cell for sign in ";,\t|\n") else cell for cell in cells]
        lines.append(delimiter.join(quoted).replace("\n", end) + end)
    return "".join(lines)


def put(name: str, content: bytes | str, encoding: str = "utf-8") -> None:
    (FILES / name).write_bytes(content if isinstance(content, bytes) else content.encode(encoding))


def main() -> None:
    plain_files()
    told_by_the_whole()
    odd_files()


def plain_files() -> None:
    for name, delimiter in {"semicolon": ";", "comma": ",", "tab": "\t", "pipe": "|"}.items():
        put(f"text_{name}.csv", text(delimiter, "\r\n"))
    for name, end in {"lf": "\n", "cr": "\r"}.items():
        put(f"text_{name}.csv", text(";", end))
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-15", "mac-roman", "utf-32"):
        put(f"text_{encoding}.csv", text(";", "\r\n"), encoding)
    lines = text(";", "\n").splitlines(keepends=True)
    put(
        "text_mixed_line_ends.csv",
        "".join(line[:-1] + "\n\r\n\r"[at % 3 : at % 3 + 1 + (at % 3 == 1)] for at, line in enumerate(lines)),
    )
    put("text_sep_line.csv", "sep=|\r\n" + text("|", "\r\n"))
    put("text_sep_line_lies.csv", "sep=,\r\n" + text(";", "\r\n"))
    put(
        "text_trailing_delimiters.csv", "".join(line if '"' in line or line == "Zeilen" else line[:-1] + ";;\n" for line in lines)
    )
    put("text_named.xlsx", text(";", "\r\n"), "cp1252")
    put(
        "text_two_encodings.csv",
        "Termin-ID;Adress-ID;Status\n1;2;bestätigt\n3;4;gesendet\n".encode() + "5;6;bestätigt\n".encode("cp1252"),
    )
    put(
        "text_two_encodings_with_bom.csv",
        "Termin-ID;Adress-ID;Status\n1;2;bestätigt\n".encode("cp1252") + "5;6;bestätigt\n".encode("utf-8-sig"),
    )
    put("text_title_rows.csv", "Export vom 1.12.2026;;\n;;\nTermin-ID;Adress-ID;Status\n1;2;gesendet\n\n\n3;4;gesendet\n\n\n")


def told_by_the_whole() -> None:
    """Encodings that only the header, or the words below it, tell from one another."""
    cp1252 = {
        "text_cp1252_status_in_ascii.csv": (
            "Termin-ID;Adress-ID;Status;Rückmeldung;Name\r\n"
            "70001;90001;gesendet;aktiv;Nataša Dušan\r\n70002;90002;gesendet;inaktiv;Miloš Šarac\r\n"
        ),
        "text_cp1252_slavic_names.csv": (
            "Termin-ID;Adress-ID;Rückmeldung;Name\r\n70001;90001;aktiv;Nataša Dušan\r\n70002;90002;inaktiv;Miloš Šarac\r\n"
        ),
        "text_cp1252_ellipsis.csv": (
            "Termin-ID;Adress-ID;Rückmeldung;Notiz\r\n70001;90001;aktiv;…und dann\r\n70002;90002;inaktiv;…kommt\r\n"
        ),
        "text_cp1252_signs.csv": (
            "Termin-ID;Adress-ID;Rückmeldung;Notiz\r\n70001;90001;aktiv;€ 500, „bar“\r\n70002;90002;inaktiv;Œuvre\r\n"
        ),
    }
    for name, content in cp1252.items():
        put(name, content, "cp1252")
    for encoding in ("cp850", "cp437", "cp1250", "utf-32-le", "utf-32-be"):
        put(f"text_{encoding}.csv", text(";", "\r\n"), encoding)
    put(
        "text_encoding_in_doubt.csv",
        "Termin-ID;Adress-ID;Status;Rückmeldung\n".encode("cp1252") + "1;2;gesendet;Rückmeldung\n".encode("mac-roman"),
    )


def odd_files() -> None:
    put(
        "text_short_and_long.csv",
        "Termin-ID;Adress-ID;Status;Notiz\n1;2\n3;4;gesendet\n5;6;gesendet;Müller; Weiß\n7;8;gesendet;x;;\n9;;gesendet;y\n",
    )
    put("text_unclosed_quote.csv", 'Termin-ID;Adress-ID;Status;Notiz\n1;2;gesendet;"offen\n3;4;gesendet;x\n')
    put(
        "text_quote_swallows_rows.csv",
        'Termin-ID;Adress-ID;Status;Notiz\n1;2;gesendet;"3 Zimmer\n3;4;gesendet;x\n5;6;gesendet;"\n',
    )
    put(
        "text_stray_quotes.csv",
        'Termin-ID;Adress-ID;Status;Notiz\n1;2;gesendet;12" Bild\n3;4;gesendet;"Haus "Schön" am See"\n5;6;gesendet;x\n',
    )
    put("text_quoted_everything.csv", '"Termin-ID","Adress-ID","Status"\n"1","2","gesendet"\n"3","4","""gesendet"""\n')
    put("text_excel_text_formula.csv", 'Termin-ID;Adress-ID;Status\n="00359";="90001";gesendet\n')
    put("text_nul_bytes.csv", b"Termin-ID;Adress-ID;Status\n1;2;gesendet\n3;\x004;gesendet\n" + b"\0" * 64)
    put("text_thousands.csv", "Termin-ID;Adress-ID;Status\n1.234;1,5;gesendet\n359,00;359.0;gesendet\n1,23E+17;7E5;gesendet\n")
    put("text_repeated_header.csv", "Termin-ID;Adress-ID;Status\n1;2;gesendet\nTermin-ID;Adress-ID;Status\n3;4;gesendet\n")
    two_rows = "Termin-ID;Adress-ID;Status;\n;;Bestätigung;Rückmeldung\n"
    put("text_two_header_rows.csv", f"{two_rows}1;2;gesendet;aktiv\n{two_rows}3;4;gesendet;inaktiv\n")
    put("text_header_in_doubt.csv", "Termin-ID;Adress-ID;Bestätigung\n;;Rückmeldung\n1;2;gesendet\n")
    put("text_explained_header.csv", "Termin-ID;Adress-ID;Bestätigung\nZahl;Zahl;Wort\n1;2;gesendet\n")
    put("text_no_last_line_end.csv", "Termin-ID;Adress-ID;Status\n1;2;gesendet")
    put("text_broken_header.csv", "Termin-ID;Adress-ID;BestÃ¤tigung\n1;2;bestÃ¤tigt\n")
    put("text_customer_number.csv", "Terminnummer;Kundennummer;Status\n1;2;gesendet\n")
    put("text_all_columns.csv", "Terminnr;Adressnr;Aktion;Beginn;Feedback-Status\n1;2;verknüpfen;02.12.2026 09:00;aktiv\n")
    put("text_broken_header_unsure.csv", "Termin-ID;Adress-ID;Status;R?ckmeldung\n1;2;gesendet;aktiv\n")
    put("text_header_ends_in_delimiter.csv", "Termin-ID;Adress-ID;Status;\n1;2;gesendet;Notiz\n3;4;gesendet;\n5;6;gesendet\n")
    put("text_prose.txt", "Liebe Kollegen,\nanbei die Liste.\n\nGruß\n")
    put("text_empty.csv", "")
    put("text_only_blanks.csv", " \r\n\r\n")
    put("text_html.xls", HTML, "cp1252")


HTML = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252">
<style>td { color: red }</style></head>
<body><table border=1>
<tr><td colspan=3>Export &uuml;ber das Portal</td></tr>
<tr><th>Termin-ID<th>Adress-ID<th>Best&auml;tigung</tr>
<tr><td rowspan=2>70001</td><td>90001</td><td>best&#228;tigt&nbsp;</td></tr>
<tr><td>90002</td><td>nicht<br>gesetzt</td></tr>
<tr style="display:none"><td>70003</td><td><b>90</b>003</td><td>bestätigt</td></tr>
</table></body></html>
"""

if __name__ == "__main__":
    main()
