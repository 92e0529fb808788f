"use strict";
// The page can be read without this: it sorts tables, opens a row by a click anywhere on it, and opens rows for print.

const value = (body, column, kind) => {
  const key = body.rows[0].cells[column].dataset.key;
  if (key === "") return null;
  return kind === "number" ? Number(key) : key;
};

const sort = (table, header, kind) => {
  const sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
  const keyed = [...table.tBodies].map((body) => [value(body, header.cellIndex, kind), body]);
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null); // without a number: last, either way
    return sign * (kind === "number" ? a - b : a.localeCompare(b));
  });
  table.append(...keyed.map(([, body]) => body));
};

for (const table of document.querySelectorAll("table.sortable")) {
  for (const header of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sort(table, header, header.dataset.sort));
  }
  for (const row of table.querySelectorAll("tr.variant")) {
    const trials = row.nextElementSibling.querySelector("details");
    row.classList.add("opens");
    row.addEventListener("click", () => {
      if (!getSelection().toString()) trials.open = !trials.open; // marking a number is no wish to open
    });
  }
}

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("tr.opened details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});
