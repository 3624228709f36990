"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const { said, verdicts, kinds, files, sheets, words, findings, people, rows } = data;
  const AT_ONCE = 100;
  const [FILE, SHEET, ROW, APPOINTMENT, ADDRESS, VERDICT, CONFIRMATION, FEEDBACK, OLD_CONFIRMATION, OLD_FEEDBACK, FINDINGS, WHEN,
    NAME] = Array(13).keys();
  const body = byId("table").tBodies[0];
  const labels = [...byId("table").tHead.rows[0].cells].map((cell) => cell.firstChild.textContent);
  const search = byId("search");
  const file = byId("file");
  const kind = byId("kind");
  const choices = [...document.querySelectorAll("[data-choice]")];
  const number = (value) => value.toLocaleString(data.language);
  const filled = (text, ...values) => text.replace(/\{(\d)\}/g, (_, at) => number(values[at]));
  const isChosen = (choice) => choice.getAttribute("aria-pressed") === "true";
  const choose = (choice, on) => choice.setAttribute("aria-pressed", String(on));
  let found = rows;
  let page = 0;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#i-${name}`);
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    svg.append(use);
    return svg;
  };

  // What a row says as one text in lower case; made when somebody searches for the first time.
  const texts = [];
  const textOf = (row) => {
    const told = row[FINDINGS].map((at) => findings[at][1]);
    const status = [row[CONFIRMATION], row[FEEDBACK]].map((at) => words[at] ?? "");
    return [files[row[FILE]], sheets[row[SHEET]] ?? "", row[ROW], row[APPOINTMENT] ?? "", row[ADDRESS] ?? "",
      people[row[WHEN]] ?? "", people[row[NAME]] ?? "", verdicts[row[VERDICT]][1], ...status, ...told].join("\n").toLowerCase();
  };

  const matching = () => {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = new Set(choices.filter(isChosen).map((one) => one.dataset.choice));
    const inFile = file && file.value !== "" ? Number(file.value) : null;
    if (terms.length && !texts.length) rows.forEach((row) => texts.push(textOf(row)));
    return rows.filter((row, at) =>
      (inFile === null || row[FILE] === inFile)
      && (!chosen.size || chosen.has(verdicts[row[VERDICT]][0]))
      && (!kind.value || row[FINDINGS].some((one) => findings[one][0] === kind.value))
      && terms.every((term) => texts[at].includes(term)));
  };

  const place = (row) => {
    const cell = element("th");
    cell.scope = "row";
    const sheet = row[SHEET] >= 0 ? ` · ${sheets[row[SHEET]]}` : "";
    cell.append(element("span", `${said.row} ${row[ROW]}`, "row-number"), element("span", files[row[FILE]] + sheet, "file-name"));
    return cell;
  };

  const numbered = (id, known) => {
    const cell = element("td", id ?? "");
    if (known >= 0) cell.append(element("span", people[known], "known"));
    return cell;
  };

  const verdict = (row) => {
    const [id, word] = verdicts[row[VERDICT]];
    const cell = element("td");
    const badge = element("span", undefined, `verdict v-${id}`);
    badge.append(icon(id), word);
    cell.append(badge);
    return cell;
  };

  const change = (old, wanted) => {
    const cell = element("td");
    if (wanted < 0) return cell;
    const told = element("span");
    if (old !== wanted) {
      told.append(element("span", words[old] ?? "?", "old"), element("span", " → ", "arrow"));
    }
    told.append(element("span", words[wanted], old === wanted ? "same" : "new"));
    cell.append(told);
    return cell;
  };

  const reason = (row) => {
    const cell = element("td", undefined, "reason");
    const steps = new Set();
    for (const at of row[FINDINGS]) {
      const [code, message, step = kinds[code][1]] = findings[at];
      const line = element("p", message);
      if (kinds[code][2] === "warning") line.prepend(icon("hint"));
      cell.append(line);
      steps.add(step);
    }
    for (const step of steps) cell.append(element("p", step, "step"));
    return cell;
  };

  const shown = (row) => {
    const line = element("tr");
    const cells = [place(row), numbered(row[APPOINTMENT], row[WHEN]), numbered(row[ADDRESS], row[NAME]), verdict(row),
      change(row[OLD_CONFIRMATION], row[CONFIRMATION]), change(row[OLD_FEEDBACK], row[FEEDBACK]), reason(row)];
    cells.forEach((cell, at) => { cell.dataset.label = labels[at]; });
    line.append(...cells);
    return line;
  };

  const turn = (to) => {
    const pages = Math.max(1, Math.ceil(found.length / AT_ONCE));
    page = Math.min(Math.max(0, to), pages - 1);
    body.replaceChildren(...found.slice(page * AT_ONCE, (page + 1) * AT_ONCE).map(shown));
    byId("table").hidden = !found.length;
    byId("pages").hidden = pages === 1;
    byId("page").textContent = filled(said.page, page + 1, pages);
    byId("back").disabled = page === 0;
    byId("forward").disabled = page === pages - 1;
  };

  const update = () => {
    found = matching();
    byId("found").textContent = found.length ? filled(said.found, found.length, rows.length) : said.none;
    byId("clear").hidden = found.length === rows.length;
    turn(0);
  };

  const clear = () => {
    byId("filters").reset();
    choices.forEach((one) => choose(one, false));
  };

  Object.entries(kinds)
    .sort((one, other) => one[1][0].localeCompare(other[1][0], data.language))
    .forEach(([code, [title]]) => kind.add(new Option(title, code)));

  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(update, 120); });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  [file, kind].forEach((one) => one?.addEventListener("change", update));
  byId("clear").addEventListener("click", () => { clear(); update(); search.focus(); });
  byId("back").addEventListener("click", () => turn(page - 1));
  byId("forward").addEventListener("click", () => turn(page + 1));
  choices.forEach((one) => one.addEventListener("click", () => {
    choose(one, !isChosen(one));
    update();
  }));
  document.querySelectorAll("a[href='#rows']:not(.skip)").forEach((link) => link.addEventListener("click", () => {
    clear();
    if (file && link.dataset.file) file.value = link.dataset.file;
    if (link.dataset.kind) kind.value = link.dataset.kind;
    choices.forEach((one) => choose(one, one.dataset.choice === link.dataset.verdict));
    update();
  }));

  // Paper shows what is folded on the screen.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));

  byId("live").hidden = false;
  update();
})();
