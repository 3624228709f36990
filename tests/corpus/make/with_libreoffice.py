"""Lets LibreOffice save files of the corpus in its own formats: `python tests/corpus/make/with_libreoffice.py`."""

import shutil
import subprocess
import tempfile
from pathlib import Path

FILES = Path(__file__).parent.parent / "files"
FORMATS = {
    "ods": "ods",
    "fods": "fods",
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "xls": "xls:MS Excel 97",
    "html": "html:HTML (StarCalc)",
    "csv": "csv:Text - txt - csv (StarCalc):59,34,ANSI,1",
}
WANTED = {
    "base": list(FORMATS),
    "hidden": ["fods", "ods", "xls"],
    "merged": ["fods", "ods", "xls", "html"],
    "two_header_rows": ["ods", "xls", "html", "csv"],
    "formulas": ["fods", "ods"],
}


def convert(source: Path, ending: str, folder: str) -> Path:
    command = ["soffice", "--headless", "--convert-to", FORMATS[ending], "--outdir", folder, str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return Path(folder, source.with_suffix(f".{ending}").name)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, endings in WANTED.items():
            flat = convert(FILES / f"xlsxwriter_{name}.xlsx", "fods", folder)
            for ending in endings:
                made = flat if ending == "fods" else convert(flat, ending, folder)
                shutil.copy(made, FILES / f"libreoffice_{name}.{ending}")


if __name__ == "__main__":
    main()
