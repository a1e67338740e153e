// The list of invocations, newest first. A row is made once and filled anew: focus stays in it.

import { html } from "./dom.js";
import { bytes, clock, duration } from "./format.js";
import { allBytes, allChunks } from "./run.js";
import { endpointName } from "./targets.js";

const COLUMNS = [
  ["Compare", ""], ["Started", ""], ["Function", ""], ["Request", "request"], ["Endpoint", ""],
  ["Status", "number"], ["First byte", "number"], ["Duration", "number"], ["Chunks", "number"],
  ["Bytes", "number"], ["State", ""],
];

export class List {
  #store;
  #rows = new Map();
  #body = html("tbody");

  constructor(place, store) {
    this.#store = store;
    this.empty = html("p", { class: "empty" }, "Nothing yet. Send an event, or call an endpoint.");
    const head = COLUMNS.map(([name, kind]) => html("th", { scope: "col", class: kind }, name));
    this.table = html("table", {}, html("thead", {}, html("tr", {}, ...head)), this.#body);
    place.append(this.empty, this.table);
  }

  draw() {
    const { runs } = this.#store;
    this.empty.hidden = runs.size > 0;
    this.table.hidden = runs.size === 0;
    for (const [id, row] of this.#rows)
      if (!runs.has(id)) {
        row.element.remove();
        this.#rows.delete(id);
      }
    for (const [id, run] of runs) this.#fill(this.#rows.get(id) ?? this.#add(id, run), id, run);
  }

  #add(id, { summary }) {
    const name = `${summary.function} ${summary.title}`.trim();
    const check = html("input", {
      type: "checkbox", "aria-label": `Compare ${name}`,
      onchange: ({ target }) => this.#store.compare(id, target.checked),
    });
    const button = html("button", { type: "button", onclick: () => this.#store.show(id) },
      summary.title || "event");
    const cells = COLUMNS.map(([, kind]) => html("td", { class: kind }));
    cells[0].append(check);
    cells[1].append(clock(summary.started_at_ms));
    cells[2].append(summary.function);
    cells[3].append(button);
    cells[4].append(endpointName(summary.endpoint));
    const row = { element: html("tr", { "data-run": id }, ...cells), cells, check, button };
    this.#rows.set(id, row);
    this.#body.prepend(row.element);
    return row;
  }

  #fill({ element, cells, check, button }, id, { summary }) {
    const { current, compared } = this.#store;
    const texts = [
      summary.status ?? "", duration(summary.first_byte_ms), duration(summary.ended_ms),
      allChunks(summary), bytes(allBytes(summary)), summary.outcome,
    ];
    texts.forEach((text, n) => (cells[n + 5].textContent = text));
    cells.at(-1).className = `outcome-${summary.outcome}`;
    check.checked = compared.has(id);
    button.setAttribute("aria-current", id === current);
    element.classList.toggle("shown", id === current || compared.has(id));
  }
}
