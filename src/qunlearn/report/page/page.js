"use strict";
// Tables: a button in every column heading sorts the rows; without scripts the headings stay plain text.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...[...body.rows].sort((a, b) => compare(a.cells[column], b.cells[column], down)));
    });
  });
}

function compare(a, b, down) {
  const [x, y] = [a, b].map((cell) => cell.dataset.value);
  if (x === undefined && y === undefined) return a.textContent.localeCompare(b.textContent) * (down ? -1 : 1);
  if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1);  // what has no number stays at the end
  return (x - y) * (down ? -1 : 1);
}

// The command: copied where the browser allows it, selected otherwise.
for (const button of document.querySelectorAll("button.copy")) {
  const source = document.getElementById(button.getAttribute("aria-controls"));
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
  });
}

// Paper cannot be unfolded.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => (part.open = true)));
