"use strict";
(() => {
  const collator = new Intl.Collator("zh", { numeric: true });
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };

  const sortBy = (table, heads, column) => {
    const turn = heads[column].getAttribute("aria-sort") === "ascending" ? -1 : 1;
    heads.forEach((head, n) => head.setAttribute("aria-sort",
      n !== column ? "none" : turn > 0 ? "ascending" : "descending"));
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows, (row) => [value(row, column), row]);
    // Empty cells last, whichever way the others stand.
    keyed.sort(([a], [b]) => (a === "") - (b === "") || turn * collator.compare(a, b));
    body.append(...keyed.map(([, row]) => row));
  };

  for (const table of document.querySelectorAll("table.list")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = head.querySelector("button");
      button.disabled = false;
      button.addEventListener("click", () => sortBy(table, heads, column));
    });
  }

  for (const form of document.querySelectorAll("form.filters")) {
    const rows = Array.from(document.getElementById(form.dataset.table).tBodies[0].rows);
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const { severity, code, words } = form.elements;
    const filter = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, n) => {
        const match = (!severity.value || row.dataset.severity === severity.value)
          && (!code.value || row.dataset.code === code.value)
          && wanted.every((word) => texts[n].includes(word));
        row.hidden = !match;
        shown += match;
      });
      form.querySelector("output").textContent = `显示 ${shown} / ${rows.length} 条`;
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    filter();
    if (form.dataset.table !== "problem-table") continue;
    // A kind in the summary leads to its rows in the list.
    for (const head of document.querySelectorAll(".groups th[data-code]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.title = "只看这一种";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        severity.value = "";
        words.value = "";
        code.value = head.dataset.code;
        filter();
        form.scrollIntoView();
        code.focus({ preventScroll: true });
      });
    }
  }

  // Paper has no triangle to click.
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
