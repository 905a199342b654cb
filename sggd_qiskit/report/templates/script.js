for (const table of document.querySelectorAll("table.sortable")) {
  const [body] = table.tBodies;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      const keyed = [...body.rows].map((row) => [row.cells[column].dataset.key, row.cells[column].textContent, row]);
      keyed.sort(([key, text], [otherKey, otherText]) => {
        if ((key === undefined) !== (otherKey === undefined)) return key === undefined ? 1 : -1;
        const order = key === undefined ? text.localeCompare(otherText, undefined, { numeric: true }) : key - otherKey;
        return up ? order : -order;
      });
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      body.append(...keyed.map(([, , row]) => row));
    });
  });
}
