// Makes the files of the corpus that JavaScript libraries write. In a folder with `npm install xlsx exceljs`:
// `node with_javascript.mjs PATH/tests/corpus/files`
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const require = createRequire(path.join(process.cwd(), "package.json"));
const XLSX = require("xlsx");
const ExcelJS = require("exceljs");
const folder = process.argv[2];

const header = ["Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung", "Beginn", "Kunde", "Bemerkung"];
const start = "2026-12-02 09:00";
const base = [
  [70001, 90001, "bestätigt", "aktiv", start, "Grüneberg, Jörg", 'sagt: "gern"'],
  [70001, "00359", "gesendet", null, null, "Weiß & Söhne <GmbH>", "  Leerzeichen  "],
  [],
  [70002, 90004, "gecancelt", "inaktiv", start, "Häßler, Änne", "zwei\nZeilen"],
  [359.5, 90005, "nicht gesetzt", null, null, "n/a", "NA"],
  ["2026-12-02", 90006, "bestätigt", null, null, null, null],
  [true, 90007, null, "aktiv", null, "1.234", "1,5"],
];

const sheet = XLSX.utils.aoa_to_sheet([header, ...base]);
const book = XLSX.utils.book_new();
XLSX.utils.book_append_sheet(book, sheet, "Termine");
for (const [name, bookType] of [
  ["sheetjs_base.xlsx", "xlsx"], ["sheetjs_base.xlsm", "xlsm"], ["sheetjs_base.xlsb", "xlsb"], ["sheetjs_base.xls", "biff8"],
  ["sheetjs_base_2003_xml.xls", "xlml"], ["sheetjs_base.ods", "ods"], ["sheetjs_base.fods", "fods"],
  ["sheetjs_base_html.xls", "html"], ["sheetjs_base.csv", "csv"], ["sheetjs_base_utf16.txt", "txt"],
]) XLSX.writeFile(book, path.join(folder, name), { bookType, compression: true, bookSST: name.endsWith("xlsm") });

const workbook = new ExcelJS.Workbook();
const rows = workbook.addWorksheet("Termine");
rows.addRow(header);
for (const cells of base) rows.addRow(cells);
await workbook.xlsx.writeFile(path.join(folder, "exceljs_base.xlsx"));

const marked = new ExcelJS.Workbook();
const list = marked.addWorksheet("Liste");
list.addRow(["Termin-ID", "Adress-ID", "Bestätigung"]);
list.addRow([{ formula: "70000+1", result: 70001 }, 90001, { richText: [{ text: "be" }, { text: "stätigt", font: { bold: true } }] }]);
list.addRow([{ formula: "70000+2" }, 90002, "gesendet"]);
list.addRow([70003, { text: "90003", hyperlink: "https://example.com/90003" }, { error: "#N/A" }]);
list.addRow([70004, 90004, "gesendet"]).hidden = true;
await marked.xlsx.writeFile(path.join(folder, "exceljs_marked.xlsx"));
