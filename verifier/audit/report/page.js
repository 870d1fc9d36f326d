
"use strict";

// A table's columns are sorted by the buttons in its head; with the order
// reversed when the same one is pressed again. Rows that compare equal stay in
// the order of the report.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const numeric = "number" in head.dataset;
      const rows = [...body.rows].map((row) => {
        const cell = row.cells[column];
        const key = cell.dataset.key ?? cell.textContent;
        return { row, key: numeric ? Number(key) : key };
      });
      const collator = new Intl.Collator("en");
      rows.sort((a, b) => (ascending ? 1 : -1) * (numeric ? a.key - b.key : collator.compare(a.key, b.key)));
      body.append(...rows.map((r) => r.row));
    });
  });
}

// The search shows the rows that hold every word.
const search = document.getElementById("search");
if (search) {
  const shown = document.getElementById("shown");
  const rows = [...document.getElementById("failed").tBodies[0].rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
  const find = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) count++;
    }
    shown.textContent = `${count} of ${rows.length} shown`;
  };
  search.addEventListener("input", find);
  search.closest("p").hidden = false;
  find();
}
