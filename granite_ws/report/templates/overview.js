"use strict";
// Sorts and filters the tables of runs. Without it they are plain tables.
for (const box of document.querySelectorAll(".overview")) {
  const table = box.querySelector("table");
  if (table) start(box, table);
}

function start(box, table) {
  const form = box.querySelector("form"), body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const rows = Array.from(body.rows, (row, place) => ({
    row, place, text: row.textContent.toLowerCase(),
    result: texts(row, "result"), causes: texts(row, "causes"),
  }));
  const collator = new Intl.Collator(document.documentElement.lang, {numeric: true});

  function texts(row, role) {
    const place = heads.findIndex((head) => head.dataset.role === role);
    return Array.from(row.cells[place].querySelectorAll("span"), (span) => span.textContent);
  }

  function key(row, column) {
    const cell = row.cells[column];
    if (cell.dataset.s !== undefined) return Number(cell.dataset.s);
    const words = cell.textContent.trim();
    return words === "–" || words === "" ? null : words;
  }

  // Numbers before words; what was not measured is last in both directions.
  function order(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return sign * (typeof a === "number" ? a - b : collator.compare(a, b));
  }

  function sort(column, direction) {
    const sign = direction === "descending" ? -1 : 1;
    const keyed = rows.map((one) => [key(one.row, column), one]);
    keyed.sort(([a, one], [b, other]) => order(a, b, sign) || one.place - other.place);
    heads.forEach((head, place) => {
      if (place === column) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    });
    body.append(...keyed.map(([, one]) => one.row));
  }

  function filter() {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const result = form.elements.result.value, cause = form.elements.causes.value;
    let shown = 0;
    for (const one of rows) {
      const wanted = words.every((word) => one.text.includes(word))
        && (!result || one.result.includes(result)) && (!cause || one.causes.includes(cause));
      one.row.hidden = !wanted;
      shown += wanted;
    }
    form.querySelector("[role=status]").textContent = box.dataset.shown
      .replace("{shown}", shown).replace("{all}", rows.length);
  }

  function offer(name, values) {
    const select = form.elements[name];
    for (const value of values) select.append(new Option(value, value));
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const again = head.getAttribute("aria-sort") === "ascending";
      sort(column, again ? "descending" : "ascending");
    });
    for (const [direction, arrow] of [["ascending", "▲"], ["descending", "▼"]]) {
      form.elements.sort.append(new Option(`${head.textContent} ${arrow}`, `${column} ${direction}`));
    }
  });
  for (const name of ["result", "causes"]) {
    offer(name, Array.from(new Set(rows.flatMap((one) => one[name]))).sort(collator.compare));
  }
  form.elements.sort.addEventListener("change", () => {
    const [column, direction] = form.elements.sort.value.split(" ");
    if (direction) sort(Number(column), direction);
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
}
