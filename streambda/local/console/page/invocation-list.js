// The list of invocations, newest first. A row is created once and then updated: focus stays in it.

import { createHtml } from "./dom.js";
import { formatBytes, formatDuration, formatTime } from "./format.js";
import { totalBytes, totalChunks } from "./invocation.js";
import { nameEndpointKind } from "./send-targets.js";

const COLUMNS = [
  ["Compare", ""], ["Started", ""], ["Function", "function"], ["Request", "request"], ["Endpoint", ""],
  ["Status", "number"], ["First byte", "number"], ["Duration", "number"], ["Chunks", "number"],
  ["Bytes", "number"], ["State", ""],
];

// The columns from this one on change while an invocation runs.
const STATUS = 5;

// By name, where no other function has the same.
export function findShortNames(functions) {
  const isOwn = ({ short_name: short }) =>
    functions.filter((one) => one.short_name === short).length === 1;
  return new Map(functions.filter(isOwn).map(({ name, short_name: short }) => [name, short]));
}

export class InvocationList {
  #store;
  #rows = new Map();
  #shortNames = new Map();
  #body = createHtml("tbody");

  constructor(parent, store) {
    this.#store = store;
    this.empty = createHtml("p", { class: "empty" }, "Nothing yet. Send an event, or call an endpoint.");
    const head = COLUMNS.map(([name, kind]) => createHtml("th", { scope: "col", class: kind }, name));
    this.table = createHtml(
      "table", {}, createHtml("thead", {}, createHtml("tr", {}, ...head)), this.#body);
    parent.append(this.empty, this.table);
  }

  // Names of templates begin with their stack's: the column has room for what differs.
  nameFunctions(functions) {
    this.#shortNames = findShortNames(functions);
    for (const { cells } of this.#rows.values())
      cells[2].textContent = this.#shortenName(cells[2].title);
  }

  #shortenName(name) {
    return this.#shortNames.get(name) ?? name;
  }

  draw() {
    const { invocations } = this.#store;
    this.empty.hidden = invocations.size > 0;
    this.table.hidden = invocations.size === 0;
    for (const [id, row] of this.#rows)
      if (!invocations.has(id)) {
        row.element.remove();
        this.#rows.delete(id);
      }
    for (const [id, invocation] of invocations)
      this.#updateRow(this.#rows.get(id) ?? this.#addRow(id, invocation), id, invocation);
  }

  #addRow(id, { summary }) {
    const name = `${summary.function} ${summary.title}`.trim();
    const check = createHtml("input", {
      type: "checkbox", "aria-label": `Compare ${name}`,
      onchange: ({ target }) => this.#store.compare(id, target.checked),
    });
    const show = () => this.#store.show(id);
    const button = createHtml("button", { type: "button", onclick: show }, summary.title || "event");
    const cells = COLUMNS.map(([, kind]) => createHtml("td", { class: kind }));
    cells[0].append(check);
    cells[1].append(formatTime(summary.started_at_ms));
    cells[2].append(this.#shortenName(summary.function));
    cells[2].title = summary.function;
    button.title = summary.title; // the column may be too narrow for either
    cells[3].append(button);
    cells[4].append(nameEndpointKind(summary.endpoint));
    const element = createHtml("tr", { "data-invocation": id }, ...cells);
    const row = { element, cells, check, button };
    this.#rows.set(id, row);
    this.#body.prepend(element);
    return row;
  }

  #updateRow({ element, cells, check, button }, id, { summary }) {
    const { current, compared } = this.#store;
    const texts = [
      summary.status ?? "", formatDuration(summary.first_byte_ms), formatDuration(summary.ended_ms),
      totalChunks(summary), formatBytes(totalBytes(summary)), summary.outcome,
    ];
    texts.forEach((text, n) => (cells[STATUS + n].textContent = text));
    cells.at(-1).className = `outcome-${summary.outcome}`;
    check.checked = compared.has(id);
    button.setAttribute("aria-current", id === current);
    element.classList.toggle("shown", id === current || compared.has(id));
  }
}
